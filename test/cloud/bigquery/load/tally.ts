/** Counts a load's rows, and gives up when too many are bad. */
import { ApiError } from '../../errors.ts';
import type { Misfit } from './misfit.ts';

/** ErrorProto of the REST API. */
export interface ErrorProto {
  readonly reason: string;
  readonly message: string;
  readonly location?: string;
  readonly debugInfo?: string;
}

/** Where a row begins. */
export interface Place {
  /** Its `gs://` URI; undefined for uploaded bytes. */
  readonly uri: string | undefined;
  /** Bytes before it in its file. */
  readonly position: number;
  /** Its line, from 1 on. */
  readonly line: number;
}

/** A load that failed, with what was wrong with its rows. */
export class LoadFailure extends ApiError {
  readonly details: readonly ErrorProto[];

  constructor(message: string, details: readonly ErrorProto[]) {
    super(400, 'invalid', message);
    this.details = details;
  }
}

/** A job's status is no log: it names so many bad rows and counts the rest. */
const MOST_DETAILS = 50;

export class Tally {
  rows = 0;
  bad = 0;
  readonly details: ErrorProto[] = [];
  private readonly format: 'JSON' | 'CSV';
  private readonly mostBad: number;

  constructor(format: 'JSON' | 'CSV', mostBad: number) {
    this.format = format;
    this.mostBad = mostBad;
  }

  /** @throws {LoadFailure} when this is one bad row too many. */
  addBad(misfit: Misfit | string, place: Place): void {
    this.bad++;
    if (this.details.length < MOST_DETAILS) this.details.push(this.detail(misfit, place));
    if (this.bad <= this.mostBad) return;
    throw new LoadFailure(
      `Error while reading data, error message: ${this.format} processing encountered too many errors, giving up. Rows: ${this.rows}; errors: ${this.bad}; max bad: ${this.mostBad}; error percent: 0`,
      this.details,
    );
  }

  private detail(misfit: Misfit | string, { uri, position, line }: Place): ErrorProto {
    const problem = typeof misfit === 'string' ? misfit : misfit.message;
    const start =
      this.format === 'JSON' ? `JSON parsing error in row starting at position ${position}: ` : '';
    const file = this.format === 'CSV' && uri !== undefined ? ` File: ${uri}` : '';
    return {
      reason: 'invalid',
      message: `Error while reading data, error message: ${start}${problem}${file}`,
      ...(uri === undefined ? {} : { location: uri }),
      debugInfo: `line ${line}`,
    };
  }
}
