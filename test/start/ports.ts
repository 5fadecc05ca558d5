import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';

/**
 * The port if it is free, else any that is.
 * @throws {Error} naming a port that this user may not open
 */
export async function freePort(wanted = 0): Promise<number> {
  try {
    return await probe(wanted);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (wanted !== 0 && code === 'EADDRINUSE') return probe(0);
    throw new Error(`Port ${wanted} cannot be opened: ${message}.`, { cause: error });
  }
}

/** On all interfaces, as functions-framework listens. */
function probe(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, () => {
      const { port: found } = server.address() as AddressInfo;
      server.close(() => resolve(found));
    });
  });
}
