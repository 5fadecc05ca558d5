import assert from 'node:assert/strict';
import { featureProgramSchema } from '../../../shared/features/program.ts';
import { createReader } from '../../../shared/policy/columns.ts';
import { policySchema } from '../../../shared/policy/document.ts';
import { createPolicies } from '../../../shared/policy/versions.ts';
import { COLUMNS, readingOf, VERSION, type VersionInput } from './policies.ts';

const from = (version: string, effective_from: string, changes: Partial<VersionInput> = {}) => ({
  ...VERSION,
  version,
  effective_from,
  ...changes,
});
const stricter = { cut_offs: [{ name: 'standard', review_from: 0.01, decline_from: 0.02 }] };

describe('the versions of a policy', () => {
  const document = policySchema.parse({
    versions: [
      from('first', '2026-01-01T00:00:00Z'),
      from('second', '2026-03-01T00:00:00Z', stricter),
      from('third', '2026-06-01T00:00:00Z'),
    ],
  });
  const policies = createPolicies(document, COLUMNS);

  const moments: [moment: string, version: string][] = [
    ['2025-12-31T23:59:59.999Z', 'first'],
    ['2026-01-01T00:00:00.000Z', 'first'],
    ['2026-02-28T23:59:59.999Z', 'first'],
    ['2026-03-01T00:00:00.000Z', 'second'],
    ['2026-05-31T23:59:59.999Z', 'second'],
    ['2026-06-01T00:00:00.000Z', 'third'],
    ['2099-01-01T00:00:00.000Z', 'third'],
  ];
  for (const [moment, version] of moments) {
    it(`have ${version} in force at ${moment}`, () => {
      assert.equal(policies.at(new Date(moment)).document.version, version);
    });
  }

  it('decide each by itself', () => {
    const outcomeAt = (moment: string) =>
      policies.at(new Date(moment)).apply(readingOf(), 0.05).outcome;
    assert.equal(outcomeAt('2026-02-01T00:00:00Z'), 'approve');
    assert.equal(outcomeAt('2026-04-01T00:00:00Z'), 'decline');
    assert.equal(outcomeAt('2026-07-01T00:00:00Z'), 'approve');
  });

  describe('have a hash', () => {
    const hashOf = (changes: Partial<VersionInput>, columns = COLUMNS) =>
      createPolicies(policySchema.parse({ versions: [{ ...VERSION, ...changes }] }), columns).at(
        new Date(0),
      ).sha256;

    it('that is the same for the same policy, also after a bundle carried it', () => {
      const carried = JSON.parse(JSON.stringify([{ versions: [VERSION] }, COLUMNS]));
      const again = createPolicies(
        policySchema.parse(carried[0]),
        featureProgramSchema.parse(carried[1]),
      );
      assert.equal(again.at(new Date(0)).sha256, hashOf({}));
    });

    it('that tells whatever can change a verdict, under one name', () => {
      const columns = {
        ...COLUMNS,
        features: COLUMNS.features.map((one) => ({ ...one, sql: `${one.sql} ` })),
      };
      const hashes = [
        hashOf({}),
        hashOf(stricter),
        hashOf({ economics: { ...VERSION.economics, cost_per_plan: 2 } }),
        hashOf({}, columns),
      ];
      assert.equal(new Set(hashes).size, hashes.length);
    });
  });
});

describe('what the policy reads', () => {
  const read = createReader(COLUMNS);

  it('is a number a column, in order', () => {
    assert.deepEqual([...read({ amount: 95, term: 3 }).values], [1, 0, 0, 95, 190, 90]);
  });

  it('is nothing, and says why, of an application that it cannot read', () => {
    for (const application of [{}, { amount: 'much', term: 3 }, { amount: 2000, term: 3 }]) {
      const { values, fault } = read(application);
      assert.ok(values.every(Number.isNaN));
      assert.match((fault as Error).message, /^Input (amount|term) /);
    }
  });
});
