/** The first line of a CSV file in Cloud Storage. */
import type { File } from '@google-cloud/storage';
import { badRequest } from '../errors.ts';
import { download } from '../google/download.ts';
import { csvRecords } from './csv.ts';

/** No line of names is longer. */
const MOST_BYTES = 256 * 1024;

/** @throws {AppError} 400 where there is none */
export async function headerOf(file: File): Promise<string[]> {
  const range = { start: 0, end: MOST_BYTES - 1, validation: false };
  const { bytes } = await download(file, range);
  const [header] = csvRecords(bytes.toString('utf8'));
  if (header?.cells.some((name) => name !== '')) return header.cells;
  throw badRequest(`gs://${file.bucket.name}/${file.name} has no line of column names.`);
}
