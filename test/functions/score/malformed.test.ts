/** Whatever is sent: an answer that the description knows, nothing of the inside in it, and no harm done. */
import assert from 'node:assert/strict';
import { isUtf8 } from 'node:buffer';
import { Agent, request as call } from 'node:http';
import { connect } from 'node:net';
import { type Described, readDescription } from '../support/described.ts';
import { complaintsIn } from '../support/log.ts';
import { chanceOf, mutate, mutateList } from '../support/mutations.ts';
import { loanRows, requestOf } from '../support/rows.ts';
import { type Service, startService } from '../support/service.ts';
import { deploy, storeVersion } from '../support/versions.ts';

const SEED = 20_261_121;
const BODIES = 10_000;
/** Of which this many ask for an explanation, which takes longer, … */
const EXPLAINED = 1000;
/** … and this many are lists. */
const LISTED = 1500;
const AT_ONCE = 8;
const DECISIONS = '/v1/loans/decisions';
const EXPLANATIONS = '/v1/loans/explanations';
const SCORES = '/v1/loans/scores';
const mostBytes = (path: string): number => (path === SCORES ? 2 ** 20 : 2 ** 16);

const REQUESTS = loanRows(20, 3).applications.map(requestOf);

/** What no answer may hold: stacks, files, SQL and names of the inside. */
const INSIDE =
  /\.ts\b|\.js\b|node_modules|node:|\bat .*:\d+:\d+|\/(work|tmp|home)\/|SELECT|Zod|stack/;

interface Answer {
  readonly status: number;
  readonly contentType: string | null;
  readonly text: string;
}

