/**
 * JSONPath as GoogleSQL's JSON functions take it: keys and array positions from the root.
 *
 * Source: "JSON functions", JSONPath. The legacy functions quote odd keys `['a.b']`, the others
 * `"a.b"`.
 */
import { InvalidText } from '../time/parse.ts';
import { isArray, type Json, JsonObject } from './text.ts';

export type Step = string | number;

const paths = new Map<string, readonly Step[]>();

/** @throws {InvalidText} for what is no JSONPath. */
export function parsePath(text: string, legacy: boolean): readonly Step[] {
  const key = `${legacy ? 'l' : 's'}${text}`;
  let steps = paths.get(key);
  if (!steps) {
    steps = read(text, legacy);
    if (paths.size > 1000) paths.clear();
    paths.set(key, steps);
  }
  return steps;
}

const STANDARD = /\.(?:"((?:[^"\\]|\\.)*)"|([^.[\]"']+))|\[\s*(\d+)\s*\]/y;
const LEGACY = /\.([^.[\]"']+)|\[\s*(?:'((?:[^'\\]|\\.)*)'|([^[\]"']+?))\s*\]/y;

function read(text: string, legacy: boolean): readonly Step[] {
  if (/^\s*(?:lax|strict)\b/.test(text))
    throw new InvalidText(`The local BigQuery does not support the JSONPath mode of ${text}`);
  if (!text.startsWith('$')) throw new InvalidText("JSONPath must start with '$'");
  const pattern = legacy ? LEGACY : STANDARD;
  const steps: Step[] = [];
  pattern.lastIndex = 1;
  while (pattern.lastIndex < text.length) {
    const at = pattern.lastIndex;
    const match = pattern.exec(text);
    if (!match) throw new InvalidText(`Invalid token in JSONPath at: ${text.slice(at)}`);
    const [, first, second, index] = match;
    if (index === undefined) steps.push((first ?? second)!.replace(/\\(.)/g, '$1'));
    else steps.push(/^\d+$/.test(index) ? Number(index) : index);
  }
  return steps;
}

/** The value at a path; undefined when there is none. A position may also be a key. */
export function follow(value: Json, steps: readonly Step[]): Json | undefined {
  let current: Json | undefined = value;
  for (const step of steps) {
    if (current instanceof JsonObject) current = current.get(String(step));
    else if (current !== undefined && isArray(current) && typeof step === 'number')
      current = current[step];
    else return undefined;
    if (current === undefined) return undefined;
  }
  return current;
}
