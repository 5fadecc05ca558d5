import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  compileFeatures,
  FeatureError,
  type FeatureProgram,
  ProgramError,
} from '../../../shared/features/compile.ts';
import { createEvaluator } from '../../../shared/features/evaluate.ts';
import { type Feature, featureProgramSchema, type Node } from '../../../shared/features/program.ts';
import type { Row } from '../../../shared/features/row.ts';
import { withColumns } from '../../../shared/features/sql_text.ts';
import { anyInputs, samples } from './arbitrary.ts';
import { TEXTS } from './arbitrary_expressions.ts';

const any = samples({ transcendental: 'anywhere', texts: TEXTS });

/** A value is of its feature's type, within what is proven of it. */
function checkValue(feature: Feature, value: number | string | null | undefined): void {
  const { type, nullable, minimum, maximum } = feature;
  if (value === null || Number.isNaN(value)) assert.ok(nullable, 'NULL');
  else if (typeof value === 'string') assert.ok(type === 'STRING' && value.isWellFormed());
  else {
    assert.ok(value !== undefined && minimum !== undefined && maximum !== undefined);
    assert.ok(value >= minimum && value <= maximum, `${value} in ${minimum}..${maximum}`);
    if (type === 'INT64') assert.ok(Number.isSafeInteger(value) && !Object.is(value, -0));
    if (type === 'BOOL') assert.ok(value === 0 || value === 1);
  }
}

function checkValues(program: FeatureProgram, rows: readonly Row[]): void {
  const evaluator = createEvaluator(program);
  const numbers = new Float64Array(program.features.length);
  const texts = new Array<string | null>(program.features.length).fill(null);
  for (const row of rows) {
    evaluator.evaluate(row, numbers, texts);
    program.features.forEach((feature, i) => {
      checkValue(feature, feature.type === 'STRING' ? texts[i] : numbers[i]);
    });
  }
}

/** Runs it; refusals of these kinds are as good as an answer. */
function unlessRefused<T>(
  run: () => T,
  ...kinds: readonly (abstract new (
    ...args: never[]
  ) => Error)[]
): T | undefined {
  try {
    return run();
  } catch (error) {
    if (kinds.some((kind) => error instanceof kind)) return undefined;
    throw error;
  }
}

describe('any feature program', () => {
  it('gives values of its type within what is proven, and NULL only where that is allowed', () => {
    const check = fc.property(any, ({ program, rows }) => checkValues(program, rows));
    fc.assert(check, { numRuns: 400 });
  });

  it('is the same after a journey as JSON', () => {
    fc.assert(
      fc.property(any, ({ program, rows }) => {
        const restored = featureProgramSchema.parse(JSON.parse(JSON.stringify(program)));
        assert.deepEqual(restored, program);
        const [before, after] = [createEvaluator(program), createEvaluator(restored)];
        for (const row of rows) assert.deepEqual(after.record(row), before.record(row));
      }),
    );
  });

  it('gives each feature the same value alone as among others', () => {
    fc.assert(
      fc.property(any, ({ inputs, sql, program, rows }) => {
        const together = createEvaluator(program);
        program.features.forEach((feature) => {
          const list = `${feature.sql} AS ${feature.name}`;
          const alone = compileFeatures(`${sql.split('\n')[0]}\nSELECT ${list} FROM step`, inputs);
          const evaluator = createEvaluator(alone);
          for (const row of rows) {
            assert.equal(evaluator.record(row)[feature.name], together.record(row)[feature.name]);
          }
        });
      }),
      { numRuns: 50 },
    );
  });

  it('depends on the inputs that it says it reads, and on no others', () => {
    fc.assert(
      fc.property(any, ({ program, rows }) => {
        const evaluator = createEvaluator(program);
        const declared = program.inputs.map(({ name }) => name);
        const read = new Set(program.features.flatMap(({ reads }) => reads));
        assert.deepEqual(
          declared,
          declared.filter((name) => read.has(name)),
        );
        for (const row of rows) {
          const whole = evaluator.record(row);
          const needed = Object.fromEntries(declared.map((name) => [name, row[name]]));
          assert.deepEqual(evaluator.record(needed), whole);
        }
      }),
    );
  });

  it('takes further columns at its end and stays what it was', () => {
    fc.assert(
      fc.property(any, ({ inputs, sql, program }) => {
        const more = withColumns(sql, ['1 AS more', 'c0 AS raw']);
        const { features } = compileFeatures(more, [
          { ...inputs[0]!, type: 'INT64' },
          ...inputs.slice(1),
        ]);
        assert.deepEqual(
          features.map(({ name }) => name),
          [...program.features.map(({ name }) => name), 'more', 'raw'],
        );
        assert.ok(more.startsWith(sql.slice(0, sql.lastIndexOf('\nFROM'))));
        assert.ok(more.endsWith('\nFROM step'));
      }),
      { numRuns: 50 },
    );
  });

  it('that was tampered with is refused, or is total all the same', () => {
    fc.assert(
      fc.property(any, fc.nat(), tampering, ({ program, rows }, seed, tamper) => {
        const at = seed % program.nodes.length;
        const nodes = program.nodes.map((node, i) => (i === at ? tamper(node, seed) : node));
        const parsed = featureProgramSchema.safeParse({ ...program, nodes });
        if (!parsed.success) return;
        unlessRefused(() => checkValues(parsed.data, rows), ProgramError);
      }),
      { numRuns: 500 },
    );
  });
});

