import assert from 'node:assert/strict';
import { ConfigError } from '../../../shared/config.ts';
import { telemetryOf } from '../../../shared/telemetry/settings.ts';
import { keepLog } from '../../functions/support/log.ts';
import { type Collector, startCollector } from './collector.ts';

describe('telemetry by the environment', () => {
  let collector: Collector;
  beforeEach(async () => {
    collector = await startCollector();
  });
  afterEach(() => collector.stop());

  const traced = async (environment: Record<string, string>) => {
    const { tracer, exporter } = telemetryOf(environment, 'flit-score', keepLog())!;
    tracer.end(tracer.begin(undefined), {
      method: 'GET',
      route: '/ready',
      status: 200,
      start: 1,
      end: 2,
      phases: [],
    });
    await exporter.flush();
    return collector.exports[0];
  };

  it('is none without a collector, or switched off', () => {
    assert.equal(telemetryOf({}, 'flit-score', keepLog()), undefined);
    const off = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_SDK_DISABLED: 'true' };
    assert.equal(telemetryOf(off, 'flit-score', keepLog()), undefined);
  });

  it('goes to the path of traces at the endpoint, with headers and resource', async () => {
    const sent = await traced({
      OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.url}/otlp/`,
      OTEL_EXPORTER_OTLP_HEADERS: 'x-tenant=flit,authorization=Bearer%20t',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=dev',
    });
    assert.equal(sent!.path, '/otlp/v1/traces');
    assert.equal(sent!.headers.authorization, 'Bearer t');
    assert.equal(sent!.headers['x-tenant'], 'flit');
    assert.deepEqual(sent!.body.resourceSpans[0].resource.attributes, [
      { key: 'service.name', value: { stringValue: 'flit-score' } },
      { key: 'deployment.environment.name', value: { stringValue: 'dev' } },
    ]);
    const [span] = collector.spans();
    assert.match(span!.traceId, /^[\da-f]{32}$/);
    assert.ok(Math.abs(Number(span!.startTimeUnixNano) / 1e6 - performance.timeOrigin) < 1000);
  });

  it('goes to the endpoint of traces as it is, under the service’s own name', async () => {
    const sent = await traced({
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1',
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector.url}/spans`,
      OTEL_SERVICE_NAME: 'checkout',
    });
    assert.equal(sent!.path, '/spans');
    const [service] = sent!.body.resourceSpans[0].resource.attributes;
    assert.equal(service.value.stringValue, 'checkout');
  });

  it('records the share of requests that it is told', async () => {
    const sent = await traced({
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0',
    });
    assert.equal(sent, undefined);
  });

  it('is refused by name where something is not supported', () => {
    const wrong = {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_TRACES_SAMPLER: 'jaeger_remote',
      OTEL_EXPORTER_OTLP_HEADERS: 'a=%',
      OTEL_BSP_MAX_QUEUE_SIZE: '0',
    };
    assert.throws(
      () => telemetryOf(wrong, 'flit-score', keepLog()),
      (error) => {
        assert.ok(error instanceof ConfigError);
        for (const name of Object.keys(wrong).slice(1))
          assert.match(error.message, new RegExp(name));
        return true;
      },
    );
  });
});
