/** What `npm start` prints: steps with their time, progress, tables. */

export interface Report {
  /** Runs a step, and says how long it took; a failure names the step. */
  step<T>(title: string, work: (progress: (text: string) => void) => Promise<T>): Promise<T>;
  line(text?: string): void;
  table(head: readonly string[], rows: readonly (readonly string[])[]): void;
}

/**
 * @param columns of the terminal, on which progress overwrites itself; undefined where there is
 *   none, and it comes line by line
 * @param clock milliseconds
 */
export function createReport(
  write: (text: string) => void,
  columns: () => number | undefined,
  clock: () => number,
): Report {
  const line = (text = '') => write(`${text}\n`);
  // A text that wraps could not be overwritten.
  const overwrite = (text: string) => write(`\r\x1b[K${text.slice(0, (columns() ?? 0) - 1)}`);
  return {
    line,
    async step(title, work) {
      const start = clock();
      const terminal = columns() !== undefined;
      if (terminal) overwrite(`  ${title} …`);
      else line(`  ${title} …`);
      const progress = (text: string) => {
        if (terminal) overwrite(`  ${title} … ${text}`);
        else line(`      ${text}`);
      };
      try {
        const result = await work(progress);
        const seconds = ((clock() - start) / 1000).toFixed(1);
        write(terminal ? `\r\x1b[K✓ ${title}  ${seconds} s\n` : `✓ ${title}  ${seconds} s\n`);
        return result;
      } catch (error) {
        throw new Error(`${title}: ${(error as Error).message}`, { cause: error });
      }
    },
    table(head, rows) {
      const all = [head, ...rows];
      const widths = head.map((_, i) => Math.max(...all.map((row) => row[i]!.length)));
      for (const row of all) {
        line(`  ${row.map((cell, i) => cell.padEnd(widths[i]!)).join('  ')}`.trimEnd());
      }
    },
  };
}

export const percent = (share: number, digits = 1): string => `${(100 * share).toFixed(digits)} %`;

export const count = (n: number): string => n.toLocaleString('en-US');
