import { createScoreHandler } from '../../../functions/score/handler.ts';
import { describeService } from '../../../functions/score/openapi.ts';
import { readDescription } from './described.ts';
import type { Lender } from './lender.ts';
import { type KeptLog, keepLog } from './log.ts';
import { post, type Reply, serveFunction } from './serve.ts';

/** One instance of the function score, as cold as a new one. */
export interface Instance {
  readonly url: string;
  readonly log: KeptLog;
  /** Asks for a decision, and holds the answer against the description of the service. */
  decide(request: unknown, headers?: Readonly<Record<string, string>>): Promise<Reply>;
  ready(): Promise<{ status: number; portfolios: Record<string, string> }>;
  stop(): Promise<void>;
}

/**
 * Starts one that looks for a new deployment at every request, unless told otherwise.
 * @param clients variables that Google's clients of this instance alone see
 */
export async function startInstance(
  lender: Lender,
  environment: Readonly<Record<string, string>> = {},
  clients: Readonly<Record<string, string>> = {},
): Promise<Instance> {
  const log = keepLog();
  const before = { ...process.env };
  Object.assign(process.env, clients);
  const handler = createScoreHandler(
    { ...lender.environment, DEPLOYMENT_MAX_AGE_SECONDS: '0', ...environment },
    log,
  );
  for (const name of Object.keys(clients)) process.env[name] = before[name];
  const { url, stop } = await serveFunction(handler);
  const { id, application } = lender.portfolio;
  const described = readDescription(describeService(new Map([[id, application]])));
  const path = `/v1/${id}/decisions`;
  return {
    url,
    log,
    async decide(request, headers) {
      const reply = await post(url + path, request, headers);
      const { status, body } = reply;
      const contentType = reply.headers.get('content-type');
      described.check({ method: 'POST', path, status, contentType, headers: reply.headers, body });
      return reply;
    },
    async ready() {
      const response = await fetch(`${url}/ready`);
      const { portfolios } = (await response.json()) as { portfolios: Record<string, string> };
      return { status: response.status, portfolios };
    },
    stop,
  };
}

/** Waits until onnxruntime scores with both of two models that have scored before. */
export const bothEngines = ({ log }: Instance): Promise<unknown> =>
  eventually(async () => log.of('onnxruntime scores from now on')[1]);

/** Asks again and again for something that comes about in its own time. */
export async function eventually<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
