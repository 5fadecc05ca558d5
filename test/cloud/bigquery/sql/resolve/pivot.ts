/** PIVOT: rows into columns by aggregation; UNPIVOT: columns into rows. */
import { unsupported } from '../../../errors.ts';
import { typeText } from '../../types.ts';
import { findFunction } from '../functions/catalogue.ts';
import type { CallNode, LiteralNode, Name, Place } from '../parse/ast.ts';
import type { PivotItem, UnpivotItem } from '../parse/query_ast.ts';
import { aggregateText } from './aggregates.ts';
import { unify } from './coercion.ts';
import type { Env, QueryEnv, Resolver } from './context.ts';
import { expressionEnv } from './env.ts';
import { queryError } from './errors.ts';
import { integerSql, stringSql } from './literals.ts';
import { named, type Relation } from './relation.ts';
import { FromScope } from './scope.ts';
import { equivalent, INT64, isGroupable, STRING } from './type_rules.ts';
import { type Column, type Typed, union } from './typed.ts';

export function resolvePivot(
  r: Resolver,
  item: PivotItem,
  input: Relation,
  env: QueryEnv,
): Relation {
  const scope = new FromScope(input.columns, input.ranges, env.outer);
  const inner = expressionEnv(env, scope, 'PIVOT');
  const by = r.expression(item.forColumn, inner);
  const unique = r.unique('t');
  const pivoted = item.values.flatMap(({ value, alias }) => {
    const constant = r.expression(value, inner);
    // NULL and NaN, which equal nothing, have their column too.
    const both = unify([by, constant]);
    if (!both) throw mismatch(by, constant, value.at);
    const filter = `(${both.exprs.map(({ sql }) => sql).join(' IS NOT DISTINCT FROM ')})`;
    const name = alias?.text ?? pivotName(value.kind === 'literal' ? value : undefined, constant);
    return item.aggregates.map((aggregate) => ({
      name: prefixed(item, aggregate.alias, name),
      expr: pivotAggregate(r, aggregate.call, inner, filter),
    }));
  });
  const used = union(by.refs, ...pivoted.map(({ expr }) => expr.refs));
  const keys = input.columns.filter((column) => !used.has(column));
  checkKeys(keys, item);
  const columns = [
    ...keys.map(({ name, type, sql }) => ({ name, type, sql })),
    ...pivoted.map(({ name, expr }) => ({ name, type: expr.type, sql: expr.sql })),
  ];
  const list = columns.map(({ sql }, i) => `${sql} AS c${i + 1}`).join(', ');
  const groupBy = keys.length > 0 ? ` GROUP BY ${keys.map((key) => key.sql).join(', ')}` : '';
  const always = union(input.always, used, new Set(keys));
  const text = `(SELECT ${list} FROM ${input.sql}${groupBy}) AS ${unique}`;
  return named(text, outputs(unique, columns, always), item.alias?.text, always);
}

const mismatch = (by: Typed, value: Typed, at: Place) =>
  queryError(
    `Value of type ${typeText(value.type)} in the IN clause of PIVOT cannot be compared with ${typeText(by.type)}`,
    at,
  );

const outputs = (
  unique: string,
  columns: readonly Pick<Column, 'name' | 'type'>[],
  sources: Column['sources'],
): Column[] =>
  columns.map(({ name, type }, i) => ({ name, type, sql: `${unique}.c${i + 1}`, sources }));

function pivotAggregate(
  r: Resolver,
  call: CallNode | PivotItem['forColumn'],
  env: Env,
  filter: string,
): Typed {
  const name =
    call.kind === 'call'
      ? call.name
          .map((part) => part.text)
          .join('.')
          .toUpperCase()
      : '';
  const found = findFunction(name);
  if (call.kind !== 'call' || found?.kind !== 'aggregate' || call.over) {
    throw queryError('PIVOT expression is not an aggregate function call', call.at);
  }
  return aggregateText(r, call, name, found.definition, env, '', [filter]);
}

function prefixed(item: PivotItem, prefix: Name | undefined, name: string): string {
  if (prefix) return `${prefix.text}_${name}`;
  if (item.aggregates.length === 1) return name;
  throw queryError('PIVOT with several aggregates needs an alias for each of them', item.at);
}

