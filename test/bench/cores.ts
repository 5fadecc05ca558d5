/** Who may use which processor core, and what a process has used so far: as Linux has it. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** The measured process has one core to itself, everything else of the bench the other. */
export const SERVER_CORE = 0;
export const SENDER_CORE = 1;

/** Puts a running process with all its threads on one core. */
export function pin(pid: number, core: number): void {
  execFileSync('taskset', ['-a', '-cp', String(core), String(pid)], { stdio: 'ignore' });
}

/** Linux counts in hundredths of a second, whatever the kernel's own clock (man 5 proc). */
const TICK_US = 10_000;

/** Microseconds of processor time that a process has used, in user and kernel mode. */
export function usedMicroseconds(pid: number): number {
  const [, rest = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(/\) (?!.*\))/s);
  const fields = rest.split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_US;
}

/** Bytes of memory that a process has in use. */
export function residentBytes(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kib) * 1024;
}
