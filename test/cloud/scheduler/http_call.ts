import { type IncomingMessage, request as plain } from 'node:http';
import { request as secure } from 'node:https';

/** A request to be sent. */
export interface HttpCall {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

const MOST_REDIRECTS = 5;

/**
 * Sends a request and answers the status of what it leads to: redirects are followed, without
 * credentials to another host. Takes as long as it takes: the signal ends it.
 */
export async function send(call: HttpCall, signal: AbortSignal, redirects = 0): Promise<number> {
  const response = await exchange(call, signal);
  // Only the status counts.
  response.resume();
  const status = response.statusCode ?? 0;
  const { location } = response.headers;
  if (status < 300 || status > 399 || location === undefined || redirects >= MOST_REDIRECTS) {
    return status;
  }
  return send(redirected(call, status, location), signal, redirects + 1);
}

function exchange(call: HttpCall, signal: AbortSignal): Promise<IncomingMessage> {
  const { method, url, headers, body } = call;
  const start = url.startsWith('https:') ? secure : plain;
  const length = body && { 'content-length': String(body.length) };
  return new Promise((resolve, reject) => {
    const request = start(url, { method, signal, headers: { ...headers, ...length } }, resolve);
    request.on('error', reject);
    request.end(body);
  });
}

/** As browsers do: 307 and 308 keep the request as it is, the others make a GET of a POST. */
function redirected(call: HttpCall, status: number, location: string): HttpCall {
  const url = new URL(location, call.url);
  const foreign = url.host !== new URL(call.url).host;
  const kept = Object.entries(call.headers).filter(
    ([name]) => !foreign || name !== 'authorization',
  );
  const headers = Object.fromEntries(kept);
  const same = status === 307 || status === 308 || ['GET', 'HEAD'].includes(call.method);
  if (!same) return { method: 'GET', url: url.href, headers };
  return { ...call, url: url.href, headers };
}
