import { Router } from './router.ts';
import { type Server, startServer } from './server.ts';

/** A server with the routes of one service: for tests. */
export async function serve(
  addRoutes: (router: Router, server: Server) => void | Promise<void>,
): Promise<Server> {
  const router = new Router();
  const server = await startServer((request, response) => router.handle(request, response));
  try {
    await addRoutes(router, server);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return server;
}
