/**
 * Lines of columns, the first line their titles. Figures are given as texts.
 * @param figuresFrom the column from which on cells stand to the right; none unless said
 */
export function table(rows: readonly (readonly string[])[], figuresFrom = Infinity): string {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => (i < figuresFrom ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
