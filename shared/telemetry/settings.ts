/**
 * Where spans go, by the standard variables
 * (https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/); what is not
 * supported is refused by name.
 */
import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import { readConfig } from '../config.ts';
import type { Log } from '../log.ts';
import { createExporter, type Exporter } from './exporter.ts';
import { createTracer, type Tracer } from './spans.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const milliseconds = z.coerce.number().int().min(1).max(600_000);
const spans = z.coerce.number().int().min(1).max(100_000);

const pairs = z.string().refine(isDecodable, 'is not percent-encoded').default('');

const SHAPE = {
  OTEL_SDK_DISABLED: z.string().default('false'),
  OTEL_EXPORTER_OTLP_ENDPOINT: z.url().optional(),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: z.url().optional(),
  OTEL_EXPORTER_OTLP_HEADERS: pairs,
  OTEL_EXPORTER_OTLP_PROTOCOL: z.literal('http/json', 'must be http/json').optional(),
  OTEL_EXPORTER_OTLP_TIMEOUT: milliseconds.default(10_000),
  OTEL_SERVICE_NAME: z.string().optional(),
  OTEL_RESOURCE_ATTRIBUTES: pairs,
  OTEL_TRACES_SAMPLER: z
    .enum(
      ['parentbased_always_on', 'parentbased_traceidratio'],
      'must be parentbased_always_on or parentbased_traceidratio',
    )
    .default('parentbased_always_on'),
  OTEL_TRACES_SAMPLER_ARG: z.coerce.number().min(0).max(1).default(1),
  OTEL_BSP_SCHEDULE_DELAY: milliseconds.default(5000),
  OTEL_BSP_MAX_QUEUE_SIZE: spans.default(2048),
  OTEL_BSP_MAX_EXPORT_BATCH_SIZE: spans.default(512),
};

/**
 * Undefined where no collector is configured, or telemetry is switched off.
 * @param service its name, where the environment has none
 * @throws {ConfigError} naming every variable that is wrong or not supported
 */
export function telemetryOf(
  environment: Environment,
  service: string,
  log: Log,
): { readonly tracer: Tracer; readonly exporter: Exporter } | undefined {
  const named = Object.entries(environment).filter(([name]) => name.startsWith('OTEL_'));
  const config = readConfig(Object.fromEntries(named), SHAPE);
  const url = urlOf(config);
  if (url === undefined || config.OTEL_SDK_DISABLED.toLowerCase() === 'true') return undefined;
  const exporter = createExporter({
    url,
    headers: pairsOf(config.OTEL_EXPORTER_OTLP_HEADERS),
    resource: {
      'service.name': config.OTEL_SERVICE_NAME ?? service,
      ...pairsOf(config.OTEL_RESOURCE_ATTRIBUTES),
    },
    log,
    mostWaiting: config.OTEL_BSP_MAX_QUEUE_SIZE,
    mostOfCall: config.OTEL_BSP_MAX_EXPORT_BATCH_SIZE,
    delayMs: config.OTEL_BSP_SCHEDULE_DELAY,
    timeoutMs: config.OTEL_EXPORTER_OTLP_TIMEOUT,
  });
  const byShare = config.OTEL_TRACES_SAMPLER === 'parentbased_traceidratio';
  const tracer = createTracer({
    export: (spans) => exporter.add(spans),
    share: byShare ? config.OTEL_TRACES_SAMPLER_ARG : 1,
    randomHex: (bytes) => randomBytes(bytes).toString('hex'),
    origin: performance.timeOrigin,
  });
  return { tracer, exporter };
}

/** The address for traces as it is, or the one for everything with the path of traces. */
function urlOf(config: {
  readonly OTEL_EXPORTER_OTLP_ENDPOINT?: string | undefined;
  readonly OTEL_EXPORTER_OTLP_TRACES_ENDPOINT?: string | undefined;
}): string | undefined {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: all, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: traces } = config;
  return traces ?? (all === undefined ? undefined : `${all.replace(/\/$/, '')}/v1/traces`);
}

/** `a=1,b=2`, percent-encoded. */
function pairsOf(text: string): Record<string, string> {
  const pairs = text.split(',').filter((pair) => pair.includes('='));
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      return [pair.slice(0, at).trim(), decodeURIComponent(pair.slice(at + 1).trim())];
    }),
  );
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
