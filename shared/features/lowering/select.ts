import { FeatureError } from '../errors.ts';
import type { ColumnItem, Name, Select, StarItem } from '../syntax/ast.ts';
import type { Lowering } from './lower.ts';
import type { Column, Scope } from './scope.ts';
import { didYouMean } from './suggest.ts';

/** The columns that a step of WITH makes. @throws {FeatureError} */
export function columnsOf({ items }: Select, scope: Scope, lowering: Lowering): Column[] {
  return items.flatMap((item) =>
    item.kind === 'star'
      ? starColumns(item, scope, lowering)
      : [{ name: nameOf(item).name, node: lowering.node(item.expression) }],
  );
}

/** The name of a column: its alias, or that of the column that it is. */
export function nameOf({ alias, expression, ...at }: ColumnItem): Name {
  if (alias) return alias;
  if (expression.kind === 'name') return { ...at, name: expression.path.at(-1)! };
  throw new FeatureError('A column needs a name', at, 'Write AS name behind it.');
}

/** `*` with EXCEPT and REPLACE. */
function starColumns(star: StarItem, scope: Scope, lowering: Lowering): Column[] {
  const { table, except, replace } = star;
  if (table && table.name.toLowerCase() !== scope.table.toLowerCase()) {
    const problem = `Unrecognized name: ${table.name}${didYouMean(table.name, [scope.table])}`;
    throw new FeatureError(problem, table);
  }
  const left = new Set(scope.columns.map(({ name }) => name.toLowerCase()));
  for (const name of except) checkListed(name, 'EXCEPT', left, scope);
  const replaced = new Map<string, number>();
  for (const { name, expression } of replace) {
    checkListed(name, 'REPLACE', left, scope);
    replaced.set(name.name.toLowerCase(), lowering.node(expression));
  }
  return scope.columns
    .filter(({ name }) => left.has(name.toLowerCase()) || replaced.has(name.toLowerCase()))
    .map(({ name, node }) => ({ name, node: replaced.get(name.toLowerCase()) ?? node }));
}

/** Takes a column that EXCEPT or REPLACE names from those that neither has named yet. */
function checkListed(name: Name, list: string, left: Set<string>, scope: Scope): void {
  if (left.delete(name.name.toLowerCase())) return;
  const known = scope.columns.map((column) => column.name);
  const exists = known.some((other) => other.toLowerCase() === name.name.toLowerCase());
  const problem = exists
    ? `Column ${name.name} is named twice in SELECT * ${list}`
    : `Column ${name.name} in SELECT * ${list} list does not exist${didYouMean(name.name, known)}`;
  throw new FeatureError(problem, name);
}
