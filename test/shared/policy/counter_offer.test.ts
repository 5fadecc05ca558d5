import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createReader } from '../../../shared/policy/columns.ts';
import {
  bestOffer,
  type Candidate,
  candidatesOf,
  isCurable,
  type Judged,
} from '../../../shared/policy/counter_offer.ts';
import type { CounterOffers } from '../../../shared/policy/document.ts';
import { compilePolicy } from '../../../shared/policy/policy.ts';
import { type Contract, createCheck } from '../../../shared/portfolio/contract.ts';
import { COLUMNS, readingOf, versionOf } from './policies.ts';

const SMALLER = {
  field: 'amount',
  shares: [0.8, 0.5, 0.3],
  multiple_of: 5,
  at_least: 20,
  scales: [
    { field: 'deposit', multiple_of: 0.01 },
    { field: 'ratio', derived: true as const },
  ],
};
const OFFERS: CounterOffers = {
  instead_of: ['decline', 'review'],
  changes: [SMALLER, { field: 'term', values: [6, 4] }],
  prefer: 'largest_amount',
  amount: 'amount',
};
const POLICY = compilePolicy(versionOf(), COLUMNS);
const read = createReader(COLUMNS);

const number = (minimum: number, maximum: number) => ({
  description: 'A number.',
  type: 'number' as const,
  minimum,
  maximum,
});
const CONTRACT: Contract = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'A request',
  description: 'What is asked.',
  type: 'object',
  additionalProperties: false,
  required: [],
  properties: {
    amount: number(0, 1e9),
    deposit: number(0, 1e9),
    ratio: { ...number(0, 1), type: ['number', 'null'] },
    term: { ...number(2, 60), type: 'integer' },
    name: { description: 'Who.', type: 'string', maxLength: 100 },
  },
};
const candidates = (request: Record<string, unknown>, offers: CounterOffers = OFFERS) =>
  candidatesOf(request, offers, CONTRACT);

const termsOf = ({ terms }: Candidate) =>
  Object.fromEntries(terms.map(({ field, offered }) => [field, offered]));

describe('the candidates of a counter-offer', () => {
  const request = { amount: 100, deposit: 25, ratio: 0.4, term: 6, name: 'A' };

  it('are every combination of less, with what shrinks along', () => {
    const all = candidates(request);
    assert.deepEqual(all.map(termsOf), [
      { term: 4 },
      { amount: 80, deposit: 20 },
      { amount: 80, deposit: 20, term: 4 },
      { amount: 50, deposit: 12.5 },
      { amount: 50, deposit: 12.5, term: 4 },
      { amount: 30, deposit: 7.5 },
      { amount: 30, deposit: 7.5, term: 4 },
    ]);
    assert.deepEqual(
      all.map(({ changes }) => changes),
      [1, 1, 2, 1, 2, 1, 2],
    );
    assert.deepEqual(all[2]!.request, {
      ...request,
      ...termsOf(all[2]!),
      ratio: 0.4 * 0.8,
    });
    assert.deepEqual(all[2]!.terms[0], { field: 'amount', asked: 100, offered: 80 });
  });

  it('round money down, to the step', () => {
    const [first] = candidates({ amount: 99.99, deposit: 9.99 }, { ...OFFERS, changes: [SMALLER] });
    // 75 of 99.99 leave 7.493… of 9.99.
    assert.deepEqual(termsOf(first!), { amount: 75, deposit: 7.49 });
  });

  it('lose no step to the arithmetic of computers', () => {
    const change = { field: 'amount', shares: [0.57], multiple_of: 1, at_least: 0, scales: [] };
    const [only] = candidates({ amount: 100 }, { ...OFFERS, changes: [change] });
    assert.deepEqual(termsOf(only!), { amount: 57 });
  });

  it('stop at the least amount, and leave out what rounds to the same', () => {
    const amounts = (amount: number) =>
      candidates({ amount }, { ...OFFERS, changes: [SMALLER] }).map(termsOf);
    assert.deepEqual(amounts(40), [{ amount: 30 }, { amount: 20 }]);
    assert.deepEqual(amounts(26), [{ amount: 20 }]);
    assert.deepEqual(amounts(20), []);
  });

  it('are none that the contract does not allow', () => {
    const terms = (values: number[]) =>
      candidates({ term: 12 }, { ...OFFERS, changes: [{ field: 'term', values }] }).map(termsOf);
    assert.deepEqual(terms([6, 1, 4.5, 2]), [{ term: 6 }, { term: 2 }]);
  });

  it('are none of a field that is null or absent', () => {
    assert.deepEqual(candidates({ amount: null }, OFFERS), []);
    const [first] = candidates({ amount: 100, deposit: null }, OFFERS);
    assert.deepEqual(termsOf(first!), { amount: 80 });
  });

  it('never ask for more than was asked, and change nothing that the policy does not name', () => {
    const requests = fc.record({
      amount: fc.double({ min: 0, max: 1e6, noNaN: true }),
      deposit: fc.double({ min: 0, max: 1e6, noNaN: true }),
      ratio: fc.constantFrom(null, 0, 0.3),
      term: fc.integer({ min: 2, max: 24 }),
      name: fc.string(),
    });
    const check = createCheck(CONTRACT, 'checkout');
    fc.assert(
      fc.property(requests, (asked) => {
        const all = candidates(asked);
        assert.ok(all.length <= 11);
        for (const candidate of all) {
          assert.ok(check(candidate.request).ok);
          assert.equal(candidate.request.name, asked.name);
          assert.deepEqual(Object.keys(candidate.request), Object.keys(asked));
          assert.ok(candidate.terms.length > 0);
          for (const { field, asked: before, offered } of candidate.terms) {
            assert.equal(before, asked[field as 'amount']);
            assert.equal(candidate.request[field], offered);
            assert.ok(offered <= before, `${field} ${offered} for ${before}`);
          }
        }
      }),
    );
  });
});

