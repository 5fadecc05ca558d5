import assert from 'node:assert/strict';
import { MODEL_FILE } from '../../../shared/bundle/bundle.ts';
import { type Candidates, decide } from '../../../shared/decision/decide.ts';
import { createServingModel, type ServingModel } from '../../../shared/serving/serving_model.ts';
import { LOANS, POLICY_VERSION, withPolicy } from '../../functions/support/loans.ts';
import { keepLog } from '../../functions/support/log.ts';
import { readPortfolio } from '../../functions/support/portfolio.ts';
import { makeVersion, NOBODY } from '../../functions/support/versions.ts';

const VERSION = 'v20260601_000000';
const STRICT = {
  ...POLICY_VERSION,
  version: 'strict',
  effective_from: '2026-07-01T00:00:00Z',
  cut_offs: [{ name: 'nobody', review_from: 0, decline_from: 0.001 }],
};
const OFFERING = {
  ...POLICY_VERSION,
  counter_offers: {
    instead_of: ['decline' as const],
    changes: [{ field: 'amount', shares: [0.5], multiple_of: 100, at_least: 100 }],
    prefer: 'largest_amount' as const,
    amount: 'amount',
  },
};
const REQUEST = {
  loan_id: 'l-1',
  customer_id: 'c-1',
  asked_at: '2026-06-12T10:00:00Z',
  amount: 500,
  term_months: 12,
  income: 60_000,
  purpose: 'car',
  is_customer: true,
  employed_since: '2020-01-01',
};

describe('a decision of a model and its policy', () => {
  let model: ServingModel;
  const log = keepLog();

  before(async () => {
    const portfolio = await readPortfolio(withPolicy(LOANS, [OFFERING, STRICT]));
    const { manifest, files } = await makeVersion(portfolio, VERSION);
    const ref = { version: VERSION, manifest_sha256: '0'.repeat(64) };
    const bundle = { ref, manifest: { ...manifest, files: [] }, model: files.get(MODEL_FILE)! };
    model = await createServingModel(bundle);
  });
  after(() => model.close());
  beforeEach(() => {
    log.lines.length = 0;
  });

  const decided = (request: object, changes: Partial<ServingModel> = {}, at = '2026-06-12') => {
    const candidates: Candidates & { champion: ServingModel } = {
      generation: 1,
      deployment: NOBODY,
      champion: { ...model, ...changes },
      challenger: undefined,
      shadows: [],
    };
    const occasion = { decisionId: 'd-1', at: new Date(at), log };
    return decide({ ...REQUEST, ...request }, candidates, occasion);
  };

  it('follows the policy that is in force when it is made', async () => {
    const before = await decided({}, {}, '2026-06-30T23:59:59.999Z');
    const after = await decided({}, {}, '2026-07-01T00:00:00.000Z');
    assert.deepEqual([before.outcome, before.policy_version], ['approve', '2026-06-01']);
    assert.deepEqual([after.outcome, after.policy_version], ['decline', 'strict']);
    assert.equal(before.pd, after.pd);
    assert.notEqual(before.policy_sha256, after.policy_sha256);
  });

  it('is a person’s where the policy cannot be read, with every rule an error, and said', async () => {
    const values = new Float64Array(model.manifest.policy_columns.features.length).fill(Number.NaN);
    const fault = new Error('unreadable');
    const event = await decided({}, { read: () => ({ values, fault }) });
    assert.equal(event.outcome, 'review');
    assert.deepEqual(
      event.reasons.map(({ code }) => code),
      ['R90'],
    );
    assert.deepEqual(
      event.rules.map(({ rule, state }) => [rule, state]),
      [
        ['too_large', 'error'],
        ['long_and_new', 'error'],
        ['standard.review', 'not_hit'],
        ['standard.decline', 'not_hit'],
      ],
    );
    assert.deepEqual([event.expected_loss, event.currency], [null, null]);
    const [line] = log.of('the policy cannot be read; a person looks');
    assert.match(String(line!.stack_trace), /unreadable/);
  });

  it('stands without an offer where looking for one fails, and that is said', async () => {
    const adverse = { amount: 18_000, income: null };
    const alone = await decided(adverse);
    assert.equal(alone.outcome, 'counter_offer');
    const pds = async () => {
      throw new Error('the kernel fell over');
    };
    const event = await decided(adverse, { pds });
    assert.deepEqual([event.outcome, event.counter_offer], ['decline', null]);
    assert.deepEqual(event.reasons, alone.reasons);
    const [line] = log.of('no counter-offer could be found');
    assert.match(String(line!.stack_trace), /the kernel fell over/);
  });

  it('asks for no offer where its policy makes none in place of the outcome', async () => {
    const pds = async () => assert.fail('asked for an offer');
    const event = await decided({ amount: 14_000 }, { pds });
    assert.deepEqual([event.outcome, event.counter_offer], ['review', null]);
    assert.deepEqual(log.lines, []);
  });
});
