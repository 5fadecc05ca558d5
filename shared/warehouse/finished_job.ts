/** What a job in BigQuery took, as its statistics tell. */

export interface FinishedJob {
  readonly jobId: string;
  /** Why it failed; null where it did not. */
  readonly failure: string | null;
  readonly startedAt: Date;
  readonly endedAt: Date;
  /** Read, by the columns that were asked for. */
  readonly bytesProcessed: number;
  /** Paid for where queries are paid by the byte; training has a price of its own. */
  readonly bytesBilled: number;
  /** Milliseconds of slots, which is what is paid for where capacity is. */
  readonly slotMs: number;
}

/** What is used of BigQuery's Job resource; int64 comes as text. */
interface JobResource {
  readonly status?: { readonly errorResult?: { readonly message?: string } };
  readonly statistics?: {
    readonly creationTime?: string;
    readonly startTime?: string;
    readonly endTime?: string;
    readonly totalBytesProcessed?: string;
    readonly totalSlotMs?: string;
    readonly query?: { readonly totalBytesBilled?: string };
  };
}

/** @param resource of a job that is done */
export function finishedJob(jobId: string, { status, statistics = {} }: JobResource): FinishedJob {
  const { creationTime, startTime = creationTime, endTime = startTime } = statistics;
  return {
    jobId,
    failure: status?.errorResult ? (status.errorResult.message ?? 'it failed') : null,
    startedAt: new Date(Number(startTime)),
    endedAt: new Date(Number(endTime)),
    bytesProcessed: Number(statistics.totalBytesProcessed ?? 0),
    bytesBilled: Number(statistics.query?.totalBytesBilled ?? 0),
    slotMs: Number(statistics.totalSlotMs ?? 0),
  };
}
