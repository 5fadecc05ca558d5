/** Conditional, conversion, debugging, security and utility functions. */
import { typeText } from '../../types.ts';
import { compareText, isNoNan } from '../resolve/comparing.ts';
import { stringSql } from '../resolve/literals.ts';
import type { Typed } from '../resolve/typed.ts';
import type { FunctionTable } from './overload.ts';

/** The account that the local BigQuery runs all queries as. */
const SESSION_USER = 'local@flit-ml.test';

export const CONDITIONS: FunctionTable = {
  IF: [['T(BOOL, T, T)', '(CASE WHEN $1 THEN $2 ELSE $3 END)']],
  IFNULL: [['T(T, T)', 'coalesce($1, $2)']],
  COALESCE: [['T(T, T...)', 'coalesce($*)']],
  NULLIF: [
    [
      'T(T, T)',
      ({ result, args: [value, other] }) => {
        const side = (place: string, expr: Typed) => ({ sql: place, finite: isNoNan(expr) });
        const equal = compareText('=', result, side('$1', value!), side('$2', other!));
        return `(CASE WHEN ${equal} THEN NULL ELSE $1 END)`;
      },
    ],
  ],
  ERROR: [['INT64(STRING)', 'CAST(bq_raise($1) AS BIGINT)']],
  SESSION_USER: [['STRING()', `'${SESSION_USER}'`]],
  TYPEOF: [['STRING(ANY)', (call) => stringSql(typeText(call.args[0]!.type))]],
  GENERATE_UUID: [['STRING()', 'CAST(uuid() AS VARCHAR)']],
  PARSE_NUMERIC: [['NUMERIC(STRING)', 'bq_parse_numeric($1)']],
  JUSTIFY_DAYS: [['INTERVAL(INTERVAL)', "bq_interval_justify('DAYS', $1)"]],
  JUSTIFY_HOURS: [['INTERVAL(INTERVAL)', "bq_interval_justify('HOURS', $1)"]],
  JUSTIFY_INTERVAL: [['INTERVAL(INTERVAL)', "bq_interval_justify('INTERVAL', $1)"]],
};
