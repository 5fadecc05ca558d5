/** Which properties of a resource are kept, ignored or refused. */
import { unsupported } from '../../errors.ts';
import { checkLabels } from '../catalog/labels.ts';
import type { TableOptions } from '../ports.ts';
import { isUnset } from '../unset.ts';

export interface OptionRules {
  /** What the messages call the resource. */
  readonly resource: string;
  readonly kept: ReadonlySet<string>;
  /** Sent back as they were answered; changed by nobody. */
  readonly outputOnly: ReadonlySet<string>;
}

/**
 * The properties of a resource that are kept as they are. A null stays: in a patch it removes.
 * @throws {ApiError} 501 for a property that says something and is not supported.
 */
export function keptOptions(body: TableOptions, rules: OptionRules): TableOptions {
  const kept = Object.entries(body).filter(([key, value]) => {
    if (rules.kept.has(key)) return value !== undefined;
    if (rules.outputOnly.has(key) || isUnset(value)) return false;
    throw unsupported(`${key} of ${rules.resource}`);
  });
  const options = Object.fromEntries(kept);
  checkLabels(options.labels);
  return options;
}

/** Without the properties that are set to nothing. */
export const withoutNulls = (options: TableOptions): TableOptions =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== null));
