/** A smaller machine within this one: processes that share some cores and some memory, and what they take of it. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Limits {
  readonly cores: readonly number[];
  readonly bytes: number;
}

export interface Machine {
  /** Whether Linux ends processes that take more; where it lets nobody say so they are only measured. */
  readonly isLimited: boolean;
  /** What `begin` starts belongs to the machine, and so does what that starts. */
  start<T>(begin: () => Promise<T>): Promise<T>;
  /** Nothing may be running in it any more. */
  remove(): void;
}

/** Control groups of memory: version 1, and 2 (cgroups(7)). */
const HIERARCHIES = [
  { root: '/sys/fs/cgroup/memory', limit: 'memory.limit_in_bytes', line: /^\d+:memory:(.*)$/m },
  { root: '/sys/fs/cgroup', limit: 'memory.max', line: /^0::(.*)$/m },
];

export function makeMachine(name: string, { cores, bytes }: Limits): Machine {
  const group = makeGroup(name, bytes);
  return {
    isLimited: group !== undefined,
    async start(begin) {
      const before = affinity();
      if (group) enter(group.inner);
      setAffinity(cores.join(','));
      try {
        return await begin();
      } finally {
        setAffinity(before);
        if (group) enter(group.outer);
      }
    },
    remove: () => group && rmdirSync(group.inner),
  };
}

/** A group within the one of this process. Undefined where there is none to be had. */
function makeGroup(name: string, bytes: number) {
  for (const { root, limit, line } of HIERARCHIES) {
    const own = line.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1];
    if (own === undefined) continue;
    const outer = join(root, own);
    const inner = join(outer, name);
    try {
      mkdirSync(inner, { recursive: true });
      if (existsSync(join(inner, limit))) {
        writeFileSync(join(inner, limit), String(bytes));
        return { inner, outer };
      }
      rmdirSync(inner);
    } catch {
      // Not mounted, or not ours to write.
    }
  }
  return undefined;
}

const enter = (group: string): void =>
  writeFileSync(join(group, 'cgroup.procs'), String(process.pid));

const affinity = (): string =>
  /^Cpus_allowed_list:\s+(\S+)/m.exec(readFileSync('/proc/self/status', 'utf8'))![1]!;

const setAffinity = (cores: string): void => {
  execFileSync('taskset', ['-a', '-cp', cores, String(process.pid)], { stdio: 'ignore' });
};

/** Of processes: the most that each had, and the most that all had at once, as often as it was looked. */
export interface Peaks {
  readonly each: readonly number[];
  readonly together: number;
}

const LOOK_EVERY_MS = 100;

/** Watches the memory of processes for as long as some work takes. */
export async function watchMemory<T>(
  pids: readonly number[],
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly peaks: Peaks }> {
  // Linux then begins anew to keep the peak (proc_pid_clear_refs(5)).
  for (const pid of pids) writeFileSync(`/proc/${pid}/clear_refs`, '5');
  let together = 0;
  const look = () => {
    const sum = pids.reduce((all, pid) => all + bytesOf(pid, 'VmRSS'), 0);
    together = Math.max(together, sum);
  };
  const watch = setInterval(look, LOOK_EVERY_MS);
  try {
    const result = await work();
    return { result, peaks: { each: pids.map((pid) => bytesOf(pid, 'VmHWM')), together } };
  } finally {
    clearInterval(watch);
  }
}

/** Bytes of memory that a process has now (VmRSS), or the most that it ever had (VmHWM). */
function bytesOf(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1024;
}