describe('ten thousand malformed bodies', () => {
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  let service: Service;
  let described: Described;

  before(async () => {
    service = await startService();
    const champion = await storeVersion(service.objects, service.portfolio, 'v20260601_000000');
    await deploy(service.objects, 'loans', { champion });
    described = readDescription((await service.get('/openapi.json')).body);
  });
  after(async () => {
    agent.destroy();
    await service.stop();
  });

  const send = (
    body: Buffer,
    { path = DECISIONS, method = 'POST', headers = {} } = {},
  ): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const sent = call(
        service.url + path,
        {
          agent,
          method,
          headers: {
            'content-type': 'application/json',
            'content-length': body.length,
            ...headers,
          },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk) => chunks.push(chunk));
          response.on('end', () =>
            resolve({
              status: response.statusCode!,
              contentType: response.headers['content-type'] ?? null,
              text: Buffer.concat(chunks).toString(),
            }),
          );
        },
      );
      sent.once('error', reject);
      sent.end(body);
    });

  /** What must be answered, worked out from the description and the README alone. */
  function expected(path: string, body: Buffer): number {
    if (body.length > mostBytes(path)) return 413;
    if (!isUtf8(body)) return 400;
    try {
      const value = JSON.parse(new TextDecoder().decode(body));
      if (!described.takes(path, value)) return 400;
      return [value.applications ?? value].flat().every(isPossible) ? 200 : 400;
    } catch {
      return 400;
    }
  }

  /** What JSON Schema has no words for: characters that are whole, and times that features know. */
  function isPossible(application: Record<string, unknown>): boolean {
    const time = String(application.asked_at);
    const year = new Date(time).getUTCFullYear();
    const texts = Object.values(application).filter((value) => typeof value === 'string');
    return (
      texts.every((text) => text.isWellFormed()) &&
      year >= 1830 &&
      year < 2110 &&
      !/\.\d{7}/.test(time) &&
      (application.employed_since === null || String(application.employed_since) >= '1000')
    );
  }

  function check(path: string, body: Buffer, answer: Answer): void {
    const { status, contentType, text } = answer;
    const shown = body.subarray(0, 1500).toString();
    assert.equal(status, expected(path, body), `${shown}\n${text}`);
    described.check({ method: 'POST', path, status, contentType, body: JSON.parse(text) });
    if (status !== 200) assert.doesNotMatch(text, INSIDE, shown);
    assert.ok(text.length < 100_000, `${text.length} bytes were answered`);
  }

  it('are each answered as the description and the README say, and by nothing of the inside', async function () {
    this.timeout(180_000);
    const chance = chanceOf(SEED);
    const seen = new Map<number, number>();
    let left = BODIES;
    const worker = async () => {
      while (left > 0) {
        const n = BODIES - left--;
        const path = n < EXPLAINED ? EXPLANATIONS : n < EXPLAINED + LISTED ? SCORES : DECISIONS;
        const body = path === SCORES ? mutateList(REQUESTS, chance) : mutate(REQUESTS, chance);
        const answer = await send(body, { path });
        seen.set(answer.status, (seen.get(answer.status) ?? 0) + 1);
        check(path, body, answer);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    // Enough of each, so that the figures above mean something.
    assert.ok(seen.get(400)! > BODIES / 2, String([...seen]));
    assert.ok(seen.get(200)! > BODIES / 20, String([...seen]));
    assert.ok(seen.get(413)! > 50, String([...seen]));
  });

  it('and odd methods, paths and headers get problems that the description knows', async () => {
    const chance = chanceOf(SEED + 1);
    const body = Buffer.from(JSON.stringify(REQUESTS[0]));
    const statuses = new Set<number>();
    for (let i = 0; i < 2000; i++) {
      const path = chance.pick([
        DECISIONS,
        EXPLANATIONS,
        SCORES,
        '/v1/loans/model',
        '/v1/loans/decisions/..%2f..%2fmodels',
        '/v1/cars/decisions',
        '/v1/%00/decisions',
        '/v1/%ff/decisions',
        '/v1/loans',
        '/',
        `/${'a'.repeat(5000)}`,
        '/openapi.json/',
        '/__proto__',
      ]);
      const method = chance.pick(['POST', 'POST', 'POST', 'PUT', 'DELETE', 'PROPFIND']);
      const headers = {
        'content-type': chance.pick([
          'application/json',
          'application/json; charset=utf-16',
          'application/json; charset="UTF-8"',
          'application/jsonp',
          'text/plain',
          'multipart/form-data',
          '',
        ]),
        'content-encoding': chance.pick(['identity', 'gzip', 'br', 'x']),
        'idempotency-key': chance.pick(['a-key', '"a key"', '', '"', 'x'.repeat(300), 'é']),
        traceparent: chance.pick(['00-x', '', `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`]),
      };
      const { status, contentType, text } = await send(body, { path, method, headers });
      statuses.add(status);
      assert.ok(status === 200 || (status >= 400 && status < 500), `${method} ${path}: ${text}`);
      if (status === 200) continue;
      assert.match(contentType!, /^application\/problem\+json/);
      const problem = JSON.parse(text);
      assert.ok(described.schema('Problem')(problem), text);
      assert.equal(problem.type, `urn:flit:problem:${problem.code}`);
      assert.doesNotMatch(text, INSIDE);
    }
    assert.deepEqual([...statuses].sort(), [200, 400, 404, 405, 415]);
  });

  it('and broken HTTP gets a 4xx of Node’s own or a closed line', async () => {
    const chance = chanceOf(SEED + 2);
    const json = JSON.stringify(REQUESTS[0]);
    const head =
      'POST /v1/loans/decisions HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n';
    const chunked = `${head}transfer-encoding: chunked\r\n\r\n`;
    const size = json.length.toString(16);
    for (let i = 0; i < 200; i++) {
      const bytes = chance.pick([
        `${chunked}zz\r\n${json}\r\n0\r\n\r\n`,
        `${chunked}${size}\r\n${json}`,
        `${chunked}${size}\r\n${json}\r\n`,
        `${chunked}-1\r\n${json}\r\n0\r\n\r\n`,
        `${chunked}ffffffffffffffffff\r\n${json}\r\n0\r\n\r\n`,
        `${chunked}${size};a=${'b'.repeat(20_000)}\r\n${json}\r\n0\r\n\r\n`,
        `${head}content-length: 5000\r\n\r\n${json}`,
        `${head}content-length: -1\r\n\r\n${json}`,
        `${head}content-length: 10\r\ntransfer-encoding: chunked\r\n\r\n${json}`,
        `${head}content-length: 10\r\ncontent-length: 20\r\n\r\n${json}`,
        `${head}x: ${'y'.repeat(40_000)}\r\n\r\n`,
        'GET / HTTP/9.9\r\n\r\n',
        '\0\0\0\0',
        `${head}no colon\r\n\r\n`,
      ]);
      const text = await converse(bytes);
      assert.match(text, /^(HTTP\/1\.1 4\d\d (.|\s)*)?$/, bytes.slice(0, 300));
      assert.doesNotMatch(text, INSIDE);
    }
  });

  /** Sends bytes, hangs up when they are sent, and tells what came. */
  const converse = (bytes: string): Promise<string> =>
    new Promise((resolve) => {
      const { port } = new URL(service.url);
      const socket = connect(Number(port), '127.0.0.1', () => socket.end(bytes));
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk;
      });
      socket.on('error', () => {});
      socket.once('close', () => resolve(text));
    });

  it('do no harm: it decides as before, has recorded what it answered, and nothing to complain of', async () => {
    const recorded = service.events.length;
    const { status, text } = await send(Buffer.from(JSON.stringify(REQUESTS[0])));
    assert.equal(status, 200);
    assert.equal(JSON.parse(text).decision_id, service.events.at(-1)!.decision_id);
    assert.equal(service.events.length, recorded + 1);
    assert.equal((await service.get('/readyz')).status, 200);
    assert.equal(({} as Record<string, unknown>).polluted, undefined);
    assert.deepEqual(complaintsIn(service.log.lines), []);
  });
});
