import { CloudSchedulerClient } from '@google-cloud/scheduler';
import { unavailable } from '../errors.ts';

/** What the product asks of Cloud Scheduler; jobs by their last name. */
export interface Scheduler {
  /** Has a job run now, and does not wait for its end. @throws {AppError} unavailable */
  run(job: string): Promise<void>;
  /** When a job was last attempted. @throws {AppError} unavailable */
  lastAttemptAt(job: string): Promise<Date | undefined>;
}

/**
 * The official client over HTTP: its calls are too few for a connection of gRPC.
 * @param url where the API is, since the client knows no variable for it
 * @param location of the jobs: the functions' region
 */
export function createScheduler(projectId: string, url: string, location: string): Scheduler {
  const { protocol, hostname, port } = new URL(url);
  const client = new CloudSchedulerClient({
    projectId,
    fallback: true,
    protocol: protocol.slice(0, -1),
    apiEndpoint: hostname,
    port: Number(port || 443),
  });
  const nameOf = (job: string) => client.jobPath(projectId, location, job);
  const asked = async <T>(job: string, call: () => Promise<T>): Promise<T> => {
    try {
      return await call();
    } catch (error) {
      const { message } = error as Error;
      throw unavailable(`Cloud Scheduler did not answer about ${nameOf(job)}: ${message}`, error);
    }
  };
  return {
    run: (job) =>
      asked(job, async () => {
        await client.runJob({ name: nameOf(job) });
      }),
    lastAttemptAt: (job) =>
      asked(job, async () => {
        const [{ lastAttemptTime }] = await client.getJob({ name: nameOf(job) });
        if (!lastAttemptTime) return undefined;
        const { seconds, nanos } = lastAttemptTime;
        return new Date(Number(seconds ?? 0) * 1000 + Math.floor((nanos ?? 0) / 1e6));
      }),
  };
}
