import assert from 'node:assert/strict';
import { compileFeatures, type InputField } from '../../../shared/features/compile.ts';
import { RowError } from '../../../shared/features/errors.ts';
import { createEvaluator } from '../../../shared/features/evaluate.ts';

const INPUTS: readonly InputField[] = [
  { name: 'n', type: 'INT64', nullable: false, minimum: 0, maximum: 10 },
  { name: 'x', type: 'FLOAT64', nullable: true, minimum: -1, maximum: 1 },
  { name: 'b', type: 'BOOL', nullable: false },
  { name: 's', type: 'STRING', nullable: true, maxLength: 3, values: ['a', 'b'] },
  { name: 'ts', type: 'TIMESTAMP', nullable: false },
  { name: 'd', type: 'DATE', nullable: true },
];

const ROW = { n: 1, x: 0.5, b: true, s: 'a', ts: '2024-01-01T00:00:00Z', d: '2024-01-01' };

const SQL = 'SELECT n, x, b, s, UNIX_SECONDS(ts) AS ts, UNIX_DATE(d) AS d FROM input';

const evaluator = createEvaluator(compileFeatures(SQL, INPUTS));

describe('an evaluator', () => {
  it('gives numbers and texts in the order of the features', () => {
    const numbers = new Float64Array(6);
    const texts: (string | null)[] = new Array(6).fill('untouched');
    evaluator.evaluate(ROW, numbers, texts);
    assert.deepEqual([...numbers], [1, 0.5, 1, Number.NaN, 1704067200, 19723]);
    assert.deepEqual(texts, ['untouched', 'untouched', 'untouched', 'a', 'untouched', 'untouched']);
  });

  it('gives a record by name, as the features are typed', () => {
    const expected = { n: 1, x: 0.5, b: true, s: 'a', ts: 1704067200, d: 19723 };
    assert.deepEqual(evaluator.record(ROW), expected);
  });

  it('takes a column that is missing, or undefined, for NULL', () => {
    const { x, s, d, ...rest } = ROW;
    const { x: noNumber, s: noText, d: noDate } = evaluator.record({ ...rest, d: undefined });
    assert.deepEqual([noNumber, noText, noDate], [null, null, null]);
  });

  it('keeps nothing of the row before', () => {
    evaluator.record(ROW);
    const { x, s, d } = evaluator.record({ ...ROW, x: null, s: null, d: null });
    assert.deepEqual([x, s, d], [null, null, null]);
  });

  it('makes the zero of an integer positive', () => {
    assert.ok(Object.is(evaluator.record({ ...ROW, n: -0 }).n, 0));
  });

  it('takes a text that the contract does not list: only its length matters', () => {
    assert.equal(evaluator.record({ ...ROW, s: 'new' }).s, 'new');
    assert.equal(evaluator.record({ ...ROW, s: '😀😀😀' }).s, '😀😀😀');
  });

  const outside: [field: keyof typeof ROW, value: unknown, message: RegExp][] = [
    ['n', null, /^Input n is missing or NULL\.$/],
    ['n', undefined, /missing or NULL/],
    ['n', 11, /^Input n is outside 0 to 10\.$/],
    ['n', -1, /outside/],
    ['n', 0.5, /must be an integer/],
    ['n', '1', /must be an integer/],
    ['n', 1n, /must be an integer/],
    ['n', Number.NaN, /must be an integer/],
    ['x', Infinity, /outside -1 to 1/],
    ['x', Number.NaN, /must be a number/],
    ['x', true, /must be a number/],
    ['b', 1, /must be true or false/],
    ['s', 5, /must be text/],
    ['s', '\ud83d', /without lone surrogates/],
    ['s', 'long', /^Input s has a length outside 0 to 3\.$/],
    ['ts', '2024-01-01', /must be RFC 3339 text/],
    ['ts', 1704067200, /must be RFC 3339 text/],
    ['ts', '1800-01-01T00:00:00Z', /outside 1830-01-01T.* to 2110-01-01T/],
    ['d', '2024-1-1', /must be text of the form YYYY-MM-DD/],
    ['d', '0999-12-31', /outside 1000-01-01 to 9999-12-31/],
    ['d', {}, /YYYY-MM-DD/],
  ];
  for (const [field, value, message] of outside) {
    it(`refuses ${field} = ${typeof value === 'bigint' ? '1n' : JSON.stringify(value)}`, () => {
      const numbers = new Float64Array(6).fill(7);
      assert.throws(
        () => evaluator.evaluate({ ...ROW, [field]: value }, numbers),
        (error) =>
          error instanceof RowError && error.field === field && message.test(error.message),
      );
      assert.deepEqual([...numbers], new Array(6).fill(7));
    });
  }

  it('does not read columns that no feature depends on', () => {
    const some = createEvaluator(compileFeatures('SELECT n FROM input', INPUTS));
    assert.deepEqual(some.record({ n: 3, x: 'nonsense' }), { n: 3 });
  });
});
