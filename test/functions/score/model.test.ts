import assert from 'node:assert/strict';
import { modelAnswer } from '../../../functions/score/model.ts';
import { type Service, startService } from '../support/service.ts';
import { deploy, storeVersion } from '../support/versions.ts';

const V1 = 'v20260601_000000';
const V2 = 'v20260602_000000';
const V3 = 'v20260603_000000';
const GONE = { version: 'v20260609_000000', manifest_sha256: '0'.repeat(64) };
/** One before the service's time, one after. */
const STEPS = [
  { from: '2026-06-11T12:00:00Z', share: 0.25 },
  { from: '2026-06-13T12:00:00Z', share: 0.5 },
];

describe('what is said of the model', () => {
  let service: Service;
  let refs: Record<string, Awaited<ReturnType<typeof storeVersion>>>;

  beforeEach(async () => {
    service = await startService();
    refs = {};
    for (const version of [V1, V2, V3]) {
      refs[version] = await storeVersion(service.objects, service.portfolio, version, {
        gates: [{ gate: 'auc', figure: 0.7, limit: 0.6, passed: true, why: 'It must separate.' }],
      });
    }
  });
  afterEach(() => service.stop());

  const serve = (changes: Parameters<typeof deploy>[2]) =>
    deploy(service.objects, 'loans', changes);
  const model = async (query = '') => {
    const { status, headers, body } = await service.get(`/v1/loans/model${query}`);
    assert.equal(status, 200);
    assert.deepEqual(modelAnswer.parse(body), body);
    return { headers, body };
  };

  it('is what decides, since when, by whom and why, and who stands beside it', async () => {
    const generation = await serve({
      champion: refs[V1]!,
      challenger: { ...refs[V2]!, share: 0.1, steps: STEPS },
      shadows: [refs[V3]!, GONE],
      updated_at: '2026-06-11T09:00:00Z',
      updated_by: 'risk@lender.example',
      reason: 'passed its gates',
    });
    const { body } = await model();
    assert.equal(body.portfolio, 'loans');
    assert.equal(body.version, V1);
    assert.equal(body.policy_version, '2026-06-01');
    assert.equal(body.obstacle, null);
    assert.deepEqual(body.deployment, {
      generation,
      champion: { version: V1, loaded: true },
      challenger: { version: V2, loaded: true, share: 0.25, steps: STEPS, taken_out: null },
      shadows: [
        { version: V3, loaded: true },
        { version: GONE.version, loaded: false },
      ],
      kill_switch: false,
      updated_at: '2026-06-11T09:00:00Z',
      updated_by: 'risk@lender.example',
      reason: 'passed its gates',
    });
  });

  it('holds a card: purpose, data, figures, gates, features with what they read, and limits', async () => {
    await serve({ champion: refs[V1]! });
    const { card } = (await model()).body;
    assert.equal(card.version, V1);
    assert.equal(card.purpose, 'Decides whether a loan is granted.');
    assert.equal(card.owner, 'Loans risk');
    assert.equal(card.label.definition, 'Bad: not paid back.');
    // Labels are known after ten days; sixty days before that are trained on.
    assert.equal(card.data.until, '2026-05-22T00:00:00.000Z');
    assert.equal(card.data.from, '2026-03-23T00:00:00.000Z');
    assert.deepEqual(card.data.rows, { TRAIN: 200 });
    assert.equal(card.metrics.auc, 0.7);
    assert.deepEqual(card.gates, [
      { gate: 'auc', figure: 0.7, limit: 0.6, passed: true, why: 'It must separate.' },
    ]);
    assert.deepEqual(card.calibration, {
      kind: 'platt',
      rows: 400,
      slope: 0.9,
      intercept: -0.1,
    });
    const payment = card.features.find(
      ({ feature }: { feature: string }) => feature === 'monthly_payment',
    );
    assert.deepEqual(payment.reads, ['amount', 'term_months']);
    assert.equal(payment.reason, 'M01');
    assert.deepEqual(card.protected_attributes, []);
    assert.deepEqual(card.policies, [
      {
        version: '2026-06-01',
        effective_from: '2026-06-01T00:00:00Z',
        reference_population: 'All loans that the model was trained on.',
      },
    ]);
    assert.equal(card.explanation, 'path_dependent');
    assert.ok(
      card.limits.some((limit: string) => limit.includes('100 applications, 30 of them bad')),
    );
  });

  it('says nothing of applications, of queries and of the salt', async () => {
    await serve({ champion: refs[V1]!, salt: 'a secret salt' });
    const text = JSON.stringify((await model()).body);
    assert.doesNotMatch(text, /a secret salt|SELECT|golden|l-0|sha256/);
  });

  it('is the card of any version in memory that is asked for', async () => {
    await serve({ champion: refs[V1]!, shadows: [refs[V3]!] });
    const { body } = await model(`?version=${V3}`);
    assert.equal(body.version, V1);
    assert.equal(body.card.version, V3);
    const { status, body: problem } = await service.get(`/v1/loans/model?version=${V2}`);
    assert.equal(status, 404);
    assert.equal(problem.code, 'version_not_loaded');
  });

  it('says that nothing decides, and why', async () => {
    const nothing = (await model()).body;
    assert.equal(nothing.obstacle, 'no deployment');
    assert.equal(nothing.version, null);
    assert.equal(nothing.deployment, null);
    assert.equal(nothing.card, null);
    await serve({ champion: null });
    assert.equal((await model()).body.obstacle, 'no champion');
    await serve({ champion: refs[V1]!, kill_switch: true });
    const { body } = await model();
    assert.equal(body.obstacle, 'kill switch');
    assert.equal(body.version, null);
    assert.equal(body.deployment.kill_switch, true);
    assert.equal(body.card.version, V1);
  });

  it('is not sent again to whom has it, until it changes', async () => {
    await serve({ champion: refs[V1]! });
    const etag = (await model()).headers.get('etag')!;
    assert.match(etag, /^"[\w-]{22}"$/);
    const path = '/v1/loans/model';
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const same = await service.get(path, { 'if-none-match': known });
      assert.equal(same.status, 304, known);
      assert.equal(same.body, undefined);
      assert.equal(same.headers.get('etag'), etag);
    }
    assert.equal((await service.get(path, { 'if-none-match': '"other"' })).status, 200);
    await serve({ champion: refs[V2]! });
    const changed = await service.get(path, { 'if-none-match': etag });
    assert.equal(changed.status, 200);
    assert.notEqual(changed.headers.get('etag'), etag);
  });

  it('is there for no other portfolio', async () => {
    const { status, body } = await service.get('/v1/cards/model');
    assert.equal(status, 404);
    assert.equal(body.code, 'not_found');
  });
});