const OTHER_OPS = ['add', 'divide', 'ln', 'if', 'in', 'concat', 'extract', 'substr', 'constructor'];

/** Changes to a node that someone could make in a bundle. */
const tampering = fc.constantFrom<((node: Node, seed: number) => unknown)[]>(
  (node, seed) => ('op' in node ? { ...node, op: OTHER_OPS[seed % OTHER_OPS.length] } : node),
  (node, seed) =>
    'op' in node ? { ...node, args: node.args.map((arg) => arg + (seed % 3)) } : node,
  (node, seed) => ('op' in node ? { ...node, args: node.args.slice(seed % 2) } : node),
  (node) => ('op' in node ? { ...node, args: [...node.args, 0] } : node),
  (node, seed) =>
    'op' in node ? { ...node, settings: [['DAY', seed, 'x', true][seed % 4]] } : node,
  (node, seed) => ('value' in node ? { ...node, value: [null, 0, 1e300, 'x'][seed % 4] } : node),
  (node, seed) => ('value' in node ? { ...node, type: ['DATE', 'STRING'][seed % 2] } : node),
  (node) => ('input' in node ? { input: 'other' } : node),
  (_, seed) => ({ type: 'FLOAT64', value: seed }),
  () => ({ op: 'add', args: [0, 0], more: 1 }),
);

describe('any text', () => {
  const words =
    `SELECT FROM input AS WITH step ( ) , * + - / . ' " \` -- \n CASE WHEN THEN ELSE END AND OR NOT
    IN BETWEEN IS NULL TRUE DISTINCT CAST SAFE_CAST EXTRACT DATE TIMESTAMP INT64 DAY WEEK ( MONDAY ) SAFE .
    IF COALESCE SUBSTR RANGE_BUCKET [ ] 1 0.5 'a' DATE'2024-01-01' c0 c1 c2 c3 c4 c5 EXCEPT REPLACE @p ; = <
    || SUM WHERE LN 😀 \\ 1e999 0x 99999999999999999999`.split(/\s+/);
  const soup = fc
    .array(fc.constantFrom(...words), { maxLength: 40 })
    .map((tokens) => tokens.join(' '));

  it('is compiled or refused with a place in it, and nothing else', () => {
    const source = fc.oneof(
      soup,
      soup.map((text) => `SELECT ${text} AS f FROM input`),
    );
    fc.assert(
      fc.property(anyInputs, source, (inputs, sql) => {
        try {
          compileFeatures(sql, inputs);
        } catch (error) {
          if (!(error instanceof FeatureError)) throw error;
          const lines = sql.split('\n');
          assert.ok(error.line >= 1 && error.line <= lines.length);
          assert.ok(error.column >= 1 && error.column <= (lines[error.line - 1]?.length ?? 0) + 1);
        }
        unlessRefused(() => withColumns(sql, ['x']), FeatureError);
      }),
      { numRuns: 1000 },
    );
  });

  it('that was a program is compiled or refused after any slip of the pen', () => {
    fc.assert(
      fc.property(
        any,
        fc.nat(),
        fc.nat(5),
        fc.constantFrom(...words, ''),
        (sample, seed, cut, word) => {
          const { inputs, sql, rows } = sample;
          const at = seed % sql.length;
          const changed = sql.slice(0, at) + word + sql.slice(at + cut);
          const program = unlessRefused(() => compileFeatures(changed, inputs), FeatureError);
          if (program) checkValues(program, rows);
        },
      ),
      { numRuns: 500 },
    );
  });
});
