import { createLog, type Log } from '../../../shared/log.ts';

/** A log that is kept, to be asked what was said. */
export interface KeptLog extends Log {
  readonly lines: Record<string, unknown>[];
  /** The lines of one message. */
  of(message: string): Record<string, unknown>[];
}

/** A log whose lines, `with(…)`'s included, are kept in order. */
export function keepLog(): KeptLog {
  const lines: Record<string, unknown>[] = [];
  const log = createLog((line) => lines.push(JSON.parse(line)));
  const of = (message: string) => lines.filter((line) => line.message === message);
  return Object.assign(log, { lines, of });
}

/** Lines that say that something is wrong. */
export const complaintsIn = <T extends object>(lines: readonly T[]): T[] =>
  lines.filter((line) => !('severity' in line && /^(DEBUG|INFO|NOTICE)$/.test(`${line.severity}`)));