describe('the best counter-offer', () => {
  const judge = (columns: Parameters<typeof readingOf>[0], pd: number, changes = 1): Judged => ({
    request: {},
    terms: [],
    changes,
    reading: readingOf(columns),
    pd,
  });
  const best = (judged: readonly Judged[], offers = OFFERS) =>
    bestOffer(judged, POLICY, offers, COLUMNS)?.candidate;

  it('is the largest amount that would be approved', () => {
    const given = [
      judge({ amount: 80 }, 0.1),
      judge({ amount: 30 }, 0.01),
      judge({ amount: 50 }, 0.09),
    ];
    assert.equal(best(given), given[2]);
  });

  it('has the fewest changes among equals, then comes first', () => {
    const given = [
      judge({ amount: 50 }, 0.01, 2),
      judge({ amount: 50 }, 0.02, 1),
      judge({ amount: 50 }, 0.01, 1),
    ];
    assert.equal(best(given), given[1]);
  });

  it('is the one with the highest expected profit where the policy prefers that', () => {
    const given = [
      judge({ amount: 80, exposure: 300 }, 0.09),
      judge({ amount: 50, exposure: 100 }, 0.02),
      judge({ amount: 20, exposure: 50 }, 0.02),
    ];
    assert.equal(best(given, { ...OFFERS, prefer: 'highest_expected_profit' }), given[1]);
  });

  it('is none where nothing would be approved', () => {
    assert.equal(best([judge({ amount: 50 }, 0.1), judge({ over_limit: true }, 0.01)]), undefined);
    assert.equal(best([]), undefined);
  });

  it('is none so near to a cut-off that the other engine could refuse it', () => {
    assert.equal(best([judge({}, 0.1 - 5e-7)]), undefined);
    assert.ok(best([judge({}, 0.1 - 2e-6)]));
  });

  it('is always itself approved under the same policy', () => {
    const inputs = fc.record({
      amount: fc.integer({ min: 0, max: 600 }),
      term: fc.integer({ min: 2, max: 12 }),
      pd: fc.double({ min: 0, max: 0.3, noNaN: true }),
      prefer: fc.constantFrom('largest_amount' as const, 'highest_expected_profit' as const),
    });
    let offered = 0;
    fc.assert(
      fc.property(inputs, ({ amount, term, pd, prefer }) => {
        const judged = candidates({ amount, term }).map((candidate, i) => ({
          ...candidate,
          reading: read(candidate.request),
          pd: pd / (i + 1),
        }));
        const offers = { ...OFFERS, prefer };
        const offer = bestOffer(judged, POLICY, offers, COLUMNS);
        if (!offer) return;
        offered++;
        const { candidate, verdict } = offer;
        assert.equal(verdict.outcome, 'approve');
        const again = POLICY.apply(read(candidate.request), candidate.pd);
        assert.equal(again.outcome, 'approve');
        assert.deepEqual(again.expectation, verdict.expectation);
      }),
    );
    assert.ok(offered > 10);
  });
});

describe('a counter-offer', () => {
  const verdict = (columns: Parameters<typeof readingOf>[0], pd: number) =>
    POLICY.apply(readingOf(columns), pd);
  const onlyTerm: CounterOffers = { ...OFFERS, changes: [{ field: 'term', values: [4] }] };

  const cases: [string, boolean, ReturnType<typeof verdict>, CounterOffers][] = [
    ['can cure a probability of default that is too high', true, verdict({}, 0.3), OFFERS],
    ['can cure a limit', true, verdict({ exposure: 2000 }, 0.01), OFFERS],
    ['can cure a rule that looks at its terms', true, verdict({ over_limit: true }, 0.01), OFFERS],
    [
      'cannot cure a rule that looks at none of its terms',
      false,
      verdict({ over_limit: true }, 0.01),
      onlyTerm,
    ],
    ['cannot cure what could not be known', false, verdict({ exposure: Number.NaN }, 0.01), OFFERS],
  ];
  for (const [title, expected, given, offers] of cases) {
    it(title, () => assert.equal(isCurable(given, offers, COLUMNS), expected));
  }
});
