/** A request and its phases as spans of OpenTelemetry. */
import type { Phase } from '../http/timing.ts';
import type { Trace } from '../log.ts';

/** A request under way, as one span. */
export interface RequestSpan {
  readonly trace: Trace & { readonly span: string; readonly sampled: boolean };
  /** The caller's span, where it said one. */
  readonly parent: string | undefined;
}

/** A request that was answered. */
export interface Answered {
  readonly method: string;
  /** Path of the route with its names in braces; undefined where there is none. Never the path itself. */
  readonly route: string | undefined;
  readonly status: number;
  /** Milliseconds of `performance.now()`. */
  readonly start: number;
  readonly end: number;
  readonly phases: readonly Phase[];
}

export interface Tracer {
  /** @param caller the trace that the request is part of, if it says one */
  begin(caller: Trace | undefined): RequestSpan;
  end(span: RequestSpan, answered: Answered): void;
}

/** A span in OTLP's JSON: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding */
export interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes?: readonly OtlpAttribute[];
  readonly status?: { readonly code: number };
}

export interface OtlpAttribute {
  readonly key: string;
  readonly value: { readonly stringValue: string } | { readonly intValue: string };
}

export interface TracerOptions {
  /** Takes finished spans; must neither wait nor throw. */
  readonly export: (spans: readonly OtlpSpan[]) => void;
  /** The share of traces that are recorded where the caller has no say. */
  readonly share: number;
  /** So many random bytes, in hexadecimal. */
  readonly randomHex: (bytes: number) => string;
  /** What `performance.now()` counts from, in milliseconds since 1970. */
  readonly origin: number;
}

const INTERNAL = 1;
const SERVER = 2;
const ERROR = 2;

/** Records what the caller records, and of requests without a say their share by trace. */
export function createTracer(options: TracerOptions): Tracer {
  const { randomHex, share, origin } = options;
  return {
    begin(caller) {
      const id = caller?.id ?? randomHex(16);
      const sampled = caller?.sampled ?? isWithin(id, share);
      return { trace: { id, span: randomHex(8), sampled }, parent: caller?.span };
    },
    end({ trace, parent }, answered) {
      if (!trace.sampled) return;
      const nanos = (ms: number): string => `${Math.round((origin + ms) * 1000)}000`;
      const own = { traceId: trace.id, spanId: trace.span };
      const phases = answered.phases.map((phase) => ({
        traceId: trace.id,
        spanId: randomHex(8),
        parentSpanId: trace.span,
        name: phase.name,
        kind: INTERNAL,
        startTimeUnixNano: nanos(phase.start),
        endTimeUnixNano: nanos(phase.end),
      }));
      options.export([
        {
          ...own,
          ...(parent === undefined ? {} : { parentSpanId: parent }),
          ...described(answered),
          kind: SERVER,
          startTimeUnixNano: nanos(answered.start),
          endTimeUnixNano: nanos(answered.end),
        },
        ...phases,
      ]);
    },
  };
}

/** Names of https://opentelemetry.io/docs/specs/semconv/http/http-spans/ */
function described({ method, route, status }: Answered) {
  const text = (key: string, stringValue: string): OtlpAttribute => ({
    key,
    value: { stringValue },
  });
  return {
    name: route === undefined ? method : `${method} ${route}`,
    attributes: [
      text('http.request.method', method),
      ...(route === undefined ? [] : [text('http.route', route)]),
      { key: 'http.response.status_code', value: { intValue: String(status) } },
    ],
    ...(status >= 500 ? { status: { code: ERROR } } : {}),
  };
}

/** By the trace's last 56 bits, which are random: every service decides alike. */
const isWithin = (traceId: string, share: number): boolean =>
  Number.parseInt(traceId.slice(-14), 16) < share * 2 ** 56;
