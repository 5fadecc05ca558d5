/** DATE, DATETIME, TIME and TIMESTAMP functions. Source: the GoogleSQL reference, pages of these names. */
import { queryError } from '../resolve/errors.ts';
import {
  addTemplate,
  diffTemplate,
  floorDivide,
  lastDayTemplate,
  type Timed,
  truncTemplate,
  within,
} from './date_parts.ts';
import type { Chosen, FunctionTable, Overload } from './overload.ts';

/** @throws {ApiError} `… is not a valid date part`. */
function partOf(call: Chosen, template: string | undefined, type: string): string {
  if (template !== undefined) return template;
  const part = call.parts[0]!;
  const shown = part.weekday === undefined ? part.text : `${part.text}(${part.weekday})`;
  throw queryError(
    `A valid date part name for ${type} is required but found ${shown.toUpperCase()}`,
    part.at,
  );
}

const add = (type: Timed, sign: '' | '-'): Overload => [
  `${type}(${type}, INT64, PART)`,
  (call) => partOf(call, addTemplate(call.parts[0]!, type, sign), type),
];

const diff = (type: Timed): Overload => [
  `INT64(${type}, ${type}, PART)`,
  (call) => partOf(call, diffTemplate(call.parts[0]!, type), type),
];

const WALL = 'CAST($1 AS TIMESTAMP)';

/** What a clock shows at a time: in UTC unless the second argument is a zone. */
const wallClock = (call: Chosen): string => (call.args.length > 1 ? 'bq_wall_clock($1, $2)' : WALL);

const zoneOf = (call: Chosen): string => (call.args.length > 1 ? '$2' : "'UTC'");

/** A string that is written out may be a timestamp as well; one that is computed may not. */
const dateOfString = (call: Chosen): string =>
  call.args[0]!.constant
    ? "CAST(CAST(bq_timestamp_from_string($1, 'UTC') AS TIMESTAMP) AS DATE)"
    : 'bq_date_from_string($1)';

/** Truncates on the clock of a zone: down to days there, within an hour by what the clock shows. */
function truncTimestamp(call: Chosen, zone: string | undefined): string {
  const template = partOf(call, truncTemplate(call.parts[0]!, 'TIMESTAMP'), 'TIMESTAMP');
  if (zone === undefined) return `CAST(${template.replaceAll('$1', WALL)} AS TIMESTAMPTZ)`;
  const wall = `bq_wall_clock($1, ${zone})`;
  const cut = template.replaceAll('$1', wall);
  const fine = ['MICROSECOND', 'MILLISECOND', 'SECOND', 'MINUTE', 'HOUR'];
  if (!fine.includes(call.parts[0]!.text.toUpperCase())) return `bq_timestamp_of(${cut}, ${zone})`;
  return `make_timestamptz(epoch_us($1) - (epoch_us(${wall}) - epoch_us(${cut})))`;
}

const trunc = (type: Timed): Overload => [
  `${type}(${type}, PART)`,
  (call) =>
    type === 'TIMESTAMP'
      ? truncTimestamp(call, undefined)
      : partOf(call, truncTemplate(call.parts[0]!, type), type),
];

const truncZone: Overload = [
  'TIMESTAMP(TIMESTAMP, PART, STRING)',
  (call) => truncTimestamp(call, '$2'),
];

/** The shorthand of several pages: the first overload decides what a string literal becomes. */
const byType = (make: (type: Timed) => Overload, ...types: readonly Timed[]) => types.map(make);
const plus = (type: Timed) => add(type, '');
const minus = (type: Timed) => add(type, '-');

const now = (call: Chosen): string => `make_timestamptz(${BigInt(call.now.getTime()) * 1000n})`;

