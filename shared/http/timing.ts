/** What the time of a request goes into: for `Server-Timing`, and for spans. */

/** Milliseconds, from any origin, never going back. */
export type Clock = () => number;

export interface Phase {
  readonly name: string;
  /** Milliseconds of the clock. */
  readonly start: number;
  readonly end: number;
}

/** Phases of one request, one after another. */
export interface Timing {
  /** When the request began, by the clock. */
  readonly start: number;
  /** Ends the phase under way and begins another. */
  enter(name: string): void;
  /** All phases so far, the one under way until now. */
  phases(): Phase[];
}

export function createTiming(clock: Clock): Timing {
  const names: string[] = [];
  const starts: number[] = [];
  return {
    start: clock(),
    enter(name) {
      names.push(name);
      starts.push(clock());
    },
    phases() {
      const now = clock();
      return names.map((name, i) => ({ name, start: starts[i]!, end: starts[i + 1] ?? now }));
    },
  };
}

/**
 * The header `Server-Timing` (https://www.w3.org/TR/server-timing/), in milliseconds; undefined
 * where no phase was told apart.
 */
export function serverTiming({ start }: Timing, phases: readonly Phase[]): string | undefined {
  const last = phases.at(-1);
  if (!last) return undefined;
  let text = '';
  for (const phase of phases) text += `${phase.name};dur=${micros(phase.end - phase.start)}, `;
  return `${text}total;dur=${micros(last.end - start)}`;
}

/** Milliseconds to the microsecond. */
const micros = (ms: number): number => Math.round(ms * 1000) / 1000;
