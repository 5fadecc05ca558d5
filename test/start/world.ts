/** The world's process: what the lender's own systems would be. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Source } from '../../functions/ingest/source.ts';
import type { Portfolio } from '../../shared/portfolio/portfolio.ts';
import { type Child, startChild } from './child.ts';
import { daysBefore } from './days.ts';
import { CONTENTS } from './directory.ts';
import type { StartOptions } from './options.ts';

export interface World extends Child {
  readonly source: Source;
}

export type WorldOptions = Pick<
  StartOptions,
  'data' | 'days' | 'until' | 'dailyVolume' | 'seed' | 'directory'
>;

/** The simulated one, or a file that is served as if it were the lender's. */
export async function startWorldProcess(
  options: WorldOptions,
  portfolio: Portfolio,
): Promise<World> {
  let url = '';
  const child = await startChild({
    name: 'the world',
    command: process.execPath,
    args: ['test/world/main.ts', '--port', '0', ...(await fileArguments(options, portfolio))],
    environment: process.env,
    onLine(line) {
      url = /https?:\/\/\S+/.exec(line)?.[0] ?? url;
    },
    ready: (line) => /https?:\/\//.test(line),
  });
  const parameters =
    options.data === undefined
      ? { base_daily_volume: options.dailyVolume, seed: options.seed }
      : {};
  return { ...child, source: { url, parameters } };
}

/** A file's rows are applications of the period that ends when the last label can be known. */
async function fileArguments(options: WorldOptions, portfolio: Portfolio): Promise<string[]> {
  if (options.data === undefined) return [];
  const columns = (contract: Portfolio['application'], time: string) =>
    Object.keys(contract.properties).filter((name) => name !== time);
  const { matures_after_days: delay } = portfolio.label;
  const file = {
    name: portfolio.source.applications,
    file: options.data,
    key: portfolio.keys.application,
    application_fields: columns(portfolio.application, portfolio.keys.time),
    outcome_fields: columns(portfolio.outcome, portfolio.outcome_keys.time),
    period: {
      start: daysBefore(options.until, options.days),
      end: daysBefore(options.until, delay + 1),
    },
    outcome_delay_days: delay,
  };
  await mkdir(options.directory, { recursive: true });
  const path = join(options.directory, CONTENTS.files);
  await writeFile(path, JSON.stringify([file]));
  return ['--files', path];
}
