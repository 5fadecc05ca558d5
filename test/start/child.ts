import { type ChildProcess, spawn } from 'node:child_process';
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
 * Starts a process and waits until a line of its output says that it serves.
 * @param ready answers true for that line
 * @param onLine sees every line of standard output
 */
export async function startChild(options: {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly ready: (line: string) => boolean;
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
      if (ready(line)) resolve();
    });
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

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const force = setTimeout(() => child.kill('SIGKILL'), 5000);
  await gone;
  clearTimeout(force);
}
