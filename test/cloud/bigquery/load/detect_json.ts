/** The schema of a file of newline-delimited JSON, from its first rows. */
import type { BqType, Field, ScalarType } from '../types.ts';
import { guess, join, SAMPLE } from './guess.ts';
import { ExactNumber } from './json_text.ts';
import { lineBatches } from './lines.ts';
import { Misfit } from './misfit.ts';
import { parseRow } from './ndjson.ts';
import type { SourceFile } from './sources.ts';

/** What is known of a field after some rows: null where it was NULL in all of them. */
type Known = null | ScalarType | Shape | { readonly repeated: Known };
type Shape = Map<string, Known>;

/** Fields in the order in which they first appear; one that is only ever NULL is a STRING. */
export async function detectJson(file: SourceFile, signal: AbortSignal): Promise<readonly Field[]> {
  const shape: Shape = new Map();
  let rows = 0;
  for await (const batch of lineBatches(file.path, signal)) {
    for (const { bytes } of batch) {
      const text = bytes.toString('utf8');
      if (text.trim() === '') continue;
      try {
        learn(shape, parseRow(text));
      } catch (error) {
        // The load itself will say what is wrong with the row.
        if (!(error instanceof Misfit)) throw error;
      }
      if (++rows >= SAMPLE) return fieldsOf(shape);
    }
  }
  return fieldsOf(shape);
}

function learn(shape: Shape, row: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(row)) {
    const known = shape.get(name) ?? null;
    shape.set(name, merge(known, shapeOf(value)));
  }
}

function shapeOf(value: unknown): Known {
  if (value === null) return null;
  if (Array.isArray(value)) return { repeated: value.map(shapeOf).reduce(merge, null) };
  if (typeof value === 'string') return guess(value);
  if (typeof value === 'boolean') return 'BOOL';
  if (typeof value === 'number') return Number.isInteger(value) ? 'INT64' : 'FLOAT64';
  if (value instanceof ExactNumber) return guess(value.text);
  const shape: Shape = new Map();
  learn(shape, value as Record<string, unknown>);
  return shape;
}

function merge(a: Known, b: Known): Known {
  if (a === null || b === null) return a ?? b;
  if (typeof a === 'string' && typeof b === 'string') return join(a, b);
  if (a instanceof Map && b instanceof Map) {
    const both: Shape = new Map(a);
    for (const [name, known] of b) both.set(name, merge(both.get(name) ?? null, known));
    return both;
  }
  if (isRepeated(a) && isRepeated(b)) return { repeated: merge(a.repeated, b.repeated) };
  // The first one stays; the load refuses the rows that differ.
  return a;
}

const isRepeated = (known: Known): known is { readonly repeated: Known } =>
  typeof known === 'object' && known !== null && 'repeated' in known;

function fieldsOf(shape: Shape): Field[] {
  return [...shape].flatMap(([name, known]) => {
    const type = typeOf(known);
    return type === undefined ? [] : [{ name, type }];
  });
}

function typeOf(known: Known): BqType | undefined {
  if (known === null) return { kind: 'STRING' };
  if (typeof known === 'string') return { kind: known };
  if (known instanceof Map) {
    const fields = fieldsOf(known);
    return fields.length === 0 ? undefined : { kind: 'STRUCT', fields };
  }
  const element = typeOf(known.repeated);
  return element === undefined ? undefined : { kind: 'ARRAY', element };
}
