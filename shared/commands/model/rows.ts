import { encodeInput, widthOf } from '../../bridge/encoding.ts';
import { ModelFormatError } from '../../bridge/errors.ts';
import type { OpenModel } from './open.ts';

/** Rows of a file as the model reads them. */
export interface Rows {
  /** Row-major. */
  readonly values: Float64Array;
  readonly count: number;
  /** What each row's `expected` says the model must answer; undefined where it has none. */
  readonly expected: readonly (readonly number[] | undefined)[];
}

/**
 * One row a line: a list of numbers (null is missing) in the model's order; or an object of feature
 * values by name, by `f0`, `f1`, … where the model names none. An object may hold `expected`: the
 * number, or the list of numbers, that the model must answer.
 */
export function readRows(text: string, model: OpenModel): Rows {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const { width } = model.graph.input;
  const values = new Float64Array(lines.length * width);
  const expected = lines.map((line, i) => {
    const row = parseLine(line, i);
    values.set(Array.isArray(row) ? positional(row, width, i) : named(row, model, i), i * width);
    return Array.isArray(row) || row.expected === undefined
      ? undefined
      : [row.expected].flat().map(Number);
  });
  return { values, count: lines.length, expected };
}

function parseLine(line: string, index: number): unknown[] | Record<string, unknown> {
  try {
    const row = JSON.parse(line);
    if (typeof row === 'object' && row !== null) return row;
  } catch {
    // Answered below: a number or a text is as wrong as what cannot be parsed.
  }
  throw new ModelFormatError(`Row ${index + 1} is neither a JSON list nor a JSON object.`);
}

const toNumber = (value: unknown): number =>
  value === null || value === undefined ? Number.NaN : Number(value);

function positional(row: readonly unknown[], width: number, index: number): number[] {
  if (row.length === width) return row.map(toNumber);
  throw new ModelFormatError(
    `Row ${index + 1} has ${row.length} numbers; the model reads ${width}.`,
  );
}

function named(row: Record<string, unknown>, model: OpenModel, index: number): Float64Array {
  const values = new Float64Array(model.graph.input.width);
  const names = inputNames(model);
  const unknown = Object.keys(row).find((name) => name !== 'expected' && !names.includes(name));
  if (unknown !== undefined) {
    throw new ModelFormatError(
      `Row ${index + 1} has the feature "${unknown}", which the model does not read.`,
    );
  }
  const { metadata } = model;
  if (!metadata) return values.map((_, i) => toNumber(row[names[i]!]));
  let at = 0;
  for (const input of metadata.inputs) at = encodeInput(input, row[input.name], values, at);
  return values;
}

/** The features by which rows and explanations name their values. */
export const inputNames = ({ metadata, graph }: OpenModel): string[] =>
  metadata
    ? metadata.inputs.map(({ name }) => name)
    : Array.from({ length: graph.input.width }, (_, i) => `f${i}`);

/** A name for each number of a row: `feature`, or `feature[2]` where it has several. */
export function columnNames(model: OpenModel): string[] {
  const { metadata } = model;
  if (!metadata) return inputNames(model);
  return metadata.inputs.flatMap((input) => {
    const width = widthOf(input);
    if (width === 1) return [input.name];
    return Array.from({ length: width }, (_, i) => `${input.name}[${i}]`);
  });
}
