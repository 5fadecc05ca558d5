import { invalid } from '../../errors.ts';
import type { Metadata } from './model.ts';

/**
 * The metadata after models.patch: keys that the change has are set, null removes one. Keys of the
 * resource that can't be changed are ignored, as the API ignores output-only fields.
 * @throws {ApiError} invalid for a value of the wrong kind.
 */
export function patchMetadata(metadata: Metadata, change: Record<string, unknown>): Metadata {
  const next: Record<string, unknown> = { ...metadata };
  for (const [key, read] of Object.entries(READERS)) {
    if (!Object.hasOwn(change, key)) continue;
    const value = change[key];
    if (value === null) delete next[key];
    else next[key] = read(value, next[key]);
  }
  return next;
}

const READERS: Readonly<Record<keyof Metadata, (value: unknown, before: unknown) => unknown>> = {
  friendlyName: (value) => text('friendlyName', value),
  description: (value) => text('description', value),
  expirationTime: milliseconds,
  labels: mergeLabels,
};

function text(key: string, value: unknown): string {
  if (typeof value !== 'string') throw invalid(`${key} must be a string.`, key);
  return value;
}

function milliseconds(value: unknown): number {
  const time = Number(value);
  if (!/^\d+$/.test(String(value)) || !Number.isSafeInteger(time)) {
    throw invalid('expirationTime must be milliseconds since 1970.', 'expirationTime');
  }
  return time;
}

/** A label set to null is removed; the others stay. */
function mergeLabels(value: unknown, before: unknown): Record<string, string> {
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw invalid('labels must be an object of strings.', 'labels');
  }
  const labels = { ...(before as Record<string, string> | undefined) };
  for (const [key, label] of Object.entries(value as object)) {
    if (label === null) delete labels[key];
    else labels[key] = checkedLabel(key, label);
  }
  return labels;
}

/** Labels: up to 63 lower-case letters, digits, `_` and `-`; a key starts with a letter. */
function checkedLabel(key: string, label: unknown): string {
  const isWord = (word: string) => /^[\p{Ll}\p{Lo}\p{N}_-]{0,63}$/u.test(word);
  if (!isWord(key) || !/^[\p{Ll}\p{Lo}]/u.test(key)) {
    throw invalid(`Invalid label key "${key}".`, 'labels');
  }
  if (typeof label !== 'string' || !isWord(label)) {
    throw invalid(`Invalid value of the label "${key}".`, 'labels');
  }
  return label;
}
