import { parseArgs } from 'node:util';

/** What `npm start` was asked to do. */
export interface StartOptions {
  /** End after the report instead of staying up. */
  readonly once: boolean;
  readonly portfolio: string;
  /** CSV of a portfolio on real data; undefined for the simulated one. */
  readonly data: string | undefined;
  readonly days: number;
  /** The day after the last simulated one, YYYY-MM-DD: what the run takes for today. */
  readonly until: string;
  readonly dailyVolume: number;
  readonly seed: number;
  /** Checkouts to send to the decision service. */
  readonly checkouts: number;
  /** Folder of the local cloud's state; emptied first unless `keep`. */
  readonly directory: string;
  readonly keep: boolean;
  /** Port of the decision service; a free one near it if it is taken. */
  readonly port: number;
}

export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export const USAGE = `npm start -- [options]
  --once               end after the report (default: stay up)
  --portfolio NAME     a folder of sql/ (default: bnpl)
  --data FILE          CSV for a portfolio on real data, such as cards
  --days N             simulated days (default: 90)
  --until YYYY-MM-DD   the day after the last one (default: today, in UTC)
  --volume N           checkouts of an average day (default: 2100)
  --seed N             seed of the simulation (default: 7)
  --checkouts N        checkouts to decide on (default: 2000)
  --directory DIR      state of the local cloud (default: .flit), emptied first
  --keep               do not empty it: go on where an earlier start ended
  --port N             port of the decision service (default: 8080)`;

/** @param today in UTC, YYYY-MM-DD @throws {UsageError} naming what is wrong */
export function parseOptions(argv: readonly string[], today: string): StartOptions {
  const values = parse(argv);
  const until = values.until ?? today;
  if (!/^\d{4}-\d{2}-\d{2}$/.test(until) || Number.isNaN(Date.parse(until))) {
    throw new UsageError(`--until ${until} is no date: write YYYY-MM-DD.`);
  }
  const portfolio = values.portfolio ?? 'bnpl';
  if (portfolio === 'bnpl' && values.data !== undefined) {
    throw new UsageError('bnpl is simulated: leave out --data, or name another --portfolio.');
  }
  if (portfolio !== 'bnpl' && values.data === undefined) {
    throw new UsageError(`The portfolio "${portfolio}" needs its data: add --data FILE.`);
  }
  return {
    once: values.once ?? false,
    portfolio,
    data: values.data,
    days: whole('days', values.days ?? '90', 60, 730),
    until,
    dailyVolume: whole('volume', values.volume ?? '2100', 100, 20_000),
    seed: whole('seed', values.seed ?? '7', 0, 2 ** 31),
    checkouts: whole('checkouts', values.checkouts ?? '2000', 1, 100_000),
    directory: values.directory ?? '.flit',
    keep: values.keep ?? false,
    port: whole('port', values.port ?? '8080', 1, 65_535),
  };
}

function parse(argv: readonly string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  try {
    return parseArgs({
      args: [...argv],
      options: {
        once: flag,
        portfolio: text,
        data: text,
        days: text,
        until: text,
        volume: text,
        seed: text,
        checkouts: text,
        directory: text,
        keep: flag,
        port: text,
      },
    }).values;
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}

function whole(name: string, text: string, least: number, most: number): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < least || number > most) {
    throw new UsageError(`--${name} ${text} must be a whole number from ${least} to ${most}.`);
  }
  return number;
}
