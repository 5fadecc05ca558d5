/** The SELECT list: expressions with their names, and stars with what they stand for. */
import { typeText } from '../../types.ts';
import type { Name } from '../parse/ast.ts';
import type { SelectItem, StarItem } from '../parse/query_ast.ts';
import { fieldText } from './casting.ts';
import { implicitName } from './constructors.ts';
import type { Env, Resolver } from './context.ts';
import { queryError } from './errors.ts';
import { columnValue, type FromScope, type Target } from './scope.ts';
import { composed, type Typed } from './typed.ts';

export interface Output {
  /** '' where it has none. */
  readonly name: string;
  readonly expr: Typed;
}

/** @param from what `*` stands for. */
export function resolveItems(
  r: Resolver,
  items: readonly SelectItem[],
  from: FromScope,
  env: Env,
): readonly Output[] {
  return items.flatMap((item) =>
    item.kind === 'star'
      ? resolveStar(r, item, from, env)
      : [{ name: item.alias?.text ?? implicitName(item.expr), expr: r.expression(item.expr, env) }],
  );
}

function resolveStar(r: Resolver, star: StarItem, from: FromScope, env: Env): Output[] {
  const all = star.base ? starOf(r, star, from, env) : starOfAll(star, from, env);
  checkNames(star.except, all, 'EXCEPT');
  const excepted = new Set(star.except.map((name) => name.text.toLowerCase()));
  const kept = all.filter(({ name }) => !excepted.has(name.toLowerCase()));
  if (kept.length === 0 && all.length > 0) {
    throw queryError('SELECT * EXCEPT expands to zero columns after applying EXCEPT', star.at);
  }
  const replaced = new Map(star.replace.map(({ name, expr }) => [name.text.toLowerCase(), expr]));
  checkNames(
    star.replace.map(({ name }) => name),
    kept,
    'REPLACE',
  );
  return kept.map((output) => {
    const expr = replaced.get(output.name.toLowerCase());
    return expr ? { name: output.name, expr: r.expression(expr, env) } : output;
  });
}

function starOfAll(star: StarItem, from: FromScope, env: Env): Output[] {
  if (from.columns.length === 0) throw queryError('SELECT * must have a FROM clause', star.at);
  const admit = env.scope.admit?.bind(env.scope);
  return from.columns.map((column) => {
    const value = columnValue(column, star.at);
    return { name: column.name, expr: admit?.(value, column.name) ?? value };
  });
}

/** `alias.*` or `struct.*`. */
function starOf(r: Resolver, star: StarItem, from: FromScope, env: Env): Output[] {
  const base = star.base!;
  if (base.kind === 'path' && base.names.length === 1) {
    const target = from.find(base.names[0]!.text);
    if (target?.kind === 'range' && target.range.columns.length > 0) {
      const admit = env.scope.admit?.bind(env.scope);
      return target.range.columns.map((column) => {
        const value = columnValue(column, star.at);
        return { name: column.name, expr: admit?.(value, column.name) ?? value };
      });
    }
  }
  const value = r.expression(base, env);
  const { type } = value;
  if (type.kind !== 'STRUCT') {
    throw queryError(`Dot-star is not supported for type ${typeText(type)}`, star.at);
  }
  return type.fields.map((field, i) => ({
    name: field.name,
    expr: composed(field.type, fieldText(value.sql, type.fields, i), star.at, [value]),
  }));
}

function checkNames(names: readonly Name[], outputs: readonly Output[], clause: string): void {
  const known = new Set(outputs.map(({ name }) => name.toLowerCase()));
  const seen = new Set<string>();
  for (const { text, at } of names) {
    const key = text.toLowerCase();
    if (!known.has(key)) {
      throw queryError(`Column ${text} in SELECT * ${clause} list does not exist`, at);
    }
    if (seen.has(key)) {
      throw queryError(`Duplicate column name in SELECT * ${clause} list: ${text}`, at);
    }
    seen.add(key);
  }
}

/** The names of the list for what comes after it; a name of two different things is ambiguous. */
export function aliasTargets(outputs: readonly Output[]): ReadonlyMap<string, Target> {
  const targets = new Map<string, Target>();
  const texts = new Map<string, string>();
  for (const { name, expr } of outputs) {
    const key = name.toLowerCase();
    if (key === '') continue;
    const before = texts.get(key);
    texts.set(key, expr.sql);
    if (before === undefined) targets.set(key, { kind: 'value', at: (at) => ({ ...expr, at }) });
    else if (before !== expr.sql) targets.set(key, { kind: 'ambiguous' });
  }
  return targets;
}
