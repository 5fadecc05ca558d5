/** A retraining that dies at any step, and is started again. */
import assert from 'node:assert/strict';
import type { Context } from '../../../functions/retrain/context.ts';
import { run } from '../../../functions/retrain/run.ts';
import { sha256 } from '../../../shared/bundle/bundle.ts';
import type { Objects } from '../../../shared/google/objects.ts';
import { deploymentName } from '../../../shared/registry/deployment.ts';
import type { EventCopy } from '../../../shared/registry/event_copy.ts';
import { readEvents } from '../../../shared/registry/journal.ts';
import type { Warehouse } from '../../../shared/warehouse/warehouse.ts';
import { type Lender, query, seedRows, useLender } from '../support/lender.ts';
import { retrainContext } from '../support/retrained.ts';
import { AS_OF, loanRows } from '../support/rows.ts';

class Killed extends Error {}

/** When a run dies: before a call is made, or after it was done and nobody heard of it. */
type Moment = 'before' | 'after';

/** Everything that a run asks of the warehouse and the bucket, until the call at which it dies. */
function mortal(context: Context, dying: { at: number; moment: Moment }): Context {
  let calls = 0;
  const die = <T extends object>(port: T): T =>
    new Proxy(port, {
      get(target, property) {
        const member = Reflect.get(target, property) as unknown;
        if (typeof member !== 'function') return member;
        return async (...args: unknown[]) => {
          const last = ++calls === dying.at;
          if (calls > dying.at) throw new Killed('a dead run asks nothing');
          if (last && dying.moment === 'before') throw new Killed();
          const answer: unknown = await Reflect.apply(member, target, args);
          if (last) throw new Killed();
          return answer;
        };
      },
    });
  return {
    ...context,
    warehouse: die<Warehouse>(context.warehouse),
    registryEvents: die<EventCopy>(context.registryEvents),
    models: { ...context.models, objects: die<Objects>(context.models.objects) },
  };
}

const REQUEST = { asOf: new Date(AS_OF), actor: 'test' };

/**
 * All that the bucket holds: hashes, and the run's records without the jobs that they waited for, which
 * tell the time. But for the event of the deployment, whose generation is its name.
 */
async function contents({ objects }: Lender): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  for (const name of await objects.list('')) {
    if (name.includes('/events/deployment-')) continue;
    const { bytes } = (await objects.read(name))!;
    found[name] = name.includes('/runs/') ? timeless(bytes) : sha256(bytes);
  }
  return found;
}

const timeless = (record: Uint8Array): object => {
  const { jobs: _, ...rest } = JSON.parse(Buffer.from(record).toString());
  return rest;
};

/** What analysts are told of the version: what it was measured on, what its features do, its jobs. */
async function kept(lender: Lender): Promise<Record<string, unknown>> {
  const evaluations = await query(
    lender,
    "SELECT * FROM evaluations WHERE as_of >= '2000-01-01' ORDER BY application_id",
  );
  const jobs = await query(
    lender,
    "SELECT job_id FROM training_jobs WHERE as_of >= '2000-01-01' ORDER BY job_id",
  );
  const features = await query(
    lender,
    "SELECT * FROM feature_importance WHERE as_of >= '2000-01-01' ORDER BY feature",
  );
  return { evaluations, features, jobs };
}

describe('a retraining that is killed at every step', () => {
  const undisturbed = useLender();
  let expected: Record<string, unknown>;
  let expectedRows: Record<string, unknown>;
  before(async () => {
    await seedRows(undisturbed, loanRows(1200));
    await run(retrainContext(undisturbed), REQUEST);
    expected = await contents(undisturbed);
    expectedRows = await kept(undisturbed);
    assert.ok(Object.keys(expected).some((name) => name.endsWith('/background.f64')));
  });

  for (const moment of ['before', 'after'] as const) {
    describe(`${moment} the step`, () => {
      const lender = useLender();
      before(() => seedRows(lender, loanRows(1200)));

      it('ends, when started again, with the same version, the same bytes and one promotion', async () => {
        let deaths = 0;
        let promotions = 0;
        // Each run gets one call further than the one before it.
        for (let at = 1; ; at++) {
          const generation = await lender.objects.generation(deploymentName('loans'));
          const context = mortal(retrainContext(lender), { at, moment });
          const ended = await run(context, REQUEST).catch((error: unknown) => {
            if (!(error instanceof Killed)) throw error;
            return undefined;
          });
          if ((await lender.objects.generation(deploymentName('loans'))) !== generation)
            promotions++;
          if (ended) break;
          deaths++;
        }
        assert.ok(deaths > 20, `only ${deaths} steps`);
        assert.equal(promotions, 1);
        assert.deepEqual(await contents(lender), expected);
        assert.deepEqual(await kept(lender), expectedRows);
        const { generation } = (await lender.objects.read(deploymentName('loans')))!;
        const events = await readEvents(lender.objects, 'loans');
        assert.deepEqual(
          events.map((event) => [event.kind, event.generation]),
          [
            ['created', null],
            ['gated', null],
            ['promoted', generation],
          ],
        );
        const copied = await query(
          lender,
          "SELECT event_id FROM flit.registry_events WHERE occurred_at > '2000-01-01' ORDER BY 1",
        );
        assert.deepEqual(
          copied.map(({ event_id }) => event_id),
          events.map(({ event_id }) => event_id).sort(),
        );
      });
    });
  }
});
