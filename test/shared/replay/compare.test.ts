import assert from 'node:assert/strict';
import type { DecisionEvent } from '../../../shared/decision/decide.ts';
import { differencesOf } from '../../../shared/replay/compare.ts';
import { readRecorded } from '../../../shared/replay/recorded.ts';

const VERSION = 'v20260601_000000';

const EVENT: DecisionEvent = {
  decision_id: 'd-1',
  portfolio: 'loans',
  application_id: 'a-1',
  entity_id: 'c-1',
  decided_at: '2026-06-12T00:00:00.000Z',
  outcome: 'counter_offer',
  pd: 0.1 + 0.2,
  reasons: [{ code: 'M01', text: 'The amount.' }],
  arm: 'champion',
  arm_reason: 'champion_only',
  arm_share: null,
  arm_bucket: null,
  model_version: VERSION,
  policy_version: 'p',
  policy_sha256: 'a'.repeat(64),
  deployment_generation: 1,
  fallback: null,
  scores: [
    {
      version: VERSION,
      role: 'champion',
      probability: 0.5,
      pd: 0.1 + 0.2,
      engine: 'onnxruntime',
      features: '{}',
    },
  ],
  rules: [
    { rule: 'too_large', kind: 'rule', state: 'hit', hit: true, figure: null, threshold: null },
  ],
  expected_loss: 12.5,
  expected_profit: 0,
  currency: 'EUR',
  counter_offer: {
    terms: [{ field: 'amount', asked: 500, offered: 400 }],
    instead_of: 'decline',
    pd: 0.2,
    expected_loss: 1,
    expected_profit: 2,
    tried: 6,
  },
  request: '{}',
  idempotency_key_sha256: null,
};

/** As the warehouse gives the event back, and with changes. */
const recorded = (changes: object = {}) =>
  readRecorded({ ...JSON.parse(JSON.stringify(EVENT)), ...changes });

describe('a decision that is made again', () => {
  it('is the same where every field is', () => {
    assert.deepEqual(differencesOf(recorded(), EVENT), []);
  });

  it('differs where a number differs in its last bit, or an object anywhere within', () => {
    const cases: [object, string[]][] = [
      [{ outcome: 'decline' }, ['outcome']],
      [{ pd: 0.3 }, ['pd']],
      [{ reasons: [] }, ['reasons']],
      [{ reasons: [{ code: 'M01', text: 'The amounts.' }] }, ['reasons']],
      [{ rules: [{ ...EVENT.rules[0], threshold: 0 }] }, ['rules']],
      [{ expected_profit: null }, ['expected_profit']],
      [{ counter_offer: null }, ['counter_offer']],
      [{ counter_offer: { ...EVENT.counter_offer, tried: 7 } }, ['counter_offer']],
      [{ policy_sha256: 'b'.repeat(64) }, ['policy_sha256']],
      [{ entity_id: 'c-2' }, ['entity_id']],
      [
        { scores: [{ ...EVENT.scores[0], probability: 0.5000000000000001 }] },
        ['scores.probability'],
      ],
      [{ scores: [{ ...EVENT.scores[0], features: '{"a":1}' }] }, ['scores.features']],
    ];
    for (const [changes, fields] of cases) {
      assert.deepEqual(differencesOf(recorded(changes), EVENT), fields, JSON.stringify(changes));
    }
  });

  it('is held against the score that decided, whatever shadows said', () => {
    const shadow = { ...EVENT.scores[0], role: 'shadow', pd: 0.9, probability: 0.9 };
    assert.deepEqual(differencesOf(recorded({ scores: [shadow, EVENT.scores[0]] }), EVENT), []);
    assert.deepEqual(differencesOf(recorded({ scores: [shadow] }), EVENT), ['scores']);
  });

  it('is the same where the table lacks what events say now, and as JSON has no -0', () => {
    const { policy_sha256: _, expected_loss: __, ...row } = recorded().row;
    assert.deepEqual(differencesOf(readRecorded(row), { ...EVENT, expected_profit: -0 }), []);
    const [rule] = EVENT.rules;
    const { figure: ___, ...less } = rule!;
    assert.deepEqual(differencesOf(recorded({ rules: [less] }), EVENT), []);
  });
});

describe('a recorded decision', () => {
  it('is read whether its time comes as text or as the warehouse’s client has it', () => {
    const at = new Date(EVENT.decided_at);
    assert.deepEqual(recorded().at, at);
    assert.deepEqual(recorded({ decided_at: { value: EVENT.decided_at } }).at, at);
  });

  const damages: [string, object, RegExp][] = [
    ['lacks its outcome', { outcome: null }, /damaged: outcome/],
    ['has an impossible PD', { pd: 1.5 }, /damaged: pd/],
    ['has no time', { decided_at: 'monday' }, /damaged: decided_at/],
    ['has a PD and no version', { model_version: null }, /model_version, pd and scores contradict/],
    ['has a version and no PD', { pd: null }, /contradict/],
    ['has no score of its version', { scores: [] }, /contradict/],
    ['has a score without a version', { scores: [{ role: 'x' }] }, /damaged: scores\.0\.version/],
    ['is masked', { request: '' }, /no JSON: is it damaged, or masked from you\?/],
    ['has a list for a request', { request: '["secret"]' }, /its request is no JSON object$/],
  ];
  for (const [what, changes, message] of damages) {
    it(`is refused when it ${what}, in words that hold nothing of it`, () => {
      assert.throws(() => recorded(changes), { name: 'RecordError', message });
      assert.throws(
        () => recorded({ ...changes, request: '{"secret": ' }),
        (error: Error) => !error.message.includes('secret'),
      );
    });
  }
});
