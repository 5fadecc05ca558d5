import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Deployment } from '../../../shared/registry/deployment.ts';
import {
  deploymentEvent,
  type RegistryEvent,
  versionEvent,
} from '../../../shared/registry/events.ts';
import { lineOf, standingOf } from '../../../shared/registry/history.ts';
import { crown, rolesOf, shadow, split, withdraw } from '../../../shared/registry/roles.ts';
import { NOBODY } from '../../functions/support/versions.ts';

const refOf = (n: number) => ({
  version: `v2026060${n}_000000`,
  manifest_sha256: String(n).repeat(64),
});

const START: Deployment = { ...NOBODY, updated_by: 'ada' };

/** What a person did: promoted a version, took one back, or something that no champion changes by. */
type Deed = { kind: 'promoted'; n: number } | { kind: 'rolled_back' } | { kind: 'killed' };

/** The journal of deeds, and the champions that a stack of them would hold. */
function play(deeds: readonly Deed[]) {
  const events: RegistryEvent[] = [];
  let stack: number[] = [];
  for (const deed of deeds) {
    if (deed.kind === 'promoted') {
      if (stack.at(-1) === deed.n) continue;
      stack = [...stack, deed.n];
    } else if (deed.kind === 'rolled_back') {
      // As rollBack does: to the one before, which is never the same one.
      if (stack.length < 2) continue;
      stack = stack.slice(0, -1);
    }
    const champion = stack.length > 0 ? refOf(stack.at(-1)!) : null;
    const change = { kind: deed.kind, version: champion?.version ?? null };
    const deployment = { ...START, champion, change };
    events.push(deploymentEvent({ deployment, generation: events.length + 1 }, null));
  }
  return { events, stack };
}

const deeds = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.nat({ max: 7 }).map((n): Deed => ({ kind: 'promoted', n })) },
    { weight: 2, arbitrary: fc.constant<Deed>({ kind: 'rolled_back' }) },
    fc.constant<Deed>({ kind: 'killed' }),
  ),
  { maxLength: 30 },
);

describe('the line of champions', () => {
  it('is a stack: a promotion lays one on top, a rollback takes it away', () => {
    fc.assert(
      fc.property(deeds, (list) => {
        const { events, stack } = play(list);
        assert.deepEqual(lineOf(events), stack.map(refOf));
      }),
    );
  });

  it('always ends with who is champion, whatever was done', () => {
    fc.assert(
      fc.property(deeds, (list) => {
        const { events } = play(list);
        assert.equal(lineOf(events).at(-1)?.version ?? null, events.at(-1)?.champion ?? null);
      }),
    );
  });

  it('is not led astray by events without a deployment, nor by one that nobody could use', () => {
    const { events } = play([
      { kind: 'promoted', n: 1 },
      { kind: 'promoted', n: 2 },
    ]);
    const act = { by: 'ada', reason: 'x', at: new Date('2026-06-02T00:00:00Z') };
    const approval = versionEvent('loans', 'approved', refOf(3).version, act, null);
    const unusable: RegistryEvent = { ...events[0]!, champion: null, details: null };
    assert.deepEqual(lineOf([events[0]!, approval, unusable, events[1]!]), [refOf(1), refOf(2)]);
  });
});

describe('the standing of a version', () => {
  it('is what was said last', () => {
    const act = (by: string, minute: number) => ({
      by,
      reason: 'x',
      at: new Date(Date.UTC(2026, 5, 1, 0, minute)),
    });
    const { version } = refOf(1);
    const events = [
      versionEvent('loans', 'created', version, act('retrain', 0), null),
      versionEvent('loans', 'approved', version, act('ada', 1), null),
      versionEvent('loans', 'approved', version, act('grace', 2), null),
      versionEvent('loans', 'approved', refOf(2).version, act('eve', 3), null),
    ];
    const { created, approved, retired } = standingOf(events, version);
    assert.deepEqual([created?.actor, approved?.actor, retired], ['retrain', 'grace', undefined]);
  });
});

describe('roles', () => {
  const n = fc.integer({ min: 1, max: 5 });

  it('never give one version two at once, whatever is asked', () => {
    const asked = fc.array(
      fc.record({ what: fc.constantFrom('crown', 'split', 'shadow', 'withdraw'), n }),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(asked, (list) => {
        let roles: Parameters<typeof crown>[0] = START;
        for (const { what, n } of list) {
          const ref = refOf(n);
          try {
            if (what === 'crown') roles = crown(roles, ref);
            else if (what === 'split') roles = split(roles, { ...ref, share: 0.1 });
            else if (what === 'shadow') roles = shadow(roles, ref);
            else roles = withdraw(roles, ref.version);
          } catch (error) {
            assert.equal((error as { code?: string }).code, 'refused');
          }
          for (let m = 1; m <= 5; m++) assert.ok(rolesOf(roles, refOf(m).version).length <= 1);
        }
      }),
    );
  });
});
