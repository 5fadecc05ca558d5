/**
 * An error that a Google API answers: what the JSON body says and the HTTP status.
 *
 * Shape: https://cloud.google.com/apis/design/errors and BigQuery's "Error messages" table
 * (reason → status).
 */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  /** BigQuery's and Storage's reason: invalidQuery, notFound, duplicate, conditionNotMet, … */
  readonly reason: string;
  /** What in the request is meant: a parameter, a header, or `query` for SQL. */
  readonly location: string | undefined;

  constructor(
    status: number,
    reason: string,
    message: string,
    options: { location?: string; cause?: unknown } = {},
  ) {
    super(message, options);
    this.status = status;
    this.reason = reason;
    this.location = options.location;
  }

  /** The error object as it stands in `status.errors` of a job. */
  proto(): { reason: string; message: string; location?: string } {
    const { reason, message, location } = this;
    return location === undefined ? { reason, message } : { reason, message, location };
  }

  /** The whole response body. */
  body(): unknown {
    const { status: code, message } = this;
    const locationType = this.location === undefined ? {} : { locationType: 'parameter' };
    return {
      error: {
        code,
        message,
        errors: [{ domain: 'global', ...this.proto(), ...locationType }],
        status:
          this.reason === 'failedPrecondition' ? CANONICAL[412] : (CANONICAL[code] ?? 'UNKNOWN'),
      },
    };
  }
}

const CANONICAL: Record<number, string> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  409: 'ALREADY_EXISTS',
  412: 'FAILED_PRECONDITION',
  416: 'OUT_OF_RANGE',
  429: 'RESOURCE_EXHAUSTED',
  499: 'CANCELLED',
  500: 'INTERNAL',
  501: 'UNIMPLEMENTED',
  503: 'UNAVAILABLE',
};

export const invalid = (message: string, location?: string): ApiError =>
  new ApiError(400, 'invalid', message, location === undefined ? {} : { location });

export const invalidQuery = (message: string, cause?: unknown): ApiError =>
  new ApiError(400, 'invalidQuery', message, { location: 'query', cause });

export const notFound = (what: string): ApiError =>
  new ApiError(404, 'notFound', `Not found: ${what}`);

export const duplicate = (what: string): ApiError =>
  new ApiError(409, 'duplicate', `Already Exists: ${what}`);

/** Something that Google Cloud does and this local one does not: refused by name. */
export const unsupported = (what: string): ApiError =>
  new ApiError(501, 'notImplemented', `The local Google Cloud does not support ${what}.`);
