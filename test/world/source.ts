/** What the server streams: a named source of records that takes a configuration. */
import * as z from 'zod';

/** The part of a configuration that any stream has: which days, how fast, how many records. */
export const rangeShape = {
  start_date: z.iso.date().describe('First day, UTC.'),
  end_date: z.iso.date().describe('Last day, included.'),
  rate_per_second: z
    .number()
    .min(0.01)
    .max(1000)
    .optional()
    .describe('Records a second; as fast as the client reads where not given.'),
  max_records: z.int().min(1).optional().describe('The stream ends after so many records.'),
};

/** How records are to be sent. */
export interface Pace {
  readonly rate_per_second?: number | undefined;
  readonly max_records?: number | undefined;
}

type Batches = Iterable<readonly object[]> | AsyncIterable<readonly object[]>;

/** Everything that is wrong with a configuration. */
export class ConfigFaults extends Error {
  override readonly name = 'ConfigFaults';
  /** Path into the configuration and what is wrong there. */
  readonly faults: readonly { readonly loc: readonly PropertyKey[]; readonly msg: string }[];

  constructor(issues: readonly z.core.$ZodIssue[]) {
    const faults = issues.map(({ path, message }) => ({ loc: path, msg: message }));
    super(faults.map(({ loc, msg }) => `${loc.join('.') || 'body'}: ${msg}`).join('; '));
    this.faults = faults;
  }
}

/** One generator. */
export interface Source {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the configuration. */
  readonly configSchema: object;
  /** @throws {ConfigFaults} naming every fault of the configuration */
  open(config: unknown): { readonly pace: Pace; readonly batches: Batches };
}

/**
 * A source whose configuration is checked by a schema.
 *
 * @param batches yields records in the order of time; an empty batch only lets others breathe
 */
export function defineSource<Config extends Pace>(definition: {
  name: string;
  description: string;
  schema: z.ZodType<Config>;
  batches: (config: Config) => Batches;
}): Source {
  const { name, description, schema, batches } = definition;
  return {
    name,
    description,
    configSchema: z.toJSONSchema(schema, { io: 'input' }),
    open: (config) => {
      const parsed = schema.safeParse(config);
      if (!parsed.success) throw new ConfigFaults(parsed.error.issues);
      return { pace: parsed.data, batches: batches(parsed.data) };
    },
  };
}
