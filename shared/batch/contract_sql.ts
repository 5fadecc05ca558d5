/**
 * A contract as SQL: what a checkout would be refused for, found in the warehouse for whole tables.
 * It looks at the fields that are read, and at no others.
 */
import type { Contract } from '../portfolio/contract.ts';
import { columnType, isNullable } from '../portfolio/contract.ts';
import { identifier, literal } from '../warehouse/sql.ts';

/** A field in a statement: its value, and what is wrong with it once it is a column of its name. */
export interface FieldSql {
  readonly name: string;
  readonly value: string;
  readonly faults: readonly Fault[];
}

interface Fault {
  readonly when: string;
  /** JSON pointer to the field; empty for the whole row. */
  readonly pointer: string;
  readonly problem: string;
}

type Property = Contract['properties'][string];

const EXPECTED: Readonly<Record<string, string>> = {
  INT64: 'must be an integer',
  FLOAT64: 'must be a number',
  BOOL: 'must be true or false',
  TIMESTAMP: 'must be a time, as RFC 3339 writes it',
  DATE: 'must be a date, YYYY-MM-DD',
};

/** Columns with a file's text of a field are called so. */
export const textColumn = (name: string): string => identifier(`batch_text_${name}`);

/** @param isText whether the source has the field as text of a file, in its `textColumn` */
export function fieldSql(contract: Contract, name: string, isText: boolean): FieldSql {
  const field = contract.properties[name]!;
  const type = columnType(field);
  const column = identifier(name);
  const text = textColumn(name);
  const isRequired = contract.required.includes(name) && !isNullable(field);
  const missing = { when: `${isText ? text : column} IS NULL`, problem: 'is missing' };
  const misread = {
    when: `${column} IS NULL AND ${text} IS NOT NULL`,
    problem: EXPECTED[type] ?? '',
  };
  const cast = type === 'STRING' ? text : `SAFE_CAST(${text} AS ${type})`;
  const faults = [
    ...(isRequired ? [missing] : []),
    ...(isText && type !== 'STRING' ? [misread] : []),
    ...boundsOf(field, column),
  ];
  return {
    name,
    value: isText ? cast : `CAST(${column} AS ${type})`,
    faults: faults.map((fault) => ({ ...fault, pointer: `/${name}` })),
  };
}

function boundsOf(field: Property, column: string): { when: string; problem: string }[] {
  if ('enum' in field) {
    const list = field.enum.map(literal).join(', ');
    return [
      { when: `${column} NOT IN (${list})`, problem: `must be one of ${field.enum.join(', ')}` },
    ];
  }
  if ('format' in field) {
    return field.format === 'date'
      ? [{ when: `${column} < DATE '1000-01-01'`, problem: 'must not be before the year 1000' }]
      : [
          {
            when: `${column} < TIMESTAMP '1830-01-01 00:00:00 UTC' OR ${column} >= TIMESTAMP '2110-01-01 00:00:00 UTC'`,
            problem: 'must be in the years 1830 to 2109',
          },
        ];
  }
  if ('minimum' in field) {
    const { minimum, maximum } = field;
    return [
      {
        when: `NOT (${column} >= ${minimum} AND ${column} <= ${maximum})`,
        problem: `must be from ${minimum} to ${maximum}`,
      },
    ];
  }
  if (!('maxLength' in field)) return [];
  const { maxLength, pattern } = field;
  return [
    {
      when: `CHAR_LENGTH(${column}) > ${maxLength}`,
      problem: `must have at most ${maxLength} characters`,
    },
    ...(pattern === undefined
      ? []
      : [
          {
            when: `NOT REGEXP_CONTAINS(${column}, ${literal(pattern)})`,
            problem: `must match ${pattern}`,
          },
        ]),
  ];
}

/** All faults of a row as JSON, `[{"pointer": …, "problem": …}]`; NULL where there are none. */
export function faultsSql(faults: readonly Fault[]): string {
  const any = faults.map(({ when }) => `(${when})`).join('\n        OR ');
  const texts = faults.map(({ when, pointer, problem }) => {
    const text = literal(`${JSON.stringify({ pointer, problem })},`);
    return `IF(${when}, ${text}, '')`;
  });
  // The texts are only made where there is a fault.
  return `IF(
        IFNULL(${any}, FALSE),
        CONCAT('[', RTRIM(CONCAT(
          ${texts.join(',\n          ')}
        ), ','), ']'),
        CAST(NULL AS STRING)
      )`;
}
