/** The guard where it works: in an instance of the decision service. */
import assert from 'node:assert/strict';
import { type BundleRef, readBundle } from '../../../shared/bundle/bundle.ts';
import { compileFeatures } from '../../../shared/features/compile.ts';
import { inputFields } from '../../../shared/portfolio/contract.ts';
import type { Deployment } from '../../../shared/registry/deployment.ts';
import { useLender } from '../support/lender.ts';
import { loanRows, requestOf } from '../support/rows.ts';
import { eventually, type Instance, startInstance } from '../support/score.ts';
import { deploy, storeVersion } from '../support/versions.ts';

const CHAMPION = 'v20260601_000000';
const OTHER = 'v20260602_000000';
const FAILING = 'v20260603_000000';
const TOLD = 'the guard took the challenger out; the champion decides';

const REQUESTS = loanRows(300, 5).applications.map(requestOf);
/** One that the failing challenger cannot read. */
const SMALL = { ...REQUESTS[0]!, amount: 500 };

describe('the guard in the decision service', () => {
  const lender = useLender();
  let instance: Instance;
  let champion: BundleRef;
  let other: BundleRef;
  let failing: BundleRef;

  before(async () => {
    const { objects, portfolio } = lender;
    champion = await storeVersion(objects, portfolio, CHAMPION);
    other = await storeVersion(objects, portfolio, OTHER, { lift: 40 });
    const inputs = inputFields(portfolio.application).map((input) =>
      input.name === 'amount' ? { ...input, minimum: 1000 } : input,
    );
    const { golden } = (await readBundle(objects, 'loans', champion)).manifest;
    failing = await storeVersion(objects, portfolio, FAILING, {
      features: compileFeatures(portfolio.sql.features, inputs),
      golden: golden.filter(({ request }) => (request.amount as number) >= 1000),
    });
  });
  beforeEach(async () => {
    instance = await startInstance(lender);
  });
  afterEach(() => instance.stop());

  const challenge = (challenger: NonNullable<Deployment['challenger']>) =>
    deploy(lender.objects, 'loans', { champion, challenger, shadows: [], kill_switch: false });

  const eventOf = (decisionId: string) =>
    eventually(async () => {
      const [rows] = await lender.bigquery.query({
        query:
          "SELECT arm, arm_reason FROM flit.decisions WHERE decided_at >= '2000-01-01' AND decision_id = @id",
        params: { id: decisionId },
      });
      return rows[0];
    });

  const guards = async () => {
    const response = await fetch(`${instance.url}/ready`);
    return (await response.json()) as { guards: Record<string, unknown> };
  };

  it('takes out a challenger that fails: the champion decides, and log, readiness and event say why', async () => {
    const generation = await challenge({ ...failing, share: 1 });
    for (let i = 0; i < 10; i++) {
      const { status, body } = await instance.decide(SMALL);
      assert.equal(status, 200);
      assert.equal(body.model_version, CHAMPION);
    }
    const trip = { test: 'errors', figure: 1, limit: 0.01, decisions: 10 };
    const [said, ...more] = instance.log.of(TOLD);
    assert.deepEqual(more, []);
    assert.deepEqual(said, {
      severity: 'CRITICAL',
      message: TOLD,
      portfolio: 'loans',
      version: FAILING,
      generation,
      ...trip,
    });
    assert.deepEqual((await guards()).guards, { loans: { version: FAILING, ...trip } });
    // Even where it would not fail.
    const { body } = await instance.decide({ ...SMALL, amount: 5000 });
    assert.equal(body.arm, 'champion');
    assert.equal((await eventOf(body.decision_id)).arm_reason, 'guard');
    assert.equal(instance.log.of('the challenger failed; the champion decides').length, 10);
  });

  it('stays tripped for its deployment, and lets the next one try', async () => {
    await challenge({ ...failing, share: 1 });
    for (let i = 0; i < 10; i++) await instance.decide(SMALL);
    const readable = { ...SMALL, amount: 5000 };
    assert.equal((await instance.decide(readable)).body.arm, 'champion');
    await challenge({ ...failing, share: 0.99 });
    assert.deepEqual((await guards()).guards, {});
    const { body } = await instance.decide(readable);
    assert.equal(body.arm, 'challenger');
  });

  it('takes out a challenger that is slower than it may be', async () => {
    const guard = { slow_ms: 1e-9, slow_share_at_most: 0.05 };
    await challenge({ ...other, share: 1, guard });
    const versions = [];
    for (const request of REQUESTS.slice(0, 12)) {
      versions.push((await instance.decide(request)).body.model_version);
    }
    assert.deepEqual(versions, [...Array(10).fill(OTHER), CHAMPION, CHAMPION]);
    assert.equal(instance.log.of(TOLD)[0]!.test, 'latency');
  });

  it('takes out a challenger whose PDs are far from the champion’s for customers drawn alike', async () => {
    await challenge({
      ...other,
      share: 0.5,
      guard: { pds_compared: 50, pd_distance_at_most: 0.05 },
    });
    for (const request of REQUESTS) {
      await instance.decide(request);
      if (instance.log.of(TOLD).length > 0) break;
    }
    const [said] = instance.log.of(TOLD);
    assert.equal(said!.test, 'scores');
    assert.ok((said!.figure as number) > 0.3);
    assert.equal(said!.decisions, 50);
  });

  it('leaves alone a challenger that is the champion’s equal', async () => {
    const guard = { pds_compared: 50, pd_distance_at_most: 0.05, slow_ms: 10_000 };
    await challenge({ ...champion, share: 0.5, guard });
    for (const request of REQUESTS) await instance.decide(request);
    assert.deepEqual(instance.log.of(TOLD), []);
    assert.deepEqual((await guards()).guards, {});
  });
});
