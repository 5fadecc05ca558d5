/** The functions' structured logs, as they stand on standard output (shared/log.ts). */

export type LogEntry = Readonly<Record<string, unknown>>;

/** @returns undefined for a line that is no entry: anything may write to standard output */
export function parseLogLine(line: string): LogEntry | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as LogEntry;
  } catch {
    return undefined;
  }
}

/** An entry for people: how grave, what, and the error behind it if there is one. */
export function logText({ severity, message, stack_trace }: LogEntry): string {
  const head = `${severity}: ${message}`;
  return stack_trace === undefined ? head : `${head}\n${stack_trace}`;
}

/** Whether somebody has to look at it. */
export const isGrave = ({ severity }: LogEntry): boolean =>
  severity === 'ERROR' || severity === 'CRITICAL';
