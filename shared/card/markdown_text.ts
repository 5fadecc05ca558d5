/** How a card writes figures, lists and tables: always the same, whatever the machine's language. */
import type { Interval } from '../statistics/bootstrap.ts';

export const count = (n: number): string => String(n).replace(/\B(?=(\d{3})+$)/g, ',');

/** Four digits; very small figures as powers of ten. */
export const figure = (x: number): string =>
  x !== 0 && Math.abs(x) < 1e-3 ? x.toExponential(1) : String(Number(x.toPrecision(4)));

export const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;

export const interval = (ends: Interval | null): string =>
  ends === null ? '' : `${figure(ends[0])} to ${figure(ends[1])}`;

export const day = (time: string): string => time.slice(0, 10);

/** Code in a line of text or a cell. */
export const code = (text: string): string => `\`${text}\``;

export const bullets = (lines: readonly string[]): string =>
  lines.map((line) => `- ${line}`).join('\n');

export const table = (titles: readonly string[], rows: readonly (readonly string[])[]): string =>
  [titles, titles.map(() => '---'), ...rows.map((row) => row.map(cell))]
    .map((row) => `| ${row.join(' | ')} |`)
    .join('\n');

/** A bar would end the cell, a line break the row. */
const cell = (text: string): string => text.replaceAll('|', '\\|').replace(/\s*\n\s*/g, ' ');
