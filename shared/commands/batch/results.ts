/** What a run found, beside the rows of the file that it was asked about. */
import { csvLine } from '../../batch/csv.ts';
import { batchObjects, type Plan } from '../../batch/plan.ts';
import { AppError } from '../../errors.ts';
import type { Objects } from '../../google/objects.ts';
import { readParquet } from '../../parquet/read.ts';
import type { ApplicationsFile } from './file.ts';

export interface Score {
  readonly pd: number;
  readonly outcome: string;
  readonly reasons: string;
  /** JSON of the faults, where the warehouse found some that the file's check did not. */
  readonly faults: string | null;
}

/** The scores of a run that is done, by application. @throws {AppError} where files are gone */
export async function readScores(batches: Objects, plan: Plan): Promise<Map<string, Score>> {
  const { scores: nameOf } = batchObjects(plan.portfolio, plan.run_id);
  const found = new Map<string, Score>();
  for (const { shard } of plan.shards) {
    const stored = await batches.read(nameOf(shard));
    if (!stored) throw new AppError('gone', 410, `${nameOf(shard)} is gone: look in batch_scores.`);
    for (const group of readParquet(stored.bytes).groups) {
      const [keys, pds] = [group.texts('application_id'), group.numbers('pd')];
      const [outcomes, reasons] = [group.texts('outcome'), group.texts('reason_codes')];
      const faults = group.texts('faults');
      keys.forEach((key, i) => {
        if (key === null) return;
        found.set(key, {
          pd: pds[i]!,
          outcome: outcomes[i] ?? '',
          reasons: reasons[i] ?? '',
          faults: faults[i]!,
        });
      });
    }
  }
  return found;
}

/** Columns that results have behind those of the file. */
const ADDED = ['probability_of_default', 'outcome', 'reasons', 'problem'];

/** The file again, in its order, with what was found of each row. */
export function resultsCsv(
  { header, rows }: ApplicationsFile,
  scores: ReadonlyMap<string, Score>,
): string {
  const lines = rows.map(({ cells, key, problems }) => {
    // A row of another length has no place under the columns.
    const own = header.map((_, i) => cells[i] ?? '');
    const score = key === undefined ? undefined : scores.get(key);
    if (!score) return csvLine([...own, '', '', '', problems.join('; ')]);
    const pd = Number.isNaN(score.pd) ? '' : String(score.pd);
    return csvLine([...own, pd, score.outcome, score.reasons, score.faults ?? '']);
  });
  return `${[csvLine([...header, ...ADDED]), ...lines].join('\n')}\n`;
}
