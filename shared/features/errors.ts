/** Feature SQL that cannot be compiled: what is wrong, where, and what to write instead. */
export class FeatureError extends Error {
  override readonly name = 'FeatureError';
  /** What is wrong, without the place. */
  readonly problem: string;
  /** Place in the SQL text, both counted from 1 as BigQuery counts them. */
  readonly line: number;
  readonly column: number;
  /** What to write instead; empty where the problem says it. */
  readonly advice: string;

  constructor(problem: string, at: { line: number; column: number }, advice = '') {
    super(`${problem} at [${at.line}:${at.column}]${advice && `. ${advice}`}`);
    this.problem = problem;
    this.line = at.line;
    this.column = at.column;
    this.advice = advice;
  }
}

/** A feature program, or the inputs it declares, that cannot be trusted to run. */
export class ProgramError extends Error {
  override readonly name = 'ProgramError';
}

/** A row outside the domain that the program was compiled for. */
export class RowError extends Error {
  override readonly name = 'RowError';
  /** The input field that is meant. */
  readonly field: string;

  constructor(field: string, problem: string) {
    super(`Input ${field} ${problem}.`);
    this.field = field;
  }
}

/**
 * A rule of the language that does not hold, thrown where no place is known: the compiler makes a
 * FeatureError of it, the loader of a program a ProgramError.
 */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly problem: string;
  readonly advice: string;

  constructor(problem: string, advice = '') {
    super(problem);
    this.problem = problem;
    this.advice = advice;
  }
}

/** Runs it; what it refuses becomes a FeatureError at this place. */
export function placed<T>(at: { line: number; column: number }, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new FeatureError(error.problem, at, error.advice);
  }
}
