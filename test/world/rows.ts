/** Reads a whole stream of the simulator without a server in between. */
import { BNPL_SOURCES } from './bnpl/streams.ts';

/** A record of any stream. */
export type AnyRow = Record<string, string | number | boolean | null>;

/** @param config as a client would send it. @throws {ConfigFaults} */
export function rowsOf(name: string, config: object): AnyRow[] {
  const source = BNPL_SOURCES.find((each) => each.name === name);
  if (source === undefined) throw new Error(`No such generator: ${name}`);
  const rows: AnyRow[] = [];
  for (const batch of source.open(config).batches as Iterable<AnyRow[]>) rows.push(...batch);
  return rows;
}
