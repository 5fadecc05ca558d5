import assert from 'node:assert/strict';
import { createExporter, type ExporterOptions } from '../../../shared/telemetry/exporter.ts';
import type { OtlpSpan } from '../../../shared/telemetry/spans.ts';
import { type KeptLog, keepLog } from '../../functions/support/log.ts';
import { eventually } from '../../functions/support/score.ts';
import { type Collector, startCollector } from './collector.ts';

const FOREVER = 600_000;

const span = (i: number): OtlpSpan => ({
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: String(i).padStart(16, '0'),
  name: 'score',
  kind: 1,
  startTimeUnixNano: '1790000000010000000',
  endTimeUnixNano: '1790000000012500000',
});
const spans = (count: number, from = 0) => Array.from({ length: count }, (_, i) => span(from + i));

describe('spans on their way to a collector', () => {
  let collector: Collector;
  let log: KeptLog;
  beforeEach(async () => {
    collector = await startCollector();
    log = keepLog();
  });
  afterEach(() => collector.stop());

  const start = (changes: Partial<ExporterOptions> = {}) =>
    createExporter({
      url: `${collector.url}/v1/traces`,
      headers: { authorization: 'Bearer x' },
      resource: { 'service.name': 'flit-score' },
      log,
      mostWaiting: 10,
      mostOfCall: 4,
      delayMs: FOREVER,
      timeoutMs: 1000,
      ...changes,
    });

  it('are posted as OTLP’s JSON, with what they are of', async () => {
    const exporter = start();
    exporter.add(spans(2));
    await exporter.flush();
    const [{ path, headers, body }] = collector.exports as [Collector['exports'][0]];
    assert.equal(path, '/v1/traces');
    assert.equal(headers['content-type'], 'application/json');
    assert.equal(headers.authorization, 'Bearer x');
    assert.deepEqual(body, {
      resourceSpans: [
        {
          resource: {
            attributes: [{ key: 'service.name', value: { stringValue: 'flit-score' } }],
          },
          scopeSpans: [{ scope: { name: 'flit-ml' }, spans: spans(2) }],
        },
      ],
    });
    assert.deepEqual(log.lines, []);
  });

  it('leave by themselves after a while, or when a call is full', async () => {
    start({ delayMs: 1 }).add(spans(1));
    await eventually(async () => collector.exports[0]);
    start().add(spans(4, 10));
    await eventually(async () => collector.exports[1]);
    assert.equal(collector.spans().length, 5);
  });

  it('leave in calls of a limited size, none twice', async () => {
    const exporter = start();
    exporter.add(spans(3));
    exporter.add(spans(7, 3));
    await Promise.all([exporter.flush(), exporter.flush()]);
    assert.deepEqual(collector.spans(), spans(10));
    for (const { body } of collector.exports) {
      assert.ok(body.resourceSpans[0].scopeSpans[0].spans.length <= 4);
    }
  });

  it('are dropped and counted where too many wait', async () => {
    const exporter = start({ mostOfCall: 100 });
    exporter.add(spans(9));
    exporter.add(spans(3, 9));
    await exporter.flush();
    assert.deepEqual(collector.spans(), spans(9));
    assert.deepEqual(
      log.of('spans were dropped').map((line) => line.spans),
      [3],
    );
  });

  it('are kept and sent again where the collector is away for a moment', async () => {
    collector.answer = { status: 503, body: '' };
    const exporter = start({ mostOfCall: 100 });
    exporter.add(spans(2));
    await exporter.flush();
    assert.deepEqual(
      log.of('spans could not be exported').map(({ why, kept }) => [why, kept]),
      [['HTTP 503', 2]],
    );
    collector.answer = { status: 200, body: '' };
    exporter.add(spans(1, 2));
    collector.exports.length = 0;
    await exporter.flush();
    assert.deepEqual(collector.spans(), spans(3));
    assert.deepEqual(log.of('spans were dropped'), []);
  });

  it('are dropped and counted where the collector refuses them', async () => {
    collector.answer = { status: 400, body: 'no' };
    const exporter = start();
    exporter.add(spans(2));
    await exporter.flush();
    await exporter.flush();
    assert.equal(collector.exports.length, 1);
    assert.deepEqual(
      log.of('spans were dropped').map((line) => line.spans),
      [2],
    );
  });

  it('are said to be rejected where the collector takes only some', async () => {
    collector.answer = { status: 200, body: '{"partialSuccess":{"rejectedSpans":"1"}}' };
    const exporter = start();
    exporter.add(spans(2));
    await exporter.flush();
    assert.deepEqual(
      log.of('the collector rejected spans').map((line) => line.spans),
      [1],
    );
  });

  it('trouble nobody where there is no collector', async () => {
    const exporter = start({ url: 'http://127.0.0.1:1/v1/traces' });
    exporter.add(spans(2));
    await exporter.flush();
    assert.match(String(log.of('spans could not be exported')[0]!.why), /fetch failed/);
  });
});
