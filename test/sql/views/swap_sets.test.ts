/** The view of swap sets, over random decisions, against a count in plain code. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { query, useLender } from '../../functions/support/lender.ts';

const [V1, V2, V3] = ['v20260601_000000', 'v20260602_000000', 'v20260603_000000'];
/** Among them the cut-offs themselves: `from` counts in. */
const PDS = [0, 0.1, 0.25, 0.3, 0.45, 0.9];

const score = fc.record({
  version: fc.constantFrom(V1, V2, V3),
  role: fc.constant('shadow'),
  pd: fc.constantFrom(...PDS),
});

const decision = fc.record({
  day: fc.constantFrom('2026-06-12', '2026-06-13'),
  version: fc.constantFrom(V1, V2, null),
  pd: fc.constantFrom(...PDS),
  shadows: fc.uniqueArray(score, { selector: ({ version }) => version, maxLength: 3 }),
  /** Null: from before the record said which cut-offs were applied. */
  cutOffs: fc.constantFrom([0.25, 0.45], [0.1, 0.3], null),
  limit: fc.constantFrom('hit', 'not_hit', 'error'),
  segment: fc.constantFrom('hit', 'not_hit'),
  copies: fc.integer({ min: 1, max: 2 }),
});

type Decision = typeof decision extends fc.Arbitrary<infer T> ? T : never;

const rowOf = ({ day, version, pd, shadows, cutOffs, limit, segment }: Decision, i: number) => ({
  decision_id: `d-${i}`,
  portfolio: 'loans',
  application_id: `a-${i}`,
  entity_id: 'c-1',
  decided_at: `${day}T23:59:59.999Z`,
  outcome: 'review',
  pd: version === null ? null : pd,
  model_version: version,
  policy_version: 'p',
  currency: 'EUR',
  expected_loss: version === null ? null : pd * 100,
  scores: version === null ? [] : [{ version, role: 'champion', pd }, ...shadows],
  rules: [
    { rule: 'exposure', kind: 'limit', state: limit, hit: limit === 'hit' },
    { rule: 'new.review', kind: 'segment', state: segment, hit: segment === 'hit' },
    ...(cutOffs ?? []).map((threshold, k) => ({
      rule: `standard.${['review', 'decline'][k]}`,
      kind: 'band',
      state: 'not_hit',
      hit: false,
      figure: pd,
      threshold,
    })),
  ],
  request: '{}',
});

interface Counted {
  decisions: number;
  pd: number;
  compared: number;
  loss: number;
}

/** Sums by what the view groups by. */
function countOf(decisions: readonly Decision[]): Map<string, Counted> {
  const counted = new Map<string, Counted>();
  for (const { day, version, pd, shadows, cutOffs, limit } of decisions) {
    if (version === null || cutOffs === null) continue;
    const [review, decline] = cutOffs;
    const band = (x: number) => (x >= decline! ? 'decline' : x >= review! ? 'review' : 'approve');
    for (const shadow of shadows) {
      if (shadow.version === version) continue;
      const group = [day, version, shadow.version, band(pd), band(shadow.pd), limit !== 'not_hit'];
      const sums = counted.get(group.join()) ?? { decisions: 0, pd: 0, compared: 0, loss: 0 };
      sums.decisions++;
      sums.pd += pd;
      sums.compared += shadow.pd;
      // Of a decision without any risk nothing is known of the exposure.
      if (pd > 0) sums.loss += shadow.pd * 100;
      counted.set(group.join(), sums);
    }
  }
  return counted;
}

describe('the view of swap sets', () => {
  const lender = useLender();
  const [decisions] = fc.sample(fc.array(decision, { minLength: 250, maxLength: 250 }), {
    numRuns: 1,
    seed: 7,
  });

  before(async () => {
    const rows = decisions!.flatMap((one, i) => new Array(one.copies).fill(rowOf(one, i)));
    await lender.bigquery.dataset('flit').table('decisions').insert(rows);
  });

  it('counts who would be in another band by a shadow’s probability of default, each once', async () => {
    const expected = countOf(decisions!);
    const rows = await query(lender, 'SELECT * FROM flit_views.swap_sets');
    assert.equal(rows.length, expected.size);
    assert.ok(rows.length > 30, `${rows.length} groups`);
    const close = (a: unknown, b: number) =>
      assert.ok(Math.abs((a as number) - b) < 1e-9, `${a}, not ${b}`);
    const all = new Map<string, number>();
    const pairOf = (row: Record<string, unknown>) =>
      [(row.day as { value: string }).value, row.model_version, row.compared_version].join();
    for (const row of rows) {
      all.set(pairOf(row), (all.get(pairOf(row)) ?? 0) + (row.decisions as number));
    }
    for (const row of rows) {
      const key = [pairOf(row), row.band, row.compared_band, row.ruled].join();
      const sums = expected.get(key);
      assert.ok(sums, key);
      assert.deepEqual(
        [row.decisions, row.portfolio, row.currency],
        [sums.decisions, 'loans', 'EUR'],
      );
      close(row.share, sums.decisions / all.get(pairOf(row))!);
      close(row.mean_pd, sums.pd / sums.decisions);
      close(row.mean_compared_pd, sums.compared / sums.decisions);
      close(row.expected_loss, sums.pd * 100);
      close(row.compared_expected_loss ?? 0, sums.loss);
    }
  });
});
