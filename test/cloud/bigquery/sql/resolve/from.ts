/** FROM: each kind of item, from left to right; later items may read arrays of earlier ones. */
import { unsupported } from '../../../errors.ts';
import type { FromItem, SampleItem, TableItem } from '../parse/query_ast.ts';
import { coerce } from './coercion.ts';
import type { QueryEnv, Resolver } from './context.ts';
import { expressionEnv } from './env.ts';
import { queryError } from './errors.ts';
import { resolveJoin } from './joins.ts';
import { resolveTableFunction } from './ml.ts';
import { resolvePivot, resolveUnpivot } from './pivot.ts';
import { derived, type Relation } from './relation.ts';
import { resolvePath, type Scope } from './scope.ts';
import { finished } from './subqueries.ts';
import { pathParts, resolveTable } from './tables.ts';
import { FLOAT64 } from './type_rules.ts';
import { unnest } from './unnest.ts';

/** @param lateral names of the items to the left, around them those of the outer query. */
export function resolveFrom(
  r: Resolver,
  item: FromItem,
  env: QueryEnv,
  lateral: Scope | undefined,
): Relation {
  const inner = (child: FromItem, scope: Scope | undefined) => resolveFrom(r, child, env, scope);
  switch (item.kind) {
    case 'table':
      return resolveTableItem(r, item, env, lateral);
    case 'subquery': {
      const query = r.query(item.query, env);
      return derived(query, finished(query), r.unique('t'), item.alias?.text);
    }
    case 'unnest': {
      const array = r.expression(item.array, expressionEnv(env, lateral, 'UNNEST'));
      return unnest(r, array, item.alias?.text, item.offset?.text, item.at);
    }
    case 'function':
      return resolveTableFunction(r, item, env);
    case 'join':
      return resolveJoin(r, item, env, lateral, inner);
    case 'pivot':
      return resolvePivot(r, item, inner(item.input, lateral), env);
    case 'unpivot':
      return resolveUnpivot(r, item, inner(item.input, lateral));
    case 'sample':
      return sampled(r, item, inner(item.input, lateral), env);
  }
}

function resolveTableItem(
  r: Resolver,
  item: TableItem,
  env: QueryEnv,
  lateral: Scope | undefined,
): Relation {
  const { names } = item.path;
  if (names.length > 1 && isInScope(names[0]!.text, lateral)) {
    const alias = item.alias?.text ?? names.at(-1)!.text;
    return unnest(r, resolvePath(names, lateral), alias, item.offset?.text, item.at);
  }
  if (item.offset) {
    throw queryError('WITH OFFSET is not supported for tables: it needs an array', item.offset.at);
  }
  return resolveTable(r, item.path, item.alias?.text, env);
}

function isInScope(name: string, scope: Scope | undefined): boolean {
  for (let home = scope; home; home = home.parent) if (home.find(name)) return true;
  return false;
}

/** Every row is taken or left by chance, as often as the percentage says. */
function sampled(r: Resolver, item: SampleItem, input: Relation, env: QueryEnv): Relation {
  if (item.input.kind !== 'table' || pathParts(item.input.path).length === 0) {
    throw unsupported('TABLESAMPLE of anything but a table');
  }
  const percent = coerce(
    r.expression(item.percent, expressionEnv(env, undefined, 'TABLESAMPLE')),
    FLOAT64,
  );
  const value =
    percent?.constant && 'value' in percent.constant
      ? Number(percent.constant.value)
      : constantOf(item);
  if (!(value >= 0 && value <= 100)) {
    throw queryError('TABLESAMPLE percentage must be between 0 and 100', item.at);
  }
  return { ...input, sql: `${input.sql} TABLESAMPLE ${value} PERCENT (bernoulli)` };
}

const constantOf = (item: SampleItem): number =>
  item.percent.kind === 'literal' ? Number(item.percent.value) : Number.NaN;
