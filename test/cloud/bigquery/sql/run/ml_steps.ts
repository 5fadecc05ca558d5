/** Runs the table functions of BigQuery ML that a statement calls, before the statement itself. */

import { appendColumns } from '../../duckdb/append.ts';
import { readColumns } from '../../duckdb/columns.ts';
import type { Session } from '../../duckdb/database.ts';
import { physicalType } from '../../duckdb/types.ts';
import { PLAIN, readerOf } from '../../duckdb/vectors.ts';
import type { InputTable, MlEngine, MlResult } from '../../ports.ts';
import type { Field } from '../../types.ts';
import type { MlExtra, MlInput, MlStep, Resolver } from '../resolve/context.ts';

/** Makes each step's table; later steps and the statement read it. */
export async function runMlSteps(
  session: Session,
  ml: MlEngine,
  resolver: Resolver,
): Promise<void> {
  for (const step of resolver.mlSteps) await runStep(session, ml, resolver, step);
}

async function runStep(
  session: Session,
  ml: MlEngine,
  resolver: Resolver,
  step: MlStep,
): Promise<void> {
  const inputName = `${step.table}_input`;
  const input = step.input && (await materialize(session, resolver, step.input, inputName));
  const studyName = `${step.table}_study`;
  const study = step.study && (await materialize(session, resolver, step.study, studyName));
  const extra: unknown[] = [];
  for (const item of step.call.extra) extra.push(await evaluate(session, resolver, item));
  const result = await ml.call({
    ...step.call,
    extra,
    ...(input ? { input } : {}),
    ...(study ? { study } : {}),
  });
  if (result.keepInput !== step.keepInput) {
    throw new Error(`ML.${step.call.functionName} does not answer the columns that it described`);
  }
  await makeTable(session, step, result, inputName);
}

/** The rows of a query in a temporary table, in an order that stays. */
export async function materialize(
  session: Session,
  resolver: Resolver,
  { sql, fields }: MlInput,
  name: string,
): Promise<InputTable> {
  const columns = fields.map((_, i) => `i${i + 1}`);
  const text = `CREATE TEMP TABLE ${name} AS SELECT * FROM (${sql}) AS input(${columns.join(', ')})`;
  await session.run(text, resolver.parameters.bindings(text));
  return inputTable(session, name, fields, columns);
}

async function inputTable(
  session: Session,
  name: string,
  fields: readonly Field[],
  columns: readonly string[],
): Promise<InputTable> {
  const [[rowCount]] = (await session.rows(`SELECT count(*) FROM ${name}`)) as [[bigint]];
  return {
    fields,
    rowCount: Number(rowCount),
    read: (names) => {
      const wanted = names.map((wantedName) => {
        const index = fields.findIndex((f) => f.name.toLowerCase() === wantedName.toLowerCase());
        if (index < 0) throw new Error(`The input has no column ${wantedName}`);
        return { ...fields[index]!, sql: columns[index]! };
      });
      return readColumns(session, name, wanted, Number(rowCount));
    },
  };
}

async function evaluate(
  session: Session,
  resolver: Resolver,
  { sql, type }: MlExtra,
): Promise<unknown> {
  const text = `SELECT ${sql}`;
  for await (const chunk of session.chunks(text, resolver.parameters.bindings(text))) {
    return readerOf(type, chunk.getColumnVector(0), PLAIN)(0);
  }
  return null;
}

/** The answer's columns, and behind them the input's: c1, c2, … */
async function makeTable(
  session: Session,
  step: MlStep,
  result: MlResult,
  input: string,
): Promise<void> {
  const own = result.columns.map((_, i) => `c${i + 1}`);
  const answer = step.keepInput ? `${step.table}_answer` : step.table;
  const definitions = result.columns.map(({ type }, i) => `${own[i]} ${physicalType(type)}`);
  await session.run(`CREATE TEMP TABLE ${answer} (${definitions.join(', ')})`);
  await appendColumns(session, answer, result.columns);
  if (!step.keepInput) return;
  const kept = step.input!.fields.map((_, i) => `input.i${i + 1} AS c${own.length + i + 1}`);
  const list = [...own.map((column) => `answer.${column}`), ...kept].join(', ');
  await session.run(
    `CREATE TEMP VIEW ${step.table} AS SELECT ${list} FROM ${answer} AS answer POSITIONAL JOIN ${input} AS input`,
  );
}
