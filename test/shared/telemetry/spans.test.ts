import assert from 'node:assert/strict';
import { createTracer, type OtlpSpan } from '../../../shared/telemetry/spans.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const CALLER = 'b7ad6b7169203331';
const ORIGIN = 1_790_000_000_000;

describe('the spans of a request', () => {
  let spans: OtlpSpan[];
  let count: number;
  beforeEach(() => {
    spans = [];
    count = 0;
  });

  const tracer = (share = 1) =>
    createTracer({
      export: (more) => spans.push(...more),
      share,
      randomHex: (bytes) => String(++count).padStart(2 * bytes, '0'),
      origin: ORIGIN,
    });
  const answered = (status = 200) => ({
    method: 'POST',
    route: '/v1/{portfolio}/decisions',
    status,
    start: 10,
    end: 12.5,
    phases: [
      { name: 'score', start: 10.25, end: 11 },
      { name: 'record', start: 11, end: 12.5 },
    ],
  });

  it('are one for the request, under the caller’s, and one for each phase under that', () => {
    const own = tracer();
    const span = own.begin({ id: TRACE, span: CALLER, sampled: true });
    assert.deepEqual(span.trace, { id: TRACE, span: '0000000000000001', sampled: true });
    own.end(span, answered());
    assert.deepEqual(spans[0], {
      traceId: TRACE,
      spanId: '0000000000000001',
      parentSpanId: CALLER,
      name: 'POST /v1/{portfolio}/decisions',
      kind: 2,
      startTimeUnixNano: '1790000000010000000',
      endTimeUnixNano: '1790000000012500000',
      attributes: [
        { key: 'http.request.method', value: { stringValue: 'POST' } },
        { key: 'http.route', value: { stringValue: '/v1/{portfolio}/decisions' } },
        { key: 'http.response.status_code', value: { intValue: '200' } },
      ],
    });
    assert.deepEqual(spans.slice(1), [
      {
        traceId: TRACE,
        spanId: '0000000000000002',
        parentSpanId: '0000000000000001',
        name: 'score',
        kind: 1,
        startTimeUnixNano: '1790000000010250000',
        endTimeUnixNano: '1790000000011000000',
      },
      {
        traceId: TRACE,
        spanId: '0000000000000003',
        parentSpanId: '0000000000000001',
        name: 'record',
        kind: 1,
        startTimeUnixNano: '1790000000011000000',
        endTimeUnixNano: '1790000000012500000',
      },
    ]);
  });

  it('begin a trace of their own where the caller has none', () => {
    const own = tracer();
    own.end(own.begin(undefined), answered());
    assert.equal(spans[0]!.traceId, '1'.padStart(32, '0'));
    assert.ok(!('parentSpanId' in spans[0]!));
  });

  it('are recorded where the caller records, and only there', () => {
    const own = tracer(0);
    own.end(own.begin({ id: TRACE, span: CALLER, sampled: false }), answered());
    own.end(own.begin({ id: TRACE, span: CALLER, sampled: undefined }), answered());
    assert.equal(spans.length, 0);
    own.end(own.begin({ id: TRACE, span: CALLER, sampled: true }), answered());
    assert.equal(spans.length, 3);
  });

  it('are of the asked share of the traces where the caller has no say', () => {
    const share = tracer(0.25);
    const sampled = Array.from({ length: 2000 }, (_, i) => {
      const tail = ((i * 2654435761) % 2 ** 32).toString(16).padStart(8, '0');
      const id = `${'0'.repeat(17)}1${tail}${'0'.repeat(6)}`;
      return share.begin({ id, span: CALLER, sampled: undefined }).trace.sampled;
    }).filter(Boolean).length;
    assert.ok(sampled > 400 && sampled < 600, String(sampled));
  });

  it('are errors where the service failed, not where the caller did', () => {
    const own = tracer();
    for (const status of [503, 400])
      own.end(own.begin(undefined), { ...answered(status), phases: [] });
    assert.deepEqual(
      spans.map(({ status }) => status),
      [{ code: 2 }, undefined],
    );
  });
});
