import { type ChildProcess, spawn } from 'node:child_process';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';

/** A process of ours that serves something. */
export interface Child {
  readonly name: string;
  stop(): Promise<void>;
}

/** A process that ended before it served. */
export class ChildError extends Error {
  override readonly name = 'ChildError';
}

/**
 * Starts a process and waits until it serves: until a line of its output says so, or a port answers.
 * @param onLine sees every line of standard output
 * @throws {ChildError} with its last words when it ends before
 */
export async function startChild(options: {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly ready: ((line: string) => boolean) | { readonly port: number };
  readonly onLine?: (line: string) => void;
}): Promise<Child> {
  const { name, command, args, environment, ready, onLine } = options;
  const child = spawn(command, [...args], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const tail: string[] = [];
  const keep = (line: string) => {
    tail.push(line);
    if (tail.length > 30) tail.shift();
  };
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stderr }).on('line', keep);
    createInterface({ input: child.stdout }).on('line', (line) => {
      keep(line);
      onLine?.(line);
      if (typeof ready === 'function' && ready(line)) resolve();
    });
    if (typeof ready === 'object') void answers(ready.port, child).then(resolve);
    child.once('error', (error) => {
      reject(new ChildError(`${name} could not be started: ${error.message}`, { cause: error }));
    });
    child.once('exit', (code, signal) => {
      const end = code === null ? `by ${signal}` : `with exit code ${code}`;
      reject(new ChildError(`${name} ended ${end}. Its last words:\n${tail.join('\n')}`));
    });
  });
  return { name, stop: () => stop(child) };
}

/** Asks again and again until a port takes a connection or the process is gone. */
async function answers(port: number, child: ChildProcess): Promise<void> {
  while (child.exitCode === null && child.signalCode === null) {
    const connected = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true));
      socket.once('error', () => resolve(false)).once('connect', () => socket.destroy());
    });
    if (connected) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const force = setTimeout(() => child.kill('SIGKILL'), 5000);
  await gone;
  clearTimeout(force);
}
