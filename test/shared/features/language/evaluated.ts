import assert from 'node:assert/strict';
import { compileFeatures, type InputField } from '../../../../shared/features/compile.ts';
import { createEvaluator } from '../../../../shared/features/evaluate.ts';
import type { Row } from '../../../../shared/features/row.ts';
import type { Literal } from '../../../../shared/features/types.ts';

/** Two columns of each type, all of them nullable, numbers within ±1000. */
export const INPUTS: readonly InputField[] = [
  ...['i', 'j'].map((name) => ({ name, type: 'INT64' as const, minimum: -1000, maximum: 1000 })),
  ...['x', 'y'].map((name) => ({ name, type: 'FLOAT64' as const, minimum: -1000, maximum: 1000 })),
  ...['a', 'b'].map((name) => ({ name, type: 'BOOL' as const })),
  ...['s', 't'].map((name) => ({ name, type: 'STRING' as const, maxLength: 20 })),
  ...['ts', 'us'].map((name) => ({ name, type: 'TIMESTAMP' as const })),
  ...['d', 'e'].map((name) => ({ name, type: 'DATE' as const })),
].map((field) => ({ ...field, nullable: true }));

/** The value of an expression on a row; columns that the row lacks are NULL. */
export function evaluated(expression: string, row: Row = {}): Literal | null {
  const program = compileFeatures(`SELECT ${expression} AS f FROM input`, INPUTS);
  return createEvaluator(program).record(row).f ?? null;
}

export type Case = readonly [expression: string, expected: Literal | null, row?: Row];

/** One test a case. */
export function itGives(cases: readonly Case[]): void {
  for (const [expression, expected, row] of cases) {
    const on = row === undefined ? '' : ` on ${JSON.stringify(row)}`;
    it(`gives ${JSON.stringify(expected)} for ${expression}${on}`, () => {
      assert.equal(evaluated(expression, row), expected);
    });
  }
}
