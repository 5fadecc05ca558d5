/** Champion against challenger, over random decisions, against sums in plain code. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { query, useLender } from '../../functions/support/lender.ts';

const VERSIONS = { champion: 'v20260601_000000', challenger: 'v20260602_000000' } as const;

const decision = fc.record({
  day: fc.constantFrom('2026-06-12', '2026-06-13'),
  arm: fc.constantFrom('champion', 'challenger', null),
  outcome: fc.constantFrom('approve', 'review', 'decline', 'counter_offer'),
  pd: fc.constantFrom(0, 0.1, 0.25, 0.5),
  exposure: fc.integer({ min: 1, max: 500 }),
  /** What retrainings found, the last one last. */
  ends: fc.array(fc.constantFrom(0, 1), { maxLength: 2 }),
  copies: fc.integer({ min: 1, max: 2 }),
  portfolio: fc.constantFrom('loans', 'loans', 'others'),
});

type Decision = typeof decision extends fc.Arbitrary<infer T> ? T : never;

const rowOf = ({ day, arm, outcome, pd, exposure, portfolio }: Decision, i: number) => ({
  decision_id: `d-${i}`,
  portfolio,
  application_id: `a-${i}`,
  entity_id: 'c-1',
  decided_at: `${day}T23:59:59.999Z`,
  outcome,
  pd: arm === null ? null : pd,
  arm,
  model_version: arm && VERSIONS[arm],
  policy_version: 'p',
  currency: 'EUR',
  expected_loss: arm === null ? null : pd * exposure,
  request: '{}',
});

const endsOf = ({ ends }: Decision, i: number) =>
  ends.map((defaulted, k) => ({
    version: `v2026070${k + 1}_000000`,
    as_of: `2026-07-0${k + 1}T00:00:00Z`,
    validation: 'out_of_time',
    application_id: `a-${i}`,
    applied_at: '2026-06-12T00:00:00Z',
    defaulted,
    probability: 0.5,
    pd: 0.5,
    policy_version: 'p',
  }));

const sum = (figures: readonly number[]) => figures.reduce((total, figure) => total + figure, 0);

function expectedOf(held: readonly Decision[]): Record<string, number> {
  const approved = held.filter(({ outcome }) => outcome === 'approve');
  const known = approved.filter(({ ends }) => ends.length > 0);
  const bad = known.filter(({ ends }) => ends.at(-1) === 1);
  const countOf = (which: string) => held.filter(({ outcome }) => outcome === which).length;
  const lossOf = (some: readonly Decision[]) => sum(some.map(({ pd, exposure }) => pd * exposure));
  return {
    decisions: held.length,
    approved: approved.length,
    reviewed: countOf('review'),
    declined: countOf('decline'),
    countered: countOf('counter_offer'),
    approval_rate: approved.length / held.length,
    mean_pd: sum(held.map(({ pd }) => pd)) / held.length,
    expected_loss: lossOf(approved),
    known: known.length,
    known_bad: bad.length,
    known_mean_pd: sum(known.map(({ pd }) => pd)) / known.length,
    known_expected_loss: lossOf(known),
    // Of a decision without any risk nothing is known of the exposure.
    known_realised_loss: sum(bad.map(({ pd, exposure }) => (pd > 0 ? exposure : 0))),
  };
}

describe('the view of champion against challenger', () => {
  const lender = useLender();
  const [decisions] = fc.sample(fc.array(decision, { minLength: 300, maxLength: 300 }), {
    numRuns: 1,
    seed: 11,
  });

  before(async () => {
    const insert = (dataset: string, table: string, rows: object[]) =>
      lender.bigquery.dataset(dataset).table(table).insert(rows);
    const copies = decisions!.flatMap((one, i) => new Array(one.copies).fill(rowOf(one, i)));
    await insert('flit', 'decisions', copies);
    await insert('flit_loans', 'evaluations', decisions!.flatMap(endsOf));
  });

  it('says of each arm what it decided, each decision once, and what became of whom it approved', async () => {
    const rows = await query(lender, 'SELECT * FROM flit_views_loans.champion_challenger');
    assert.equal(rows.length, 4);
    for (const row of rows) {
      const day = (row.day as { value: string }).value;
      const held = decisions!.filter(
        (one) => one.portfolio === 'loans' && one.day === day && one.arm === row.arm,
      );
      assert.deepEqual(
        [row.model_version, row.policy_version, row.currency],
        [VERSIONS[row.arm as keyof typeof VERSIONS], 'p', 'EUR'],
      );
      const expected = expectedOf(held);
      assert.ok(expected.known_bad! > 0 && expected.known! < expected.approved!);
      for (const [name, figure] of Object.entries(expected)) {
        assert.ok(
          Math.abs((row[name] as number) - figure) < 1e-9,
          `${name}: ${row[name]}, ${figure}`,
        );
      }
    }
  });
});
