import assert from 'node:assert/strict';
import { traceFields, traceOf } from '../../shared/log.ts';

const ID = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';

describe('the trace of a request', () => {
  const cases: [string, Record<string, string>, ReturnType<typeof traceOf>][] = [
    ['W3C’s', { traceparent: `00-${ID}-${SPAN}-01` }, { id: ID, span: SPAN, sampled: true }],
    [
      'W3C’s that is not recorded, though other bits are set',
      { traceparent: `00-${ID}-${SPAN}-02` },
      { id: ID, span: SPAN, sampled: false },
    ],
    [
      'of a later version of W3C’s',
      { traceparent: `01-${ID}-${SPAN}-01-more` },
      { id: ID, span: SPAN, sampled: true },
    ],
    [
      'Google’s, whose span is decimal',
      { 'x-cloud-trace-context': `${ID}/255;o=1` },
      { id: ID, span: '00000000000000ff', sampled: true },
    ],
    [
      'Google’s without a span',
      { 'x-cloud-trace-context': ID },
      { id: ID, span: undefined, sampled: undefined },
    ],
    [
      'Google’s, where W3C’s is broken',
      { traceparent: `00-${ID}-${'0'.repeat(16)}-01`, 'x-cloud-trace-context': `${ID}/0;o=0` },
      { id: ID, span: undefined, sampled: false },
    ],
    ['none of a version that cannot be', { traceparent: `ff-${ID}-${SPAN}-01` }, undefined],
    ['none of zeros', { traceparent: `00-${'0'.repeat(32)}-${SPAN}-01` }, undefined],
    ['none without a header', {}, undefined],
  ];
  for (const [what, headers, trace] of cases) {
    it(`is ${what}`, () => assert.deepEqual(traceOf(headers), trace));
  }

  it('is on a line under Google’s keys, as far as it is known', () => {
    assert.deepEqual(traceFields({ id: ID, span: SPAN, sampled: false }, 'p1'), {
      'logging.googleapis.com/trace': `projects/p1/traces/${ID}`,
      'logging.googleapis.com/spanId': SPAN,
      'logging.googleapis.com/trace_sampled': false,
    });
    assert.deepEqual(traceFields({ id: ID, span: undefined, sampled: undefined }, 'p1'), {
      'logging.googleapis.com/trace': `projects/p1/traces/${ID}`,
    });
    assert.deepEqual(traceFields(undefined, 'p1'), {});
  });
});
