/** Random feature programs that compile, over random inputs, with rows to run them on. */
import fc from 'fast-check';
import {
  compileFeatures,
  FeatureError,
  type FeatureProgram,
  type InputField,
  type InputType,
} from '../../../shared/features/compile.ts';
import type { Row } from '../../../shared/features/row.ts';
import {
  type Expressions,
  expressionsOver,
  INPUT_TYPES,
  type Taste,
  transcendental,
} from './arbitrary_expressions.ts';
import { rowOf } from './arbitrary_rows.ts';

export interface Sample {
  readonly inputs: readonly InputField[];
  readonly sql: string;
  readonly program: FeatureProgram;
  readonly rows: readonly Row[];
}

const range = (smallest: number, largest: number) =>
  fc
    .tuple(fc.integer({ min: smallest, max: largest }), fc.integer({ min: smallest, max: largest }))
    .map(([a, b]) => ({ minimum: Math.min(a, b), maximum: Math.max(a, b) }));

const boundsOf: Readonly<Record<InputType, fc.Arbitrary<Partial<InputField>>>> = {
  INT64: fc.oneof(range(-1000, 1000), range(0, 1_000_000), fc.constant({})),
  FLOAT64: fc.oneof(
    range(-1000, 1000),
    range(1, 50),
    fc.constant({ minimum: 0.01, maximum: 9999.99 }),
    fc.constant({}),
  ),
  BOOL: fc.constant({}),
  STRING: fc.oneof(fc.constant({}), fc.constant({ maxLength: 12 })),
  TIMESTAMP: fc.oneof(fc.constant({}), range(-1e15, 4e15)),
  DATE: fc.oneof(fc.constant({}), range(-30_000, 30_000)),
};

/** Columns `c0`, `c1`, …, one of each type at least. */
export const anyInputs: fc.Arbitrary<readonly InputField[]> = fc
  .array(fc.constantFrom(...INPUT_TYPES), { maxLength: 6 })
  .chain((more) =>
    fc.tuple(
      ...[...INPUT_TYPES, ...more].map((type, i) =>
        fc
          .tuple(fc.boolean(), boundsOf[type])
          .map(([nullable, bounds]): InputField => ({ name: `c${i}`, type, nullable, ...bounds })),
      ),
    ),
  );

/** A column of a step or a feature that compiled. */
interface Candidate {
  readonly type: InputType;
  readonly expression: string;
}

const DEPTH = 3;

/** Programs with the inputs they are for and rows to run them on. */
export function samples(taste: Taste): fc.Arbitrary<Sample> {
  return anyInputs.chain((fields) =>
    fc.array(fc.constantFrom(...INPUT_TYPES), { maxLength: 3 }).chain((types) => {
      const steps = types.map((type, i) => ({ name: `s${i}`, type }));
      const inStep = expressionsOver(fields, taste);
      const inFeature = expressionsOver([...fields, ...steps], taste);
      return fc
        .record({
          steps: fc.tuple(...types.map((type) => candidate(inStep, type, DEPTH))),
          features: fc.array(feature(inFeature, taste), { minLength: 1, maxLength: 6 }),
          rows: fc.array(rowOf(fields, taste.texts), { minLength: 1, maxLength: 6 }),
        })
        .map(({ rows, ...parts }) => ({ ...compiled(fields, parts), rows }));
    }),
  );
}

const candidate = (expressions: Expressions, type: InputType, depth: number) =>
  expressions(type, depth).map((expression): Candidate => ({ type, expression }));

function feature(expressions: Expressions, taste: Taste): fc.Arbitrary<Candidate> {
  const plain = (['INT64', 'FLOAT64', 'BOOL', 'STRING'] as const).map((type) =>
    candidate(expressions, type, DEPTH),
  );
  if (taste.transcendental === 'anywhere') return fc.oneof(...plain);
  const outermost = fc
    .oneof(...transcendental((type) => expressions(type, DEPTH - 1)))
    .map((expression): Candidate => ({ type: 'FLOAT64', expression }));
  return fc.oneof(...plain, outermost);
}

/** Steps that do not compile become NULL of their type; features that do not are dropped. */
function compiled(
  fields: readonly InputField[],
  parts: { readonly steps: readonly Candidate[]; readonly features: readonly Candidate[] },
): Omit<Sample, 'rows'> {
  const compiles = (sql: string) => attempt(sql, fields) !== undefined;
  const steps: string[] = [];
  for (const { type, expression } of parts.steps) {
    const column = `${expression} AS s${steps.length}`;
    const fits = compiles(text([...steps, column], ['1 AS f0']));
    steps.push(fits ? column : `CAST(NULL AS ${type}) AS s${steps.length}`);
  }
  const features = parts.features
    .filter(({ expression }) => compiles(text(steps, [`${expression} AS f0`])))
    .map(({ expression }, i) => `${expression} AS f${i}`);
  const sql = text(steps, features.length > 0 ? features : ['1 AS f0']);
  return { inputs: fields, sql, program: compileFeatures(sql, fields) };
}

const text = (steps: readonly string[], features: readonly string[]): string =>
  `WITH step AS (SELECT ${['*', ...steps].join(', ')} FROM input)\nSELECT\n  ${features.join(',\n  ')}\nFROM step`;

function attempt(sql: string, fields: readonly InputField[]): FeatureProgram | undefined {
  try {
    return compileFeatures(sql, fields);
  } catch (error) {
    if (error instanceof FeatureError) return undefined;
    throw error;
  }
}
