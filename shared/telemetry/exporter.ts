/** Sends spans to an OpenTelemetry collector (OTLP over HTTP in JSON), never in the way of an answer. */
import type { Log } from '../log.ts';
import type { OtlpAttribute, OtlpSpan } from './spans.ts';

export interface ExporterOptions {
  /** Where spans are posted. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** What the spans are of. */
  readonly resource: Readonly<Record<string, string>>;
  readonly log: Log;
  /** Spans that may wait; those above are dropped, and counted in the log. */
  readonly mostWaiting: number;
  /** Spans of one call. */
  readonly mostOfCall: number;
  /** Milliseconds that a span waits for others, and that a call may take. */
  readonly delayMs: number;
  readonly timeoutMs: number;
}

export interface Exporter {
  /** Takes spans without waiting for anything. */
  add(spans: readonly OtlpSpan[]): void;
  /** Sends what waits. Never rejects. */
  flush(): Promise<void>;
}

/** Answers after which the same call may be made again: https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes */
const RETRYABLE = new Set([429, 502, 503, 504]);

export function createExporter(options: ExporterOptions): Exporter {
  const { log, mostWaiting, mostOfCall, delayMs } = options;
  const waiting: OtlpSpan[] = [];
  let dropped = 0;
  let timer: NodeJS.Timeout | undefined;
  let flushing: Promise<void> | undefined;

  const later = () => {
    timer ??= setTimeout(() => void exporter.flush(), delayMs).unref();
  };
  const sendAll = async () => {
    while (waiting.length > 0) {
      const batch = waiting.splice(0, mostOfCall);
      const fault = await send(batch, options);
      if (fault === undefined) continue;
      const kept = fault.again ? batch.slice(0, Math.max(0, mostWaiting - waiting.length)) : [];
      waiting.unshift(...kept);
      dropped += batch.length - kept.length;
      log.warning('spans could not be exported', { why: fault.why, kept: kept.length });
      break;
    }
    if (dropped > 0) log.warning('spans were dropped', { spans: dropped });
    dropped = 0;
  };
  const exporter: Exporter = {
    add(spans) {
      const room = mostWaiting - waiting.length;
      // A request's spans go together.
      if (spans.length > room) dropped += spans.length;
      else waiting.push(...spans);
      if (waiting.length >= mostOfCall && flushing === undefined) void exporter.flush();
      else later();
    },
    flush() {
      clearTimeout(timer);
      timer = undefined;
      flushing ??= sendAll().finally(() => {
        flushing = undefined;
        if (waiting.length > 0) later();
      });
      return flushing;
    },
  };
  return exporter;
}

/** @returns undefined where the collector took the spans */
async function send(
  spans: readonly OtlpSpan[],
  { url, headers, resource, timeoutMs, log }: ExporterOptions,
): Promise<{ why: string; again: boolean } | undefined> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(requestOf(spans, resource)),
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await response.text();
    if (!response.ok) {
      return { why: `HTTP ${response.status}`, again: RETRYABLE.has(response.status) };
    }
    const rejected = rejectedIn(text);
    if (rejected > 0) log.warning('the collector rejected spans', { spans: rejected });
    return undefined;
  } catch (error) {
    const { message, cause } = error as Error;
    const why = cause instanceof Error ? `${message}: ${cause.message}` : message;
    return { why, again: true };
  }
}

function requestOf(spans: readonly OtlpSpan[], resource: ExporterOptions['resource']) {
  const attributes = Object.entries(resource).map(
    ([key, stringValue]): OtlpAttribute => ({ key, value: { stringValue } }),
  );
  return {
    resourceSpans: [
      { resource: { attributes }, scopeSpans: [{ scope: { name: 'flit-ml' }, spans }] },
    ],
  };
}

/** How many spans a partial success left out. */
function rejectedIn(text: string): number {
  try {
    return Number(JSON.parse(text).partialSuccess?.rejectedSpans ?? 0);
  } catch {
    return 0;
  }
}
