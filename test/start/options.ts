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
  /** Port of the decision service; a free one if it is taken. */
  readonly port: number;
}

/** Something is wrong with what was asked for; nothing has been done. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export const USAGE = `npm start -- [options]
  --once               end after the report (default: stay up)
  --portfolio NAME     a folder of sql/ (default: bnpl)
  --data FILE          CSV for a portfolio on real data, such as cards
  --days N             simulated days, 60 to 730 (default: 90)
  --until YYYY-MM-DD   the day after the last one (default: today, in UTC)
  --volume N           checkouts of an average day, 100 to 20000 (default: 2100)
  --seed N             seed of the simulation (default: 7)
  --checkouts N        checkouts to decide on, 1 to 100000 (default: 2000)
  --directory DIR      state of the local cloud (default: .flit), emptied first
  --keep               do not empty it: go on where an earlier start ended
  --port N             port of the decision service (default: 8080; another if it is taken)
  --help               this text

Exit codes: 0 done, or stopped by Ctrl-C after the report; 1 failed, or asked for what cannot be;
128 and the signal's number when interrupted before the report was done (130 for Ctrl-C).`;

/** The portfolio that is simulated; any other is read from a file. */
const SIMULATED = 'bnpl';

/**
 * @param today in UTC, YYYY-MM-DD
 * @param portfolios that there are
 * @returns `help` where that is asked for
 * @throws {UsageError} naming what is wrong
 */
export function parseOptions(
  argv: readonly string[],
  today: string,
  portfolios: readonly string[],
): StartOptions | 'help' {
  const values = parse(argv);
  if (values.help) return 'help';
  const portfolio = values.portfolio ?? SIMULATED;
  checkPortfolio(portfolio, values.data, portfolios);
  return {
    once: values.once ?? false,
    portfolio,
    data: values.data,
    days: whole('days', values.days ?? '90', 60, 730),
    until: date('until', values.until ?? today),
    dailyVolume: whole('volume', values.volume ?? '2100', 100, 20_000),
    seed: whole('seed', values.seed ?? '7', 0, 2 ** 31),
    checkouts: whole('checkouts', values.checkouts ?? '2000', 1, 100_000),
    directory: filled('directory', values.directory ?? '.flit'),
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
        help: flag,
      },
    }).values;
  } catch (error) {
    // What follows the first sentence is advice on dashes that no option here needs.
    const [what] = (error as Error).message.split(/\.\s/);
    throw new UsageError(`${what!.replace(/\.$/, '')}.`, { cause: error });
  }
}

function checkPortfolio(id: string, data: string | undefined, known: readonly string[]): void {
  if (!known.includes(id)) {
    throw new UsageError(`There is no portfolio "${id}": --portfolio is ${known.join(' or ')}.`);
  }
  if (id === SIMULATED && data !== undefined) {
    throw new UsageError(`${id} is simulated: leave out --data, or name another --portfolio.`);
  }
  if (id !== SIMULATED && data === undefined) {
    throw new UsageError(`The portfolio "${id}" needs its data: add --data FILE.`);
  }
  if (data !== undefined) filled('data', data);
}

function whole(name: string, text: string, least: number, most: number): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < least || number > most) {
    throw new UsageError(`--${name} ${text} must be a whole number from ${least} to ${most}.`);
  }
  return number;
}

function date(name: string, text: string): string {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(text) : Number.NaN;
  // Date.parse takes 30 February for 2 March.
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== text) {
    throw new UsageError(`--${name} ${text} is no date: write YYYY-MM-DD.`);
  }
  return text;
}

function filled(name: string, text: string): string {
  if (text === '') throw new UsageError(`--${name} is empty: write a path.`);
  return text;
}
