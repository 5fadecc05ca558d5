/**
 * When Cloud Scheduler meant a job to run: the same in every delivery and retry of one run, so it
 * can name the run. Undefined for calls that do not come from Cloud Scheduler.
 *
 * Header: `X-CloudScheduler-ScheduleTime`, RFC 3339 in UTC.
 */
export function scheduleTime(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Date | undefined {
  const text = headers['x-cloudscheduler-scheduletime'];
  const time = new Date(typeof text === 'string' ? text : Number.NaN);
  return Number.isNaN(time.getTime()) ? undefined : time;
}
