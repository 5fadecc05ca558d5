/**
 * Errors that a caller is told about. Every other error is a fault of ours: answered as a bare 500,
 * logged whole.
 */
export class AppError extends Error {
  override readonly name: string = 'AppError';
  /** Stable, machine-readable: part of the public contract. */
  readonly code: string;
  /** HTTP status. */
  readonly status: number;
  /** What is wrong where, by JSON pointer (RFC 6901); empty when it is not about fields. */
  readonly faults: readonly Fault[];

  constructor(
    code: string,
    status: number,
    message: string,
    options: { faults?: readonly Fault[]; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.code = code;
    this.status = status;
    this.faults = options.faults ?? [];
  }
}

/** One thing wrong with an input. */
export interface Fault {
  /** JSON pointer to the field; '' for the whole document. */
  readonly pointer: string;
  readonly problem: string;
}

/** The JSON pointer (RFC 6901) of a place in a document. */
export const pointerTo = (path: readonly PropertyKey[]): string =>
  path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

/** The caller sent something that the contract does not allow. */
export const badRequest = (message: string, faults: readonly Fault[] = []): AppError =>
  new AppError('invalid_request', 400, message, { faults });

export const notFound = (message: string): AppError => new AppError('not_found', 404, message);

/** Another writer was first: the caller should look again. */
export const conflict = (message: string, cause?: unknown): AppError =>
  new AppError('conflict', 409, message, { cause });

/** A service that this one needs does not answer or is not ready. */
export const unavailable = (message: string, cause?: unknown): AppError =>
  new AppError('unavailable', 503, message, { cause });
