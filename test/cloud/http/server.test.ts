import assert from 'node:assert/strict';
import { startServer } from './server.ts';

describe('the server', () => {
  it('lets requests in progress end when it is stopped, and takes no more', async () => {
    const arrived = Promise.withResolvers<void>();
    const released = Promise.withResolvers<void>();
    const server = await startServer(async (_request, response) => {
      arrived.resolve();
      await released.promise;
      await new Promise<void>((resolve) => response.end('done', resolve));
    });
    const answer = fetch(server.origin);
    await arrived.promise;
    const stopped = server.stop(10_000);
    released.resolve();
    assert.equal(await (await answer).text(), 'done');
    await stopped;
    await assert.rejects(fetch(server.origin));
  });

  it('cuts what does not end in time', async () => {
    const arrived = Promise.withResolvers<void>();
    const server = await startServer(() => {
      arrived.resolve();
      return new Promise(() => {});
    });
    const answer = assert.rejects(fetch(server.origin));
    await arrived.promise;
    await server.stop(1);
    await answer;
  });

  it('names the port that is taken', async () => {
    const server = await startServer(async (_request, response) => void response.end());
    try {
      const second = startServer(async () => {}, server.port);
      await assert.rejects(second, new RegExp(`Port ${server.port} can't be used: .*EADDRINUSE`));
    } finally {
      await server.stop();
    }
  });
});
