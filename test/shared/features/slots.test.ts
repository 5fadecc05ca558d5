import assert from 'node:assert/strict';
import fc from 'fast-check';
import { compileFeatures, type InputField } from '../../../shared/features/compile.ts';
import { RowError } from '../../../shared/features/errors.ts';
import { createEvaluator } from '../../../shared/features/evaluate.ts';
import type { Row } from '../../../shared/features/row.ts';
import { parseDate, parseRfc3339 } from '../../../shared/features/values/time_text.ts';
import { samples } from './arbitrary.ts';
import { TEXTS } from './arbitrary_expressions.ts';
import { fillSlots, slotsFor } from './slotted.ts';

/** A row with one column moved to a bound, beyond it, or to NULL. */
const bent = (inputs: readonly InputField[], row: Row): fc.Arbitrary<Row> =>
  fc
    .tuple(fc.constantFrom(...inputs), fc.constantFrom('NULL', 'low', 'high'), fc.nat({ max: 1 }))
    .map(([{ name, type, minimum = -1e300, maximum = 1e300 }, how, by]) => {
      if (how === 'NULL') return { ...row, [name]: null };
      if (type === 'STRING') return { ...row, [name]: 'x'.repeat(12 + by) };
      if (type !== 'INT64' && type !== 'FLOAT64') return row;
      return { ...row, [name]: how === 'low' ? minimum - by : maximum + by };
    });

const any = samples({ transcendental: 'anywhere', texts: TEXTS }).chain((sample) =>
  fc.record({
    program: fc.constant(sample.program),
    inputs: fc.constant(sample.inputs),
    rows: fc
      .tuple(...sample.rows.map((row) => bent(sample.inputs, row)))
      .map((more) => [...sample.rows, ...more]),
  }),
);

describe('a feature program on slots', () => {
  it('gives the numbers that it gives of an object, to the bit, and none where it throws', () => {
    const seen = { given: 0, refused: 0 };
    fc.assert(
      fc.property(any, ({ program, inputs, rows }) => {
        const evaluator = createEvaluator(program);
        const slots = slotsFor(inputs);
        const evaluate = evaluator.ofSlots(slots)!;
        const [expected, numbers] = [program.features, program.features].map(({ length }) =>
          new Float64Array(length).fill(7),
        ) as [Float64Array, Float64Array];
        for (const row of rows) {
          fillSlots(slots, row);
          const given = evaluate(numbers);
          seen[given ? 'given' : 'refused']++;
          if (given) evaluator.evaluate(row, expected);
          else assert.throws(() => evaluator.evaluate(row, expected), RowError);
          numbers.forEach((number, i) => {
            assert.ok(Object.is(number, expected[i]));
          });
        }
      }),
      { numRuns: 300 },
    );
    assert.ok(seen.given > 300 && seen.refused > 30, JSON.stringify(seen));
  });

  const INPUTS: readonly InputField[] = [
    { name: 'n', type: 'INT64', nullable: false, minimum: 0, maximum: 10 },
    { name: 's', type: 'STRING', nullable: true, maxLength: 3 },
    { name: 'ts', type: 'TIMESTAMP', nullable: false },
    { name: 'd', type: 'DATE', nullable: false },
    { name: 'unread', type: 'BOOL', nullable: false },
  ];
  const program = compileFeatures(
    'SELECT n, LENGTH(s) AS s, UNIX_MICROS(ts) AS ts, UNIX_DATE(d) AS d FROM input',
    INPUTS,
  );

  it('wants no field that it does not read, wherever the others are', () => {
    const slots = slotsFor(INPUTS.filter(({ name }) => name !== 'unread').toReversed());
    const [ts, d] = ['2026-06-01T12:00:00.25+02:00', '2026-06-01'];
    fillSlots(slots, { n: 3, s: 'ab', ts, d });
    const numbers = new Float64Array(4);
    assert.equal(createEvaluator(program).ofSlots(slots)!(numbers), true);
    assert.deepEqual([...numbers], [3, 2, parseRfc3339(ts), parseDate(d)]);
  });

  it('is not offered where an input has no slot, or one of another type, or of texts not kept', () => {
    const { ofSlots } = createEvaluator(program);
    assert.equal(ofSlots(slotsFor(INPUTS.slice(1))), undefined);
    const others = INPUTS.map((field) =>
      field.name === 'n' ? { ...field, type: 'FLOAT64' as const } : field,
    );
    assert.equal(ofSlots(slotsFor(others)), undefined);
    const slots = slotsFor(INPUTS);
    const types = slots.types.map((type) => (type === 'STRING' ? undefined : type));
    assert.equal(ofSlots({ ...slots, types }), undefined);
  });
});
