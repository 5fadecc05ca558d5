import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { badRequest, unavailable } from '../../shared/errors.ts';
import { sendProblem } from '../../shared/http/problem.ts';
import { createLog } from '../../shared/log.ts';
import { callFunction, FunctionProblem } from './call.ts';

const silent = createLog(() => {});

describe('a call of a function', () => {
  let server: Server;
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  async function serve(listener: RequestListener): Promise<string> {
    server = createServer(listener).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** As the functions answer errors themselves. */
  const problem = (error: unknown) => serve((_, response) => sendProblem(response, error, silent));

  it('posts JSON and gives the answer', async () => {
    const url = await serve(async (request, response) => {
      const body = await text(request);
      response.end(
        JSON.stringify({ method: request.method, type: request.headers['content-type'], body }),
      );
    });
    assert.deepEqual(await callFunction(url, { portfolio: 'ü' }), {
      method: 'POST',
      type: 'application/json',
      body: '{"portfolio":"ü"}',
    });
  });

  it('throws the problem that it was answered, with every fault', async () => {
    const url = await problem(unavailable('The world cannot be reached.'));
    await assert.rejects(callFunction(url, {}), {
      name: 'FunctionProblem',
      message: `${url} answered 503: The world cannot be reached.`,
      internal: false,
    });
    server.close();
    const picky = await problem(
      badRequest('It does not fit.', [{ pointer: '/age', problem: 'Too big' }]),
    );
    await assert.rejects(callFunction(picky, {}), {
      message: `${picky} answered 400: It does not fit. [{"pointer":"/age","problem":"Too big"}]`,
    });
  });

  it('tells an internal error, whose cause is in the log alone', async () => {
    const url = await problem(new Error('a secret'));
    await assert.rejects(callFunction(url, {}), (error) => {
      assert.ok(error instanceof FunctionProblem);
      assert.ok(error.internal);
      assert.doesNotMatch(error.message, /secret/);
      return true;
    });
  });

  it('throws what came where that is no JSON', async () => {
    const url = await serve((_, response) => {
      response.statusCode = 502;
      response.end('<h1>Bad gateway</h1>');
    });
    await assert.rejects(callFunction(url, {}), {
      message: `${url} answered 502: <h1>Bad gateway</h1>`,
    });
    server.close();
    const empty = await serve((_, response) => response.end());
    await assert.rejects(callFunction(empty, {}), { message: `${empty} answered 200: ` });
  });

  it('names a function that cannot be reached, or that breaks off in the middle', async () => {
    const gone = await serve(() => {});
    server.close();
    await once(server, 'close');
    await assert.rejects(callFunction(gone, {}), (error: Error) => {
      assert.match(error.message, /^http:\/\/127\.0\.0\.1:\d+ cannot be reached: .*ECONNREFUSED/);
      return true;
    });
    const dying = await serve((_, response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('{"half":');
      setImmediate(() => response.destroy());
    });
    await assert.rejects(callFunction(dying, {}), {
      message: `${dying} cannot be reached: aborted`,
    });
  });
});
