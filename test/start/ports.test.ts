import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { freePort } from './ports.ts';

describe('a free port', () => {
  let taken: Server;
  let port: number;
  before(async () => {
    taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    port = (taken.address() as AddressInfo).port;
  });
  after(() => taken.close());

  it('is the one wanted, and can be opened', async () => {
    const wanted = await freePort();
    assert.equal(await freePort(wanted), wanted);
    const server = createServer().listen(wanted);
    await once(server, 'listening');
    server.close();
  });

  it('is another where that one is taken, be it on one interface only', async () => {
    const other = await freePort(port);
    assert.notEqual(other, port);
    assert.ok(other > 0);
  });

  it('is refused by name where this user may not open it', async function () {
    const allowed = await new Promise<boolean>((resolve) => {
      const server = createServer().once('error', () => resolve(false));
      server.listen(1, () => server.close(() => resolve(true)));
    });
    // Some users and systems may open any.
    if (allowed) this.skip();
    await assert.rejects(freePort(1), /^Error: Port 1 cannot be opened: .*EACCES/);
  });
});
