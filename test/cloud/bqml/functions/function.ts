/** What an ML table function is made of, and the checks they share. */
import type { Column, MlCall, MlCallShape } from '../../bigquery/ports.ts';
import type { BqType, Field, ScalarType } from '../../bigquery/types.ts';
import { type ApiError, invalidQuery, unsupported } from '../../errors.ts';
import type { Model } from '../model/model.ts';

export type CallShape = MlCallShape;

/** A function of a model. */
export interface MlFunction {
  readonly input: 'required' | 'optional' | 'none';
  /** Fields that the STRUCT argument may have. */
  readonly settings: readonly string[];
  /** How many further arguments it takes. */
  readonly extra?: number;
  /** Whether the input's columns stand behind the answer's. */
  readonly keepInput?: true;
  /**
   * What it does for a model that trials tuned, besides asking the optimal one. `asked`: it takes a
   * trial_id. `named`: it takes one, and its answer says it first; without data it answers for every
   * trial. `all`: it answers for every trial. `none`: it is refused.
   */
  readonly trials?: 'asked' | 'named' | 'all' | 'none';
  /** Columns of the answer. @throws {ApiError} for a model or arguments that it doesn't take. */
  fields(model: Model, call: CallShape): readonly Field[];
  /** The answer, column by column as `fields` says, `fields` having passed. */
  run(model: Model, call: MlCall): Promise<readonly Answer[]> | readonly Answer[];
}

/** A function of one table or two, without a model. */
export interface DataFunction {
  readonly tables: 1 | 2;
  readonly settings: readonly string[];
  /** As those of `MlFunction`. */
  fields(call: CallShape): readonly Field[];
  run(call: MlCall): Promise<readonly Answer[]> | readonly Answer[];
}

/** The values of one column. */
export type Answer = Pick<Column, 'values' | 'nulls'>;

export const fail = (functionName: string, problem: string): ApiError =>
  invalidQuery(`Invalid table-valued function ML.${functionName}\n${problem}`);

/** Checks the arguments that every function treats alike. */
export function checkCall(definition: MlFunction | DataFunction, call: CallShape): void {
  if ('tables' in definition) checkTables(definition, call);
  else checkModelArguments(definition, call);
  checkSettings(definition, call);
}

function checkTables({ tables }: DataFunction, call: CallShape): void {
  const { functionName, model, extra, inputFields, studyFields } = call;
  if (model && tables === 2) throw unsupported(`the MODEL argument of ML.${functionName}`);
  if (model) throw fail(functionName, 'It takes no model.');
  const given = Number(inputFields !== undefined) + Number(studyFields !== undefined);
  if (given !== tables) {
    const wanted = tables === 1 ? 'One table or query is' : 'Two tables or queries are';
    throw fail(functionName, `${wanted} required.`);
  }
  if (extra.length > 0) throw fail(functionName, 'It has too many arguments.');
}

function checkModelArguments(definition: MlFunction, call: CallShape): void {
  const { functionName, model, extra, inputFields, studyFields } = call;
  if (!model) {
    throw invalidQuery(
      `The first argument of ML.${functionName} must be MODEL and the name of a model`,
    );
  }
  if (definition.input === 'required' && !inputFields) {
    throw fail(functionName, 'A table or a query is required as its second argument.');
  }
  if (definition.input === 'none' && inputFields) {
    throw fail(functionName, 'It takes no table or query.');
  }
  if (studyFields || extra.length > (definition.extra ?? 0)) {
    throw fail(functionName, 'It has too many arguments.');
  }
}

const takesTrial = ({ trials }: MlFunction) => trials === 'asked' || trials === 'named';

function checkSettings(definition: MlFunction | DataFunction, call: CallShape): void {
  const { functionName, settings } = call;
  for (const name of settings.keys()) {
    if (definition.settings.includes(name)) continue;
    if (name === 'trial_id' && 'trials' in definition && takesTrial(definition)) continue;
    const known = definition.settings.join(', ') || 'none';
    throw fail(functionName, `Unknown argument ${name} in STRUCT; it takes ${known}.`);
  }
}

/**
 * The threshold of a binary classifier; 0.5 unless given.
 * @throws {ApiError} invalidQuery when given for another model or without data.
 */
export function thresholdOf(model: Model, call: CallShape): number {
  const value = call.settings.get('threshold');
  if (value === undefined) return 0.5;
  if (model.label.classes?.length !== 2) {
    throw fail(call.functionName, 'threshold is for binary classification models only.');
  }
  if (!call.inputFields) {
    throw fail(call.functionName, 'threshold needs a table or a query.');
  }
  const threshold = typeof value === 'bigint' ? Number(value) : value;
  if (typeof threshold !== 'number' || !(threshold >= 0 && threshold <= 1)) {
    throw fail(call.functionName, 'threshold must be a FLOAT64 between 0 and 1.');
  }
  return threshold;
}

/** A BOOL of the STRUCT argument; FALSE unless given. */
export function flagOf(call: CallShape, name: string): boolean {
  const value = call.settings.get(name) ?? false;
  if (typeof value !== 'boolean') throw fail(call.functionName, `${name} must be a BOOL.`);
  return value;
}

/** A count of the STRUCT argument. @throws {ApiError} invalidQuery outside of 1 to `most`. */
export function countOf(
  call: CallShape,
  name: string,
  fallback: number,
  most = Number.MAX_SAFE_INTEGER,
): number {
  const value = Number(call.settings.get(name) ?? fallback);
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  const range = most < Number.MAX_SAFE_INTEGER ? `between 1 and ${most}` : 'greater than 0';
  throw fail(call.functionName, `${name} must be an INT64 ${range}.`);
}

export const field = (name: string, kind: ScalarType): Field => ({ name, type: { kind } });

export const arrayOfStructs = (name: string, ...fields: Field[]): Field => {
  const element: BqType = { kind: 'STRUCT', fields };
  return { name, type: { kind: 'ARRAY', element } };
};

/** Numbers, NULL where undefined. */
export function numbers(values: readonly (number | undefined)[]): Answer {
  const nulls = Uint8Array.from(values, (value) => Number(value === undefined));
  const filled = Float64Array.from(values, (value) => value ?? 0);
  return nulls.includes(1) ? { values: filled, nulls } : { values: filled };
}

export const texts = (values: readonly (string | null)[]): Answer => ({ values });

/** Values of a type as a column: numbers as `Column` wants them. */
export function valuesOf(type: ScalarType, values: readonly unknown[]): Answer {
  const areNumbers =
    type === 'FLOAT64' ||
    (type === 'INT64' && values.every((value) => Number.isSafeInteger(Number(value))));
  return { values: areNumbers ? Float64Array.from(values, Number) : values };
}
