/** What all commands have in common: how they read their arguments, and what they end with. */
import { type ParseArgsConfig, parseArgs } from 'node:util';

/** The command line cannot be followed. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What a command has to say. */
export interface Outcome {
  readonly text: string;
  /** What went wrong besides; what was asked for is done. */
  readonly warning?: string;
  /** The exit code: 0 done, 1 refused or not as it should be, 2 not understood. */
  readonly code: 0 | 1 | 2;
}

/** Options by name and words in order. @throws {UsageError} for an option that there is not */
export function readCommandLine<const T extends NonNullable<ParseArgsConfig['options']>>(
  given: readonly string[],
  options: T,
) {
  try {
    return parseArgs({ args: [...given], allowPositionals: true, options });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** A command line that was not understood, answered with how it is written. */
export const misunderstood = ({ message }: UsageError, usage: string): Outcome => ({
  text: `${message}\n\n${usage}`,
  code: 2,
});

/** Ends a command that failed: says why on standard error, and how it is written if that was the fault. */
export function fail(error: unknown, usage: string, code: 1 | 2): void {
  const { message } = error as Error;
  const told = error instanceof UsageError ? misunderstood(error, usage) : { text: message, code };
  process.stderr.write(`${told.text}\n`);
  process.exitCode = told.code;
}