/** The column that a value names: `1` is `_1`, TRUE is `TRUE`, 'Q1' is `Q1`. */
function pivotName(literal: LiteralNode | undefined, constant: Typed): string {
  switch (literal?.type) {
    case 'STRING':
      return literal.value;
    case 'NULL':
    case 'BOOL':
      return literal.value.toUpperCase();
    case 'INT64':
    case 'NUMERIC': {
      const { value } = literal;
      const digits = value.replace(/^-/, '').replace('.', '_point_');
      return value.startsWith('-') ? `minus_${digits}` : `_${digits}`;
    }
    case 'DATE':
      return `_${literal.value.replaceAll('-', '_')}`;
    default:
      throw queryError('PIVOT value needs an alias', constant.at);
  }
}

function checkKeys(keys: readonly Column[], item: PivotItem): void {
  const key = keys.find((column) => !isGroupable(column.type));
  if (!key) return;
  throw queryError(
    `Column ${key.name} of type ${typeText(key.type)} cannot be used as an implicit grouping column of a PIVOT clause`,
    item.at,
  );
}

export function resolveUnpivot(r: Resolver, item: UnpivotItem, input: Relation): Relation {
  const sets = item.sets.map(({ columns }) => columns.map((name) => inputColumn(input, name)));
  const first = sets[0]!;
  checkSets(item, sets);
  const labels = item.sets.map((set) => labelOf(set.columns, set.label));
  const labelType = item.sets.some(({ label }) => label?.type === 'INT64') ? INT64 : STRING;
  if (labels.some((label) => label.type !== labelType)) {
    throw queryError(
      'All labels of UNPIVOT must be of one type, and all be given if one is a number',
      item.at,
    );
  }
  const taken = new Set(sets.flat());
  const kept = input.columns.filter((column) => !taken.has(column));
  const unique = r.unique('t');
  const row = r.unique('u');
  const structs = sets.map((columns, i) => {
    const values = columns.map((column, k) => `v${k + 1}: ${column.sql}`);
    return `{${[...values, `n: ${labels[i]!.sql}`].join(', ')}}`;
  });
  const columns = [
    ...kept.map(({ name, type, sql }) => ({ name, type, sql })),
    ...item.values.map((name, k) => ({
      name: name.text,
      type: first[k]!.type,
      sql: `${row}.u.v${k + 1}`,
    })),
    { name: item.nameColumn.text, type: labelType, sql: `${row}.u.n` },
  ];
  const list = columns.map(({ sql }, i) => `${sql} AS c${i + 1}`).join(', ');
  const present = first.map((_, k) => `${row}.u.v${k + 1} IS NOT NULL`).join(' OR ');
  const where = item.includeNulls ? '' : ` WHERE ${present}`;
  const rows = `(SELECT unnest([${structs.join(', ')}]) AS u) AS ${row}`;
  const always = union(input.always, taken);
  const text = `(SELECT ${list} FROM ${input.sql} CROSS JOIN ${rows}${where}) AS ${unique}`;
  return named(
    text,
    outputs(unique, columns, union(taken, new Set(kept))),
    item.alias?.text,
    always,
  );
}

function inputColumn(input: Relation, name: Name): Column {
  const key = name.text.toLowerCase();
  const found = input.columns.filter((column) => column.name.toLowerCase() === key);
  if (found.length === 1) return found[0]!;
  throw queryError(
    `Column ${name.text} of UNPIVOT is ${found.length === 0 ? 'not in' : 'ambiguous in'} its input`,
    name.at,
  );
}

function checkSets(item: UnpivotItem, sets: readonly (readonly Column[])[]): void {
  for (const columns of sets) {
    const fits =
      columns.length === item.values.length &&
      columns.every((column, k) => equivalent(column.type, sets[0]![k]!.type));
    if (fits) continue;
    throw queryError(
      'All column sets of UNPIVOT must have as many columns as values, of the same types',
      item.at,
    );
  }
}

function labelOf(
  columns: readonly Name[],
  label: LiteralNode | undefined,
): { sql: string; type: typeof INT64 } {
  if (label?.type === 'INT64') return { sql: integerSql(BigInt(label.value)), type: INT64 };
  if (label && label.type !== 'STRING')
    throw unsupported('labels of UNPIVOT that are neither strings nor integers');
  const text = label?.value ?? columns.map((name) => name.text).join('_');
  return { sql: stringSql(text), type: STRING };
}
