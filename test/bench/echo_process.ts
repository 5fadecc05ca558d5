import { type FunctionProcess, startFunction } from '../start/services.ts';
import { SERVER_CORE } from './cores.ts';

/** A bare echo under functions-framework, on the service's core: what others are held against. */
export const startEcho = (): Promise<FunctionProcess> =>
  startFunction(
    'echo',
    { NODE_ENV: 'production' },
    { core: SERVER_CORE, source: 'test/bench/echo.ts' },
  );
