/**
 * Structured logs as Cloud Logging reads them from standard output: one JSON object a line.
 *
 * Special keys: https://cloud.google.com/logging/docs/structured-logging. Personal data has no
 * place here: log ids, versions, counts and durations.
 */

export type Severity = 'DEBUG' | 'INFO' | 'NOTICE' | 'WARNING' | 'ERROR' | 'CRITICAL';

export interface Log {
  debug(message: string, fields?: Fields): void;
  info(message: string, fields?: Fields): void;
  notice(message: string, fields?: Fields): void;
  warning(message: string, fields?: Fields): void;
  /** With an error, its stack goes where Error Reporting looks for it. */
  error(message: string, fields?: Fields, error?: unknown): void;
  critical(message: string, fields?: Fields, error?: unknown): void;
  /** The same log with fields that every line carries. */
  with(fields: Fields): Log;
}

export type Fields = Readonly<Record<string, unknown>>;

export const createLog = (write: (line: string) => void): Log => new LineLog(write, {});

/** A class, for every request has one of its own. */
class LineLog implements Log {
  private readonly write: (line: string) => void;
  private readonly common: Fields;

  constructor(write: (line: string) => void, common: Fields) {
    this.write = write;
    this.common = common;
  }

  debug(message: string, fields?: Fields): void {
    this.put('DEBUG', message, fields);
  }

  info(message: string, fields?: Fields): void {
    this.put('INFO', message, fields);
  }

  notice(message: string, fields?: Fields): void {
    this.put('NOTICE', message, fields);
  }

  warning(message: string, fields?: Fields): void {
    this.put('WARNING', message, fields);
  }

  error(message: string, fields?: Fields, error?: unknown): void {
    this.put('ERROR', message, fields, error);
  }

  critical(message: string, fields?: Fields, error?: unknown): void {
    this.put('CRITICAL', message, fields, error);
  }

  with(fields: Fields): Log {
    return new LineLog(this.write, { ...this.common, ...fields });
  }

  private put(severity: Severity, message: string, fields?: Fields, error?: unknown): void {
    const stack = error === undefined ? {} : { stack_trace: describe(error) };
    this.write(`${JSON.stringify({ severity, message, ...this.common, ...fields, ...stack })}\n`);
  }
}

/** The log of a function on Google Cloud. */
export const standardLog = (): Log => createLog((line) => process.stdout.write(line));

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = error.stack ?? `${error.name}: ${error.message}`;
  return error.cause === undefined ? own : `${own}\nCaused by: ${describe(error.cause)}`;
}

/** A request's trace, and the caller's span and will to have it recorded where it says one. */
export interface Trace {
  /** 32 hexadecimal digits. */
  readonly id: string;
  /** 16 hexadecimal digits. */
  readonly span: string | undefined;
  readonly sampled: boolean | undefined;
}

type Headers = Readonly<Record<string, string | string[] | undefined>>;

const W3C = /^(?!ff)[\da-f]{2}-(?!0{32})([\da-f]{32})-(?!0{16})([\da-f]{16})-([\da-f]{2})/;
const GOOGLE = /^(?!0{32})([\da-f]{32})(?:\/(\d{1,20}))?(?:;o=([01]))?/;

/** From the W3C traceparent, or Google's own header (its span is decimal). */
export function traceOf(headers: Headers): Trace | undefined {
  const w3c = W3C.exec(String(headers.traceparent ?? ''));
  if (w3c) {
    return { id: w3c[1]!, span: w3c[2], sampled: (Number.parseInt(w3c[3]!, 16) & 1) === 1 };
  }
  const google = GOOGLE.exec(String(headers['x-cloud-trace-context'] ?? ''));
  if (!google) return undefined;
  const [, id, span, sampled] = google;
  return {
    id: id!,
    span: span && BigInt(span) > 0n ? BigInt(span).toString(16).padStart(16, '0') : undefined,
    sampled: sampled === undefined ? undefined : sampled === '1',
  };
}

/** Ties a line to the request's trace, and to a span of it. */
export function traceFields(trace: Trace | undefined, projectId: string): Fields {
  if (!trace) return {};
  const { id, span, sampled } = trace;
  return {
    'logging.googleapis.com/trace': `projects/${projectId}/traces/${id}`,
    ...(span === undefined ? {} : { 'logging.googleapis.com/spanId': span }),
    ...(sampled === undefined ? {} : { 'logging.googleapis.com/trace_sampled': sampled }),
  };
}
