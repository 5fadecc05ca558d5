/** Values that travel as text, in the form that DuckDB's values are made of. */
import { canonicalJson } from '../sql/json/text.ts';
import { parseNumeric } from '../sql/numbers/numeric.ts';
import { parseInterval } from '../sql/time/interval.ts';
import { parseDate, parseDatetime, parseTime, parseTimestamp } from '../sql/time/parse.ts';
import type { BqType } from '../types.ts';

/**
 * Dates, times, decimals, JSON and strings from their canonical text; undefined for another type.
 * @throws {InvalidText | InvalidJson}
 */
export function fromText(kind: BqType['kind'], text: string): unknown {
  switch (kind) {
    case 'DATE':
      return parseDate(text);
    case 'TIME':
      return parseTime(text);
    case 'DATETIME':
      return parseDatetime(text);
    case 'TIMESTAMP':
      return parseTimestamp(text);
    case 'NUMERIC':
      return parseNumeric(text);
    case 'INTERVAL':
      return parseInterval(text);
    case 'JSON':
      return canonicalJson(text);
    case 'STRING':
      return text;
    default:
      return undefined;
  }
}
