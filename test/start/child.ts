/** The processes of a start, all of them Node's: each is waited for until it serves, and none outlives the run. */
import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { logText, parseLogLine } from './log_line.ts';

/** A process of ours that serves something. */
export interface Child {
  readonly name: string;
  readonly pid: number;
  /** Returns when the process is gone and everything that it said has been read. */
  stop(): Promise<void>;
  /** Sends a signal that ends it. Returns as `stop` does, with how it ended. */
  kill(signal: NodeJS.Signals): Promise<Ending>;
}

/** A process's exit code, or the signal that ended it. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A process that ended without being asked to. */
export class ChildError extends Error {
  override readonly name = 'ChildError';
}

/** Tells of every process that served, and then ended without being asked to. */
export const losses = new EventEmitter<{ loss: [ChildError] }>();

export interface ChildOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where it runs, unless where we do. */
  readonly directory?: string;
  /** It serves when a line of its output says so, or when a port answers. */
  readonly ready: ((line: string) => boolean) | { readonly port: number };
  /** Sees every line of standard output. */
  readonly onLine?: (line: string) => void;
  /** How long it may take to end when it is asked to, before it is ended; 5000 unless said. */
  readonly patienceMs?: number;
}

/** Lines that are kept of what a process said last. */
const LAST_WORDS = 12;
const GUARD = import.meta.resolve('./end_with_parent.ts');

/** What runs, the oldest first. */
const running = new Map<ChildProcess, Child>();
let closed = false;

/** Stops whatever runs, the latest first, for it uses the others; nothing can be started after it. */
export async function stopChildren(): Promise<void> {
  closed = true;
  for (const child of [...running.values()].reverse()) await child.stop();
}

/**
 * Starts a process and waits until it serves.
 * @throws {ChildError} with its last words when it ends before
 */
export async function startChild(options: ChildOptions): Promise<Child> {
  const { name, command, args, environment } = options;
  if (closed) throw new ChildError(`${name} was not started: everything is being stopped.`);
  const child = spawn(command, [...args], {
    cwd: options.directory,
    env: { ...environment, NODE_OPTIONS: `${environment.NODE_OPTIONS ?? ''} --import=${GUARD}` },
    // The channel breaks when this process ends.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let asked = false;
  const handle: Child = {
    name,
    // One that could not be started has none, and is never handed out.
    pid: child.pid ?? 0,
    stop() {
      asked = true;
      return stop(child, options.patienceMs ?? 5000);
    },
    async kill(signal) {
      asked = true;
      const gone = once(child, 'close');
      child.kill(signal);
      const [code, by] = await gone;
      return { code, signal: by };
    },
  };
  running.set(child, handle);
  let serves = false;
  await new Promise<void>((resolve, reject) => {
    const lastWords = listen(child, options, resolve);
    child.once('error', (error) => {
      running.delete(child);
      reject(new ChildError(`${name} could not be started: ${error.message}`, { cause: error }));
    });
    child.once('close', (code, signal) => {
      running.delete(child);
      const error = new ChildError(epitaph(name, code, signal, lastWords));
      if (!serves) reject(error);
      else if (!asked) losses.emit('loss', error);
    });
  });
  serves = true;
  return handle;
}

/** Reads what a process says; tells when it serves. @returns its last words, as they come */
function listen(
  child: ChildProcess,
  { ready, onLine }: ChildOptions,
  serves: () => void,
): readonly string[] {
  const words: string[] = [];
  const keep = (line: string) => {
    words.push(line);
    if (words.length > LAST_WORDS) words.shift();
  };
  createInterface({ input: child.stderr! }).on('line', keep);
  createInterface({ input: child.stdout! }).on('line', (line) => {
    keep(line);
    onLine?.(line);
    if (typeof ready === 'function' && ready(line)) serves();
  });
  if (typeof ready === 'object') void answers(ready.port, child).then((yes) => yes && serves());
  return words;
}

/** Asks again and again until a port takes a connection or the process is gone. */
async function answers(port: number, child: ChildProcess): Promise<boolean> {
  while (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
    const connected = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true));
      socket.once('error', () => resolve(false)).once('connect', () => socket.destroy());
    });
    if (connected) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
}

function epitaph(
  name: string,
  code: number | null,
  signal: string | null,
  lastWords: readonly string[],
): string {
  const how = code === null ? `by ${signal}` : `with exit code ${code}`;
  const remedy =
    signal === 'SIGKILL' ? ' If the machine ran out of memory, a smaller --volume needs less.' : '';
  const texts = lastWords.map((line) => {
    const entry = parseLogLine(line);
    return entry ? logText(entry) : line;
  });
  const said = texts.length > 0 ? ` Its last words:\n${texts.join('\n')}` : '';
  return `${name} ended ${how}.${remedy}${said}`;
}

async function stop(child: ChildProcess, patienceMs: number): Promise<void> {
  if (!running.has(child)) return;
  const gone = once(child, 'close');
  child.kill('SIGTERM');
  const force = setTimeout(() => child.kill('SIGKILL'), patienceMs);
  await gone;
  clearTimeout(force);
}
