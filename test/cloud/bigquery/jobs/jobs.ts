import type { Clock } from '../../clock.ts';
import { ApiError, duplicate, invalid, notFound } from '../../errors.ts';
import {
  describeJob,
  failed,
  type JobKind,
  type JobRecord,
  type JobRef,
  type JobRun,
  type JobWork,
  type Json,
  lost,
} from './job.ts';
import { Places } from './places.ts';
import type { JobStore } from './store.ts';

/** A job before it has begun. */
export interface JobRequest {
  readonly projectId: string;
  /** Made by the client, or else here. */
  readonly jobId: string | undefined;
  readonly location: string;
  readonly kind: JobKind;
  readonly configuration: Json;
  readonly requestId?: string;
  /** `jobTimeoutMs`. */
  readonly timeoutMs?: number;
  readonly work: JobWork;
  /** Runs when the job has ended, also one that never got its turn. */
  readonly dispose?: () => Promise<void>;
}

interface Running {
  readonly abort: AbortController;
  readonly done: Promise<void>;
}

export interface JobsOptions {
  readonly store: JobStore;
  readonly clock: Clock;
  readonly ids: () => string;
  /** So many run at a time; the others wait in the order in which they came. */
  readonly concurrency: number;
}

/** The jobs of all projects: begun, watched, cancelled, remembered. */
export class Jobs {
  private readonly options: JobsOptions;
  /** In the order of their creation. */
  private readonly records: Map<string, JobRecord>;
  private readonly running = new Map<string, Running>();
  private readonly places: Places;

  private constructor(options: JobsOptions, records: readonly JobRecord[]) {
    this.options = options;
    this.places = new Places(options.concurrency);
    this.records = new Map(records.map((record) => [describeJob(record.ref), record]));
  }

  static async open(options: JobsOptions): Promise<Jobs> {
    return new Jobs(options, await options.store.open(options.clock.now()));
  }

  /** Breaks off what runs, as a crash would, and waits for its end. */
  async stop(): Promise<void> {
    for (const [key, { abort }] of this.running) abort.abort(lost(key));
    await Promise.all([...this.running.values()].map(({ done }) => done));
  }

  /**
   * Begins a job and answers it as soon as it will not be forgotten.
   * @throws {ApiError} 409 where the project has a job of that id already.
   */
  async begin(request: JobRequest): Promise<JobRecord> {
    const { projectId, location, kind, configuration, requestId } = request;
    const id = this.options.ids();
    const ref: JobRef = { projectId, location, jobId: request.jobId ?? `job_${id}` };
    checkId(ref.jobId);
    const key = describeJob(ref);
    if (this.records.has(key)) throw duplicate(`Job ${key}`);
    const record: JobRecord = {
      ref,
      kind,
      configuration,
      state: 'PENDING',
      created: this.options.clock.now(),
      errors: [],
      statistics: {},
      ...(requestId === undefined ? {} : { requestId }),
    };
    // From here on the id is taken, also for those who come while this one is being saved.
    this.records.set(key, record);
    try {
      await this.options.store.save(record);
    } catch (error) {
      this.records.delete(key);
      throw error;
    }
    const abort = new AbortController();
    const done = this.run(key, id, request, abort);
    this.running.set(key, { abort, done });
    return this.records.get(key)!;
  }

  /** Runs a job to its end, which is told when it will not be forgotten. Never rejects. */
  private async run(
    key: string,
    id: string,
    request: JobRequest,
    abort: AbortController,
  ): Promise<void> {
    const { clock, store } = this.options;
    const { timeoutMs } = request;
    const disarm =
      timeoutMs === undefined
        ? () => {}
        : clock.after(timeoutMs, () => abort.abort(timedOut(timeoutMs)));
    let end: JobRecord;
    try {
      end = await this.attempt(key, id, request, abort.signal);
    } catch (error) {
      const reason = abort.signal.aborted ? abort.signal.reason : error;
      end = failed(this.records.get(key)!, reason, clock.now());
    }
    disarm();
    try {
      await request.dispose?.();
      await store.save(end);
    } catch (error) {
      end = failed(end, error, clock.now());
    }
    this.records.set(key, end);
    this.running.delete(key);
  }

