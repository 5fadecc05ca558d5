/** `npm start` as a process of its own, for tests. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** Whether the system tells of its processes as files, as Linux does. */
export const HAS_PROC = existsSync('/proc/self/stat');

export interface Descendant {
  readonly pid: number;
  readonly command: string;
}

export interface Start {
  readonly process: ChildProcess;
  readonly output: () => string;
  readonly errors: () => string;
  /** Returns as soon as the output matches. @throws {Error} with the output, should it end before */
  said(pattern: RegExp): Promise<RegExpExecArray>;
  /** Exit code, or the signal that ended it. */
  ended(): Promise<number | string>;
  /** Signals the process and its children at once, as a terminal does. */
  interruptAll(): void;
}

/** Runs test/start/main.ts; in a process group of its own. */
export function npmStart(args: readonly string[]): Start {
  const child = spawn(process.execPath, ['test/start/main.ts', ...args], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const texts = { output: '', errors: '' };
  child.stdout.setEncoding('utf8').on('data', (text) => {
    texts.output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    texts.errors += text;
  });
  const closed = once(child, 'close') as Promise<[number | null, string | null]>;
  let over = false;
  void closed.then(() => {
    over = true;
  });
  return {
    process: child,
    output: () => texts.output,
    errors: () => texts.errors,
    async said(pattern) {
      for (;;) {
        const found = pattern.exec(texts.output);
        if (found) return found;
        if (over) throw new Error(`It never said ${pattern}:\n${texts.output}\n${texts.errors}`);
        await Promise.race([once(child.stdout, 'data'), closed]);
      }
    },
    async ended() {
      const [code, signal] = await closed;
      return code ?? signal!;
    },
    interruptAll: () => process.kill(-child.pid!, 'SIGINT'),
  };
}

/** The processes that descend from one, as long as it runs. */
export function descendants(ancestor: number): Descendant[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => processOf(Number(name)));
  const found: typeof all = [];
  for (let parents = new Set([ancestor]); parents.size > 0; ) {
    const children = all.filter(({ parent }) => parents.has(parent));
    found.push(...children);
    parents = new Set(children.map(({ pid }) => pid));
  }
  return found;
}

function processOf(pid: number): (Descendant & { readonly parent: number })[] {
  try {
    // The name of the program, in brackets, may hold anything.
    const [state, parent] = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .split(') ')
      .at(-1)!
      .split(' ');
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    return state === 'Z' ? [] : [{ pid, parent: Number(parent), command }];
  } catch {
    // It is gone meanwhile.
    return [];
  }
}

/** Whether a process runs. */
export const isRunning = ({ pid }: Descendant): boolean => processOf(pid).length > 0;