export const DATES: FunctionTable = {
  CURRENT_DATE: [
    ['DATE()', (call) => `CAST(CAST(${now(call)} AS TIMESTAMP) AS DATE)`],
    ['DATE(STRING)', (call) => `CAST(bq_wall_clock(${now(call)}, $1) AS DATE)`],
  ],
  CURRENT_DATETIME: [
    ['DATETIME()', (call) => `CAST(${now(call)} AS TIMESTAMP)`],
    ['DATETIME(STRING)', (call) => `bq_wall_clock(${now(call)}, $1)`],
  ],
  CURRENT_TIME: [
    ['TIME()', (call) => `CAST(CAST(${now(call)} AS TIMESTAMP) AS TIME)`],
    ['TIME(STRING)', (call) => `CAST(bq_wall_clock(${now(call)}, $1) AS TIME)`],
  ],
  CURRENT_TIMESTAMP: [['TIMESTAMP()', now]],

  DATE: [
    ['DATE(TIMESTAMP, [STRING])', (call) => `CAST(${wallClock(call)} AS DATE)`],
    ['DATE(DATETIME)', 'CAST($1 AS DATE)'],
    ['DATE(INT64, INT64, INT64)', 'bq_make_date($1, $2, $3)'],
    ['DATE(DATE)', '$1'],
    ['DATE(STRING)', dateOfString],
  ],
  DATETIME: [
    [
      'DATETIME(INT64, INT64, INT64, INT64, INT64, INT64)',
      'bq_make_datetime($1, $2, $3, $4, $5, $6)',
    ],
    ['DATETIME(DATE, TIME)', '($1 + $2)'],
    ['DATETIME(TIMESTAMP, [STRING])', wallClock],
    ['DATETIME(DATE)', 'CAST($1 AS TIMESTAMP)'],
    ['DATETIME(DATETIME)', '$1'],
    ['DATETIME(STRING)', 'bq_datetime_from_string($1)'],
  ],
  TIME: [
    ['TIME(INT64, INT64, INT64)', 'bq_make_time($1, $2, $3)'],
    ['TIME(TIMESTAMP, [STRING])', (call) => `CAST(${wallClock(call)} AS TIME)`],
    ['TIME(DATETIME)', 'CAST($1 AS TIME)'],
    ['TIME(TIME)', '$1'],
  ],
  TIMESTAMP: [
    ['TIMESTAMP(STRING, [STRING])', (call) => `bq_timestamp_from_string($1, ${zoneOf(call)})`],
    ['TIMESTAMP(DATE)', 'CAST(CAST($1 AS TIMESTAMP) AS TIMESTAMPTZ)'],
    ['TIMESTAMP(DATE, STRING)', 'bq_timestamp_of(CAST($1 AS TIMESTAMP), $2)'],
    ['TIMESTAMP(DATETIME)', 'CAST($1 AS TIMESTAMPTZ)'],
    ['TIMESTAMP(DATETIME, STRING)', 'bq_timestamp_of($1, $2)'],
    ['TIMESTAMP(TIMESTAMP)', '$1'],
  ],

  DATE_ADD: byType(plus, 'DATE', 'DATETIME', 'TIMESTAMP'),
  DATETIME_ADD: byType(plus, 'DATETIME', 'TIMESTAMP'),
  TIMESTAMP_ADD: byType(plus, 'TIMESTAMP', 'DATETIME'),
  TIME_ADD: byType(plus, 'TIME'),
  DATE_SUB: byType(minus, 'DATE', 'DATETIME', 'TIMESTAMP'),
  DATETIME_SUB: byType(minus, 'DATETIME', 'TIMESTAMP'),
  TIMESTAMP_SUB: byType(minus, 'TIMESTAMP', 'DATETIME'),
  TIME_SUB: byType(minus, 'TIME'),

  DATE_DIFF: byType(diff, 'DATE', 'DATETIME', 'TIMESTAMP'),
  DATETIME_DIFF: byType(diff, 'DATETIME', 'DATE', 'TIMESTAMP'),
  TIMESTAMP_DIFF: byType(diff, 'TIMESTAMP', 'DATETIME', 'DATE'),
  TIME_DIFF: byType(diff, 'TIME'),

  DATE_TRUNC: [...byType(trunc, 'DATE', 'DATETIME', 'TIMESTAMP'), truncZone],
  DATETIME_TRUNC: [...byType(trunc, 'DATETIME', 'TIMESTAMP', 'DATE'), truncZone],
  TIMESTAMP_TRUNC: [...byType(trunc, 'TIMESTAMP', 'DATETIME', 'DATE'), truncZone],
  TIME_TRUNC: byType(trunc, 'TIME'),

  LAST_DAY: [
    ['DATE(DATE)', 'last_day($1)'],
    ['DATE(DATE, PART)', (call) => partOf(call, lastDayTemplate(call.parts[0]!), 'DATE')],
    ['DATE(DATETIME)', 'last_day(CAST($1 AS DATE))'],
    [
      'DATE(DATETIME, PART)',
      (call) =>
        partOf(call, lastDayTemplate(call.parts[0]!), 'DATE').replaceAll('$1', 'CAST($1 AS DATE)'),
    ],
  ],

  UNIX_DATE: [['INT64(DATE)', "CAST($1 - DATE '1970-01-01' AS BIGINT)"]],
  DATE_FROM_UNIX_DATE: [
    [
      'DATE(INT64)',
      within('DATE', "(DATE '1970-01-01' + CAST($1 AS INTEGER))", 'DATE_FROM_UNIX_DATE'),
    ],
  ],
  UNIX_SECONDS: [['INT64(TIMESTAMP)', floorDivide('epoch_us($1)', 1_000_000n)]],
  UNIX_MILLIS: [['INT64(TIMESTAMP)', floorDivide('epoch_us($1)', 1000n)]],
  UNIX_MICROS: [['INT64(TIMESTAMP)', 'epoch_us($1)']],
  TIMESTAMP_SECONDS: [
    [
      'TIMESTAMP(INT64)',
      within('TIMESTAMP', 'make_timestamptz($1 * 1000000)', 'TIMESTAMP_SECONDS'),
    ],
  ],
  TIMESTAMP_MILLIS: [
    ['TIMESTAMP(INT64)', within('TIMESTAMP', 'make_timestamptz($1 * 1000)', 'TIMESTAMP_MILLIS')],
  ],
  TIMESTAMP_MICROS: [
    ['TIMESTAMP(INT64)', within('TIMESTAMP', 'make_timestamptz($1)', 'TIMESTAMP_MICROS')],
  ],

  FORMAT_DATE: [['STRING(STRING, DATE)', 'bq_format_date($1, $2)']],
  FORMAT_DATETIME: [['STRING(STRING, DATETIME)', 'bq_format_datetime($1, $2)']],
  FORMAT_TIME: [['STRING(STRING, TIME)', 'bq_format_time($1, $2)']],
  FORMAT_TIMESTAMP: [
    ['STRING(STRING, TIMESTAMP)', "bq_format_timestamp($1, $2, 'UTC')"],
    ['STRING(STRING, TIMESTAMP, STRING)', 'bq_format_timestamp($1, $2, $3)'],
  ],
  PARSE_DATE: [['DATE(STRING, STRING)', 'bq_parse_date($1, $2)']],
  PARSE_DATETIME: [['DATETIME(STRING, STRING)', 'bq_parse_datetime($1, $2)']],
  PARSE_TIME: [['TIME(STRING, STRING)', 'bq_parse_time($1, $2)']],
  PARSE_TIMESTAMP: [
    ['TIMESTAMP(STRING, STRING)', "bq_parse_timestamp($1, $2, 'UTC')"],
    ['TIMESTAMP(STRING, STRING, STRING)', 'bq_parse_timestamp($1, $2, $3)'],
  ],
};
