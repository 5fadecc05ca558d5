/** Jobs in documents: what is known of them after a restart. */
import { createHash } from 'node:crypto';
import type { Documents } from '../../state/documents.ts';
import { describeJob, failed, type JobRecord, type JobRef, lost } from './job.ts';

const FOLDER = 'jobs';
/** BigQuery keeps jobs for six months. */
const KEPT_MS = 180 * 24 * 3600 * 1000;
/** A document's name has words of at most 200 bytes; a job's id may be longer. */
const LONGEST_NAME = 180;

export class JobStore {
  private readonly documents: Documents;

  constructor(documents: Documents) {
    this.documents = documents;
  }

  /** The jobs of an earlier process, oldest first; those that it did not end failed. */
  async open(now: number): Promise<JobRecord[]> {
    const records: JobRecord[] = [];
    for (const name of await this.documents.list(FOLDER)) {
      const record = await this.documents.load<JobRecord>(name);
      if (record === undefined) continue;
      if (record.created < now - KEPT_MS) await this.documents.remove(name);
      else records.push(await this.end(record, now));
    }
    return records.sort((a, b) => a.created - b.created);
  }

  private async end(record: JobRecord, now: number): Promise<JobRecord> {
    if (record.state === 'DONE') return record;
    const ended = failed(record, lost(describeJob(record.ref)), now);
    await this.save(ended);
    return ended;
  }

  save(record: JobRecord): Promise<void> {
    return this.documents.save(nameOf(record.ref), record);
  }

  remove(ref: JobRef): Promise<void> {
    return this.documents.remove(nameOf(ref));
  }
}

function nameOf({ projectId, location, jobId }: JobRef): string {
  const isLong = jobId.length > LONGEST_NAME;
  const word = isLong ? `long-${createHash('sha256').update(jobId).digest('hex')}` : jobId;
  return `${FOLDER}/${projectId}/${location}/${word}`;
}
