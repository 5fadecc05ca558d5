/** Where the time of a decision goes: in its answer, in its log, and at a collector of OpenTelemetry. */
import assert from 'node:assert/strict';
import { type Collector, startCollector } from '../../shared/telemetry/collector.ts';
import { startFunction } from '../../start/services.ts';
import { useLender } from '../support/lender.ts';
import { loanRows, requestOf } from '../support/rows.ts';
import { eventually, type Instance, startInstance } from '../support/score.ts';
import { post } from '../support/serve.ts';
import { deploy, storeVersion } from '../support/versions.ts';

const REQUEST = requestOf(loanRows(1, 3).applications[0]!);
const TRACE = '0af7651916cd43dd8448eb211c80319c';
const CALLER = 'b7ad6b7169203331';
const PHASES = ['load', 'validate', 'features', 'score', 'shadows', 'policy', 'explain', 'record'];

describe('a decision’s time', () => {
  const lender = useLender();
  let collector: Collector;
  let instance: Instance | undefined;

  before(async () => {
    const { objects, portfolio } = lender;
    const champion = await storeVersion(objects, portfolio, 'v20260601_000000');
    const shadow = await storeVersion(objects, portfolio, 'v20260602_000000', { lift: 0.2 });
    await deploy(objects, 'loans', { champion, shadows: [shadow] });
  });
  beforeEach(async () => {
    collector = await startCollector();
    instance = undefined;
  });
  afterEach(async () => {
    await instance?.stop();
    await collector.stop();
  });

  const decide = (url: string, headers: Record<string, string> = {}) =>
    post(`${url}/v1/loans/decisions`, REQUEST, headers);

  it('is in its answer, by phase and in total, in milliseconds', async () => {
    instance = await startInstance(lender);
    for (const headers of [{}, { 'idempotency-key': 'a-key' }]) {
      const answer = await decide(instance.url, headers);
      const entries = answer.headers
        .get('server-timing')!
        .split(', ')
        .map((entry) => /^([a-z]+);dur=(\d+(?:\.\d{1,3})?)$/.exec(entry)!);
      assert.deepEqual(
        entries.map(([, name]) => name),
        [...PHASES, 'total'],
      );
      const times = entries.map(([, , ms]) => Number(ms));
      const phases = times.slice(0, -1).reduce((sum, ms) => sum + ms);
      assert.ok(phases <= times.at(-1)! + 0.01);
    }
    const ready = await fetch(`${instance.url}/ready`);
    assert.equal(ready.headers.get('server-timing'), null);
  });

  it('is at the collector as spans under the caller’s, without personal data', async () => {
    instance = await startInstance(lender, {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_BSP_SCHEDULE_DELAY: '1',
    });
    const { status } = await decide(instance.url, { traceparent: `00-${TRACE}-${CALLER}-01` });
    assert.equal(status, 200);
    await eventually(async () => collector.spans()[0]);
    const [request, ...phases] = collector.spans();
    assert.equal(request!.name, 'POST /v1/{portfolio}/decisions');
    assert.equal(request!.traceId, TRACE);
    assert.equal(request!.parentSpanId, CALLER);
    assert.deepEqual(
      phases.map(({ name }) => name),
      PHASES,
    );
    for (const phase of phases) assert.equal(phase.parentSpanId, request!.spanId);
    assert.ok(!JSON.stringify(collector.exports).includes(String(REQUEST.customer_id)));
  });

  it('is at no collector where the caller does not record', async () => {
    instance = await startInstance(lender, {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_BSP_SCHEDULE_DELAY: '1',
    });
    await decide(instance.url, { traceparent: `00-${TRACE}-${CALLER}-00` });
    await decide(instance.url, { traceparent: `00-${TRACE}-${CALLER}-01` });
    await eventually(async () => collector.spans()[0]);
    assert.equal(collector.spans().filter(({ parentSpanId }) => parentSpanId === CALLER).length, 1);
  });

  it('does not wait for a collector that is away', async () => {
    instance = await startInstance(lender, {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1',
      OTEL_BSP_SCHEDULE_DELAY: '1',
    });
    const { log } = instance;
    assert.equal((await decide(instance.url)).status, 200);
    await eventually(async () => log.of('spans could not be exported')[0]);
    assert.equal((await decide(instance.url)).status, 200);
  });

  it('reaches the collector though the instance ends at once', async () => {
    const environment = {
      ...lender.environment,
      NODE_ENV: 'production',
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_BSP_SCHEDULE_DELAY: '600000',
    };
    const service = await startFunction('score', environment, {});
    try {
      assert.equal((await decide(service.url)).status, 200);
      assert.deepEqual(collector.spans(), []);
    } finally {
      await service.stop();
    }
    assert.equal(collector.spans()[0]!.name, 'POST /v1/{portfolio}/decisions');
  });
});
