/** What a batch is asked for, and the name that the request and its time give it. */
import * as z from 'zod';
import { sha256 } from '../bundle/bundle.ts';
import { versionId } from '../bundle/manifest.ts';
import { portfolioId } from '../portfolio/documents.ts';

/** `table`, `dataset.table` or `project.dataset.table`; the portfolio's dataset unless said. */
const tableName = z
  .string()
  .regex(
    /^(?:[a-z][a-z0-9-]{4,28}[a-z0-9]\.)?(?:\w{1,1024}\.)?\w{1,1024}$/,
    'must be a table or view: table, dataset.table or project.dataset.table',
  );

const tableSource = z
  .strictObject({
    table: tableName,
    /** Whole days in UTC, both included, by the time of the application. */
    start_date: z.iso.date().optional(),
    end_date: z.iso.date().optional(),
    /** So many days before the scheduled one, in place of dates. */
    last_days: z.int().min(1).max(3650).optional(),
  })
  .refine(({ start_date, end_date }) => !start_date === !end_date, {
    error: 'must have both start_date and end_date, or neither',
  })
  .refine(({ start_date, last_days }) => !(start_date && last_days), {
    error: 'must have dates or last_days, not both',
  })
  .refine(({ start_date = '', end_date = '' }) => start_date <= end_date, {
    error: 'must not end before it starts',
  });

const fileSource = z.strictObject({
  uri: z.string().regex(/^gs:\/\/[^/*?]+\/[^*?]+\.(csv|ndjson|jsonl|parquet)$/, {
    error: 'must be one object of Cloud Storage, gs://bucket/name.csv, .ndjson or .parquet',
  }),
});

const MOST_ROWS_PER_SHARD = 1_000_000;

export const batchRequestSchema = z.strictObject({
  portfolio: portfolioId,
  source: z.union([tableSource, fileSource]),
  /** `champion` is the one at the moment of planning. */
  model: z.union([z.literal('champion'), versionId]).default('champion'),
  /** Asks for contributions of all features and, of what is not approved, the reasons. */
  explain: z.boolean().default(false),
  rows_per_shard: z.int().min(1).max(MOST_ROWS_PER_SHARD).default(100_000),
  /** Names the run in place of the scheduled time: the same again is the same run. */
  at: z.iso.datetime({ offset: true }).optional(),
});

export type BatchRequest = z.infer<typeof batchRequestSchema>;
export type BatchSource = BatchRequest['source'];

export const runId = z.string().regex(/^r\d{8}T\d{9}_[\da-f]{8}$/, 'is no id of a run');

/** The same for the same request at the same time: `r20261121T063000000_1f2e3d4c`. */
export function runIdOf(request: BatchRequest, at: Date): string {
  const time = at.toISOString().replace(/[-:.Z]/g, '');
  const { at: _, ...asked } = request;
  return `r${time}_${sha256(Buffer.from(JSON.stringify(asked))).slice(0, 8)}`;
}
