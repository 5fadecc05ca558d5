import type { Clock } from '../clock.ts';
import { ApiError, invalid, unsupported } from '../errors.ts';
import type { Documents } from '../state/documents.ts';
import { Turns } from '../state/turns.ts';
import { deliver, type Targets } from './delivery.ts';
import { applyMask, givenOf, type Job, type State } from './job.ts';
import { type Specification, specificationOf } from './specification.ts';
import { type Progress, Timeline } from './timeline.ts';

type Given = Readonly<Record<string, unknown>>;

/** What jobs are kept in, and what they draw on. */
export interface JobsOptions {
  readonly documents: Documents;
  readonly clock: Clock;
  /** Letters, digits, `-` and `_`; never the same twice. */
  readonly ids: () => string;
  readonly targets: Targets;
  /** Told when what a job did can't be written down. */
  readonly onError: (error: unknown) => void;
}

const DOCUMENT = 'jobs';

/** All jobs, in one document, and their timelines. */
export class Jobs {
  private readonly options: JobsOptions;
  private readonly turns = new Turns();
  private readonly jobs = new Map<string, Job>();
  private readonly timelines = new Map<string, Timeline>();

  private constructor(options: JobsOptions) {
    this.options = options;
  }

  /** Reads the jobs and starts those that are enabled: each waits for its next time from now on. */
  static async open(options: JobsOptions): Promise<Jobs> {
    const all = new Jobs(options);
    for (const job of (await options.documents.load<Job[]>(DOCUMENT)) ?? []) all.put(job);
    return all;
  }

  /** @throws {ApiError} 404 */
  get(name: string): Job {
    const job = this.jobs.get(name);
    if (!job) throw new ApiError(404, 'notFound', `Job not found: ${name}`);
    return job;
  }

  /** Those of `projects/P/locations/L`, by name. */
  list(parent: string): Job[] {
    const jobs = [...this.jobs.values()].filter(({ name }) => name.startsWith(`${parent}/jobs/`));
    return jobs.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** @throws {ApiError} 400, 409, 501 */
  create(parent: string, body: Given): Promise<Job> {
    const name = String(body.name ?? `${parent}/jobs/${this.options.ids()}`);
    const id = name.startsWith(`${parent}/jobs/`) ? name.slice(`${parent}/jobs/`.length) : '';
    if (!/^[A-Za-z0-9_-]{1,500}$/.test(id)) {
      throw invalid(`Job name must be ${parent}/jobs/JOB_ID, but is ${name}.`, 'job.name');
    }
    return this.change(() => {
      if (this.jobs.has(name)) throw new ApiError(409, 'duplicate', `Job ${name} already exists.`);
      return { name, given: givenOf(body), state: 'ENABLED', userUpdateTime: this.now() };
    });
  }

  /** @throws {ApiError} 400, 404, 501 */
  update(name: string, body: Given, mask: string | null): Promise<Job> {
    return this.change(() => {
      const { scheduleTime: _, ...job } = this.get(name);
      return { ...job, given: applyMask(job.given, body, mask), userUpdateTime: this.now() };
    });
  }

  /** @throws {ApiError} 404, 400 failedPrecondition */
  pause(name: string): Promise<Job> {
    return this.setState(name, 'ENABLED', 'PAUSED');
  }

  /** @throws {ApiError} 404, 400 failedPrecondition */
  resume(name: string): Promise<Job> {
    return this.setState(name, 'PAUSED', 'ENABLED');
  }

  /** @throws {ApiError} 404 */
  async delete(name: string): Promise<void> {
    await this.turns.take(DOCUMENT, async () => {
      this.get(name);
      await this.save([...this.jobs.values()].filter((job) => job.name !== name));
      this.jobs.delete(name);
      this.timelines.get(name)?.stop({ breakOff: true });
      this.timelines.delete(name);
    });
  }

  /** Starts an attempt and does not wait for its end. @throws {ApiError} 404 */
  run(name: string): Job {
    this.get(name);
    void this.timelines.get(name)?.runNow();
    return this.get(name);
  }

  /** Breaks off what is under way and waits until all is written. */
  async stop(): Promise<void> {
    for (const timeline of this.timelines.values()) timeline.stop({ breakOff: true });
    this.timelines.clear();
    await this.turns.take(DOCUMENT, async () => {});
  }

  private setState(name: string, from: State, to: State): Promise<Job> {
    return this.change(() => {
      const { scheduleTime: _, ...job } = this.get(name);
      if (job.state !== from) {
        const problem = `Job.state must be ${from}, but is ${job.state}: ${name}`;
        throw new ApiError(400, 'failedPrecondition', problem);
      }
      return { ...job, state: to };
    });
  }

  /** One change at a time: checked, written, and only then seen and followed. */
  private change(make: () => Job): Promise<Job> {
    return this.turns.take(DOCUMENT, async () => {
      const job = make();
      const { pubsubTarget } = specificationOf(job.given);
      if (pubsubTarget && !this.options.targets.publish) throw unsupported('Pub/Sub targets');
      const others = [...this.jobs.values()].filter(({ name }) => name !== job.name);
      await this.save([...others, job]);
      this.put(job);
      return this.get(job.name);
    });
  }

  private put(job: Job): void {
    this.timelines.get(job.name)?.stop({ breakOff: false });
    const timeline = this.timelineOf(job, specificationOf(job.given));
    this.timelines.set(job.name, timeline);
    this.jobs.set(job.name, job);
    if (job.state === 'ENABLED') timeline.start();
  }

  private timelineOf(job: Job, specification: Specification): Timeline {
    const { clock, targets } = this.options;
    return new Timeline({
      specification,
      clock,
      attempt: (time, signal) => deliver(job, specification, time, targets, signal),
      report: (progress) => this.note(job.name, progress),
    });
  }

  /** What a job does is seen at once and written soon after. */
  private note(name: string, progress: Progress): void {
    const job = this.jobs.get(name);
    if (!job) return;
    this.jobs.set(name, { ...job, ...progress });
    this.turns.take(DOCUMENT, () => this.save([...this.jobs.values()])).catch(this.options.onError);
  }

  private save(jobs: readonly Job[]): Promise<void> {
    return this.options.documents.save(DOCUMENT, jobs);
  }

  private now(): number {
    return this.options.clock.now();
  }
}
