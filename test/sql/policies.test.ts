/** The policies of sql/, on any application that their contracts allow. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createReader } from '../../shared/policy/columns.ts';
import { bestOffer, candidatesOf } from '../../shared/policy/counter_offer.ts';
import type { PolicyInForce } from '../../shared/policy/versions.ts';
import { createPolicies } from '../../shared/policy/versions.ts';
import { inputFields } from '../../shared/portfolio/contract.ts';
import { loadPortfolio, type Portfolio } from '../../shared/portfolio/portfolio.ts';
import { rowOf } from '../shared/features/arbitrary_rows.ts';

const STRICTNESS = { approve: 0, review: 1, decline: 2 };

for (const id of ['bnpl', 'cards']) {
  describe(`the policy of ${id}`, () => {
    let portfolio: Portfolio;
    let policy: PolicyInForce;
    let applications: fc.Arbitrary<Readonly<Record<string, unknown>>>;

    before(async () => {
      portfolio = await loadPortfolio('sql', id);
      policy = createPolicies(portfolio.policy, portfolio.policy_columns).at(new Date());
      const texts = Object.values(portfolio.application.properties).flatMap((field) =>
        'enum' in field ? field.enum : [],
      );
      applications = rowOf(inputFields(portfolio.application), ['', ...texts]);
    });

    const pd = fc.double({ min: 0, max: 1, noNaN: true });

    it('knows everything that it asks for, of everybody', () => {
      const read = createReader(portfolio.policy_columns);
      fc.assert(
        fc.property(applications, pd, (application, p) => {
          const reading = read(application);
          assert.equal(reading.fault, undefined);
          const { rules, expectation } = policy.apply(reading, p);
          assert.ok(rules.every(({ state }) => state !== 'error'));
          assert.ok(expectation!.expected_loss >= 0);
        }),
      );
    });

    it('grows no milder, and expects no more of the plan, as the probability of default rises', () => {
      const read = createReader(portfolio.policy_columns);
      fc.assert(
        fc.property(applications, pd, pd, (application, a, b) => {
          const reading = read(application);
          const low = policy.apply(reading, Math.min(a, b));
          const high = policy.apply(reading, Math.max(a, b));
          assert.ok(STRICTNESS[low.outcome] <= STRICTNESS[high.outcome]);
          assert.ok(low.expectation!.expected_loss <= high.expectation!.expected_loss);
          assert.ok(low.expectation!.expected_profit >= high.expectation!.expected_profit);
        }),
      );
    });

    it('offers less than was asked, within the contract, and what it approves itself', () => {
      const read = createReader(portfolio.policy_columns);
      const offers = policy.document.counter_offers!;
      let made = 0;
      fc.assert(
        fc.property(applications, pd, (application, p) => {
          const judged = candidatesOf(application, offers, portfolio.application).map(
            (candidate) => ({ ...candidate, reading: read(candidate.request), pd: p / 4 }),
          );
          const best = bestOffer(judged, policy, offers, portfolio.policy_columns);
          if (!best) return;
          made++;
          const { request, terms } = best.candidate;
          assert.equal(policy.apply(read(request), p / 4).outcome, 'approve');
          assert.ok(terms.every(({ asked, offered }) => offered <= asked));
          assert.ok(terms.some(({ asked, offered }) => offered < asked));
        }),
        { numRuns: 300 },
      );
      assert.ok(made > 0);
    });
  });
}