  private async attempt(
    key: string,
    id: string,
    { work }: JobRequest,
    signal: AbortSignal,
  ): Promise<JobRecord> {
    const { clock } = this.options;
    await this.places.take(signal);
    try {
      this.change(key, { state: 'RUNNING', started: clock.now() });
      const outcome = await work(this.runOf(key, id, signal));
      const record = this.records.get(key)!;
      const { kind, configuration } = record;
      return {
        ...record,
        state: 'DONE',
        ended: clock.now(),
        statistics: outcome.statistics,
        errors: outcome.warnings ?? [],
        ...(outcome.result ? { result: outcome.result } : {}),
        configuration: { ...configuration, ...pick(kind, outcome.configuration) },
      };
    } finally {
      this.places.leave();
    }
  }

  private runOf(key: string, id: string, signal: AbortSignal): JobRun {
    const { ref, created } = this.records.get(key)!;
    const report = (statistics: Json) => {
      const before = this.records.get(key)!.statistics;
      this.change(key, { statistics: { ...before, ...statistics } });
    };
    return { ref, id, created, signal, report };
  }

  private change(key: string, change: Partial<JobRecord>): void {
    this.records.set(key, { ...this.records.get(key)!, ...change });
  }

  /**
   * A job by its id; without a location, in whichever it is.
   * @throws {ApiError} 404.
   */
  get(projectId: string, jobId: string, location: string | undefined): JobRecord {
    const record = this.find(projectId, jobId, location);
    if (record) return record;
    const where = location === undefined ? '' : `${location}.`;
    throw notFound(`Job ${projectId}:${where}${jobId}`);
  }

  private find(projectId: string, jobId: string, location?: string): JobRecord | undefined {
    if (location !== undefined)
      return this.records.get(describeJob({ projectId, location, jobId }));
    return this.list(projectId).find(({ ref }) => ref.jobId === jobId);
  }

  /** The job that an earlier jobs.query of the same request id began. */
  byRequestId(projectId: string, requestId: string, since: number): JobRecord | undefined {
    return this.list(projectId).find(
      (record) => record.requestId === requestId && record.created >= since,
    );
  }

  /** Of a project, the newest first. */
  list(projectId: string): JobRecord[] {
    return [...this.records.values()]
      .filter(({ ref }) => ref.projectId === projectId)
      .sort((a, b) => a.created - b.created)
      .reverse();
  }

  /** Waits for a job's end, at most so long. */
  async wait(ref: JobRef, timeoutMs: number): Promise<JobRecord> {
    const key = describeJob(ref);
    const running = this.running.get(key);
    if (running && timeoutMs > 0) {
      await new Promise<void>((resolve) => {
        const disarm = this.options.clock.after(timeoutMs, resolve);
        void running.done.then(() => {
          disarm();
          resolve();
        });
      });
    }
    return this.records.get(key)!;
  }

  /** Asks a job to stop; one that has ended stays as it is. */
  cancel(ref: JobRef): JobRecord {
    const key = describeJob(ref);
    this.running.get(key)?.abort.abort(CANCELLED);
    return this.records.get(key)!;
  }

  /** Forgets a job that has ended. @throws {ApiError} 400 while it runs. */
  async remove(ref: JobRef): Promise<void> {
    const key = describeJob(ref);
    if (this.running.has(key)) {
      throw new ApiError(400, 'resourceInUse', `Job ${key} is running: cancel it first.`);
    }
    await this.options.store.remove(ref);
    this.records.delete(key);
  }
}

const pick = (kind: JobKind, configuration: Json | undefined): Json =>
  configuration === undefined ? {} : { [kind]: configuration };

function checkId(jobId: string): void {
  if (/^[\w-]{1,1024}$/.test(jobId)) return;
  throw invalid(
    `Invalid job ID "${jobId}". Job IDs must be alphanumeric (plus underscores and dashes) and must be at most 1024 characters long.`,
  );
}

const stopped = (why: string): ApiError =>
  new ApiError(499, 'stopped', `Job execution was cancelled: ${why}`);

const CANCELLED = stopped('User requested cancellation');

const timedOut = (ms: number): ApiError => stopped(`Job timed out after ${ms / 1000} sec`);
