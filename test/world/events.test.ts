import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { type Pause, sendEvents } from './events.ts';
import type { Pace } from './source.ts';

const never: Pause = () => assert.fail('nobody asked for a rate');

describe('server-sent events', () => {
  let server: Server | undefined;
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
  });

  /** Serves one source; `sent` settles when sendEvents does. */
  async function serve(
    batches: Iterable<object[]> | AsyncIterable<object[]>,
    pace: Pace = {},
    pause = never,
  ) {
    const sent = Promise.withResolvers<void>();
    server = createServer((_, response) => {
      sendEvents(response, batches, pace, pause).then(sent.resolve, sent.reject);
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const [response] = (await once(get({ port, host: '127.0.0.1' }), 'response')) as [
      IncomingMessage,
    ];
    return { response, sent: sent.promise };
  }

  async function text(response: IncomingMessage): Promise<string> {
    let all = '';
    for await (const chunk of response.setEncoding('utf8')) all += chunk;
    return all;
  }

  /** What came before the connection broke, which it must. */
  async function brokenText(response: IncomingMessage): Promise<string> {
    let all = '';
    await assert.rejects(async () => {
      for await (const chunk of response.setEncoding('utf8')) all += chunk;
    }, /aborted/);
    return all;
  }

  it('are one a record and say in the end how many there were', async () => {
    const { response, sent } = await serve([[{ a: 1 }, { a: 'ü\n' }], [], [{ a: null }]]);
    assert.equal(response.statusCode, 200);
    assert.match(String(response.headers['content-type']), /^text\/event-stream/);
    assert.equal(
      await text(response),
      'data: {"a":1}\n\ndata: {"a":"ü\\n"}\n\ndata: {"a":null}\n\n' +
        'event: end\ndata: {"records":3}\n\n',
    );
    await sent;
  });

  it('stop at the most that was asked for, and let the source clean up', async () => {
    let cleaned = false;
    function* source() {
      try {
        for (let n = 0; ; n += 1) yield [{ n }, { n }];
      } finally {
        cleaned = true;
      }
    }
    const { response } = await serve(source(), { max_records: 3 });
    const all = await text(response);
    assert.match(all, /^(data: .*\n\n){3}event: end\ndata: \{"records":3\}\n\n$/);
    assert.ok(cleaned);
  });

  it('wait between records where a rate is asked for', async () => {
    const waits: number[] = [];
    const pause: Pause = async (ms) => waits.push(ms);
    const { response } = await serve([[{}, {}], [{}]], { rate_per_second: 8 }, pause);
    assert.match(await text(response), /"records":3/);
    assert.deepEqual(waits, [125, 125]);
  });

  it('are made no faster than they are read', async () => {
    const [batch, total] = [Array.from({ length: 50 }, () => ({ text: 'x'.repeat(2000) })), 400];
    let made = 0;
    function* source() {
      for (; made < total; made += 1) yield batch;
    }
    const { response } = await serve(source());
    response.pause();
    // Nobody reads: once all buffers are full, the source must stand still.
    let before = -1;
    for (let turns = 0; turns < 500; turns += 1) {
      if (made !== before) turns = 0;
      before = made;
      await setImmediate();
    }
    assert.ok(made > 0 && made < total / 2, `${made} of ${total} batches`);
    assert.match(await text(response), new RegExp(`"records":${50 * total}`));
  });

  it('end the work when the client goes away', async () => {
    const cleaned = Promise.withResolvers<void>();
    async function* source() {
      try {
        for (;;) yield [{ text: 'x'.repeat(5000) }];
      } finally {
        cleaned.resolve();
      }
    }
    const { response, sent } = await serve(source());
    await once(response, 'data');
    response.destroy();
    await cleaned.promise;
    await sent;
  });

  it('end a wait when the client goes away', async () => {
    const pause: Pause = (_, signal) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
      });
    const { response, sent } = await serve([[{}, {}]], { rate_per_second: 0.01 }, pause);
    await once(response, 'data');
    response.destroy();
    await sent;
  });

  it('say what went wrong in the middle, and break off', async () => {
    function* source() {
      yield [{ a: 1 }];
      throw new Error('line 3: 2 cells for 5 columns');
    }
    const { response } = await serve(source());
    assert.equal(
      await brokenText(response),
      'data: {"a":1}\n\nevent: error\ndata: {"message":"line 3: 2 cells for 5 columns"}\n\n',
    );
  });
});
