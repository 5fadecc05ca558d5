/** Small JSON objects that are written once: the first of several writers counts. */
import * as z from 'zod';
import { AppError } from '../../../shared/errors.ts';
import type { Objects } from '../../../shared/google/objects.ts';

/** @returns undefined where there is none @throws {AppError} naming an object that is no such record */
export async function readKept<T>(
  objects: Objects,
  name: string,
  schema: z.ZodType<T>,
): Promise<T | undefined> {
  const stored = await objects.read(name);
  return stored && parseKept(name, stored.bytes, schema);
}

/** Writes a record unless there is one. @returns the one that is there, as whoever comes later reads it */
export async function keepFirst<T>(
  objects: Objects,
  name: string,
  schema: z.ZodType<T>,
  record: T,
): Promise<T> {
  const bytes = Buffer.from(`${JSON.stringify(record, null, 1)}\n`);
  try {
    await objects.create(name, bytes, 'application/json');
    return parseKept(name, bytes, schema);
  } catch (error) {
    const isTaken = error instanceof AppError && error.code === 'conflict';
    const first = isTaken && (await readKept(objects, name, schema));
    if (!first) throw error;
    return first;
  }
}

function parseKept<T>(name: string, bytes: Uint8Array, schema: z.ZodType<T>): T {
  try {
    return schema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch (error) {
    const detail = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
    const message = `${name} is no record of a run: ${detail}`;
    throw new AppError('record_unusable', 500, message, { cause: error });
  }
}
