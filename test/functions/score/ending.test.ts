/** The function in a process of its own that is told to end. */
import assert from 'node:assert/strict';
import { Agent, type ClientRequest, request } from 'node:http';
import { connect } from 'node:net';
import type { LogEntry } from '../../start/log_line.ts';
import { type FunctionProcess, startFunction } from '../../start/services.ts';
import { query, useLender } from '../support/lender.ts';
import { complaintsIn } from '../support/log.ts';
import { loanRows, requestOf } from '../support/rows.ts';
import { eventually } from '../support/score.ts';
import { deploy, storeVersion } from '../support/versions.ts';

const BODY = JSON.stringify(requestOf(loanRows(1, 3).applications[0]!));
const KEPT_CONNECTIONS = 4;

describe('an instance that is told to end', function () {
  this.timeout(60_000);
  const lender = useLender();
  let service: FunctionProcess;
  let log: LogEntry[];

  before(async () => {
    const champion = await storeVersion(lender.objects, lender.portfolio, 'v20260601_000000');
    await deploy(lender.objects, 'loans', { champion });
  });
  beforeEach(async () => {
    log = [];
    const environment = { ...lender.environment, NODE_ENV: 'production' };
    service = await startFunction('score', environment, { onLog: (entry) => log.push(entry) });
  });
  afterEach(() => service.stop());

  const open = (headers: Record<string, string>, agent?: Agent): ClientRequest =>
    request(`${service.url}/v1/loans/decisions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      agent: agent ?? false,
    });

  /** The decision that a request is answered with. */
  const answerTo = (sent: ClientRequest): Promise<string> =>
    new Promise((resolve, reject) => {
      sent.once('error', reject);
      sent.once('response', (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk) => {
          text += chunk;
        });
        response.once('error', reject).once('end', () => {
          if (response.statusCode === 200) resolve(JSON.parse(text).decision_id);
          else reject(new Error(`${response.statusCode}: ${text}`));
        });
      });
    });

  /** A request of which the service has the head, and waits for the body. */
  async function begin() {
    const sent = open({ expect: '100-continue' });
    const answer = answerTo(sent);
    sent.flushHeaders();
    await new Promise((resolve) => sent.once('continue', resolve));
    return { answer, finish: () => sent.end(BODY) };
  }

  const takesNoMore = () =>
    eventually(
      () =>
        new Promise<true | undefined>((resolve) => {
          const socket = connect(Number(new URL(service.url).port), '127.0.0.1');
          socket.once('connect', () => {
            socket.destroy();
            resolve(undefined);
          });
          socket.once('error', () => resolve(true));
        }),
    );

  const recorded = (ids: readonly string[]) =>
    eventually(async () => {
      const rows = await query(
        lender,
        "SELECT DISTINCT decision_id FROM flit.decisions WHERE decided_at >= '2000-01-01'",
      );
      const found = new Set(rows.map(({ decision_id }) => decision_id));
      return ids.every((id) => found.has(id)) ? true : undefined;
    });

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`answers and publishes on ${signal} what is under way, takes nothing new, and ends well`, async () => {
      const begun = await Promise.all(Array.from({ length: 5 }, begin));
      const gone = service.kill(signal);
      await takesNoMore();
      for (const { finish } of begun) finish();
      const ids = await Promise.all(begun.map(({ answer }) => answer));
      assert.equal(new Set(ids).size, 5);
      assert.deepEqual(await gone, { code: 0, signal: null });
      await recorded(ids);
      assert.deepEqual(complaintsIn(log), []);
    });
  }

  it('ends although callers keep their connections busy, and has published what it answered', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: KEPT_CONNECTIONS });
    const ids: string[] = [];
    const askForEver = async () => {
      for (;;) {
        const sent = open({}, agent);
        sent.end(BODY);
        ids.push(await answerTo(sent));
      }
    };
    const callers = Array.from({ length: KEPT_CONNECTIONS }, () =>
      askForEver().catch((error: NodeJS.ErrnoException) => error.code),
    );
    await eventually(async () => ids.length > 50 || undefined);
    assert.deepEqual(await service.kill('SIGTERM'), { code: 0, signal: null });
    // Nobody was told 500: the next connection of each was refused.
    for (const code of await Promise.all(callers)) assert.match(code!, /^ECONN(REFUSED|RESET)$/);
    agent.destroy();
    await recorded(ids);
  });

  it('ends at once where nothing was ever asked', async () => {
    assert.deepEqual(await service.kill('SIGTERM'), { code: 0, signal: null });
  });
});
