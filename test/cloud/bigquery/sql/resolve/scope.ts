/**
 * Names: which column, field or row an identifier means.
 *
 * Source: "Using aliases" of the GoogleSQL reference. Within a FROM clause a range variable hides a
 * column of its name; columns of one name are ambiguous; the fields of a value table are columns
 * that everything else hides. What a query does not know is looked up around it.
 */

import { unsupported } from '../../../errors.ts';
import { typeText } from '../../types.ts';
import type { Name, Place } from '../parse/ast.ts';
import { fieldText, structText } from './casting.ts';
import { queryError, suggestion } from './errors.ts';
import { type Column, composed, type Typed } from './typed.ts';

/** What a name stands for. */
export type Target =
  | { readonly kind: 'value'; readonly at: (place: Place) => Typed }
  | { readonly kind: 'range'; readonly range: RangeVariable }
  | { readonly kind: 'ambiguous' };

/** The alias of an item of FROM: stands before its columns, or for its whole row. */
export interface RangeVariable {
  readonly name: string;
  readonly columns: readonly Column[];
  /** Of a value table: the row is this value, and `columns` are its fields. */
  readonly value: Column | undefined;
}

export interface Scope {
  /** What is around: where a name that is not found here is looked up next. */
  readonly parent: Scope | undefined;
  find(name: string): Target | undefined;
  /** For suggestions. */
  names(): readonly string[];
  /** What becomes of a value found here before it is used; a grouped query lets few through. */
  admit?(value: Typed, name: string): Typed;
}

export const columnValue = (column: Column, at: Place): Typed => ({
  type: column.type,
  sql: column.sql,
  at,
  refs: new Set([column]),
  total: true,
});

/** The names that a FROM clause brings in. */
export class FromScope implements Scope {
  readonly parent: Scope | undefined;
  /** In the order of `SELECT *`. */
  readonly columns: readonly Column[];
  readonly ranges: readonly RangeVariable[];
  private readonly targets = new Map<string, Target>();

  constructor(
    columns: readonly Column[],
    ranges: readonly RangeVariable[],
    parent: Scope | undefined,
  ) {
    this.parent = parent;
    this.columns = columns;
    this.ranges = ranges;
    const fields = new Set(ranges.flatMap((range) => (range.value ? range.columns : [])));
    for (const range of ranges) {
      this.targets.set(range.name.toLowerCase(), { kind: 'range', range });
    }
    this.add(columns.filter((column) => !fields.has(column)));
    this.add(columns.filter((column) => fields.has(column)));
  }

  /** Names columns unless the name is taken by something that hides them. */
  private add(columns: readonly Column[]): void {
    const taken = new Set(this.targets.keys());
    for (const column of columns) {
      const key = column.name.toLowerCase();
      if (key === '' || taken.has(key)) continue;
      const target: Target = this.targets.has(key)
        ? { kind: 'ambiguous' }
        : { kind: 'value', at: (place) => columnValue(column, place) };
      this.targets.set(key, target);
    }
  }

  find(name: string): Target | undefined {
    return this.targets.get(name.toLowerCase());
  }

  names(): readonly string[] {
    const columns = this.columns.map((column) => column.name).filter((name) => name !== '');
    return [...columns, ...this.ranges.map((range) => range.name)];
  }
}

/** Names before those of another scope: aliases of a SELECT list, parameters of a function. */
export class AliasScope implements Scope {
  readonly parent: Scope | undefined;
  private readonly targets: ReadonlyMap<string, Target>;

  /** Keys in lower case. */
  constructor(targets: ReadonlyMap<string, Target>, parent: Scope | undefined) {
    this.targets = targets;
    this.parent = parent;
  }

  find(name: string): Target | undefined {
    return this.targets.get(name.toLowerCase());
  }

  names(): readonly string[] {
    return [...this.targets.keys()];
  }
}

/** @throws {ApiError} for a name that is unknown or ambiguous, and for a field that does not exist. */
export function resolvePath(names: readonly Name[], scope: Scope | undefined): Typed {
  const first = names[0]!;
  const { target, home } = lookUp(first, scope);
  const admit = (value: Typed, name: string) => home.admit?.(value, name) ?? value;
  if (target.kind === 'ambiguous') {
    throw queryError(`Column name ${first.text} is ambiguous`, first.at);
  }
  if (target.kind === 'range') return resolveRange(target.range, names, admit);
  return fieldsOf(admit(target.at(first.at), first.text), names.slice(1));
}

const PSEUDO_COLUMNS = new Set([
  '_PARTITIONTIME',
  '_PARTITIONDATE',
  '_TABLE_SUFFIX',
  '_FILE_NAME',
  '_CHANGE_TYPE',
]);

function lookUp(name: Name, scope: Scope | undefined): { target: Target; home: Scope } {
  for (let home = scope; home; home = home.parent) {
    const target = home.find(name.text);
    if (target) return { target, home };
  }
  if (PSEUDO_COLUMNS.has(name.text.toUpperCase())) {
    throw unsupported(`the pseudo-column ${name.text.toUpperCase()}`);
  }
  const known: string[] = [];
  for (let home = scope; home; home = home.parent) known.push(...home.names());
  throw queryError(`Unrecognized name: ${name.text}${suggestion(name.text, known)}`, name.at);
}

type Admit = (value: Typed, name: string) => Typed;

function resolveRange(range: RangeVariable, names: readonly Name[], admit: Admit): Typed {
  const [first, second, ...rest] = names;
  if (!second) return admit(rowOf(range, first!.at), first!.text);
  // Of a value that is no struct, only JSON has fields.
  if (range.value && range.columns.length === 0) {
    return fieldsOf(admit(columnValue(range.value, first!.at), first!.text), names.slice(1));
  }
  const key = second.text.toLowerCase();
  const found = range.columns.filter((column) => column.name.toLowerCase() === key);
  if (found.length > 1) {
    throw queryError(`Name ${second.text} is ambiguous inside ${first!.text}`, second.at);
  }
  const column = found[0];
  if (!column) {
    const near = suggestion(
      second.text,
      range.columns.map((c) => c.name),
    );
    throw queryError(`Name ${second.text} not found inside ${first!.text}${near}`, second.at);
  }
  return fieldsOf(admit(columnValue(column, first!.at), second.text), rest);
}

/** The whole row as a value. */
export function rowOf(range: RangeVariable, at: Place): Typed {
  if (range.value) return columnValue(range.value, at);
  const parts = range.columns.map((column) => columnValue(column, at));
  const fields = range.columns.map(({ name, type }) => ({ name, type }));
  const text = structText(
    fields,
    parts.map((part) => part.sql),
  );
  return { ...composed({ kind: 'STRUCT', fields }, text, at, parts), total: true };
}

/** Reads fields of fields. @throws {ApiError} for what is no struct or lacks the field. */
export function fieldsOf(base: Typed, names: readonly Name[]): Typed {
  return names.reduce((value, name) => fieldOf(value, name), base);
}

export function fieldOf(base: Typed, name: Name): Typed {
  const { type } = base;
  if (type.kind === 'JSON') {
    const key = `'${name.text.replaceAll("'", "''")}'`;
    return composed(type, `bq_json_member(${base.sql}, ${key})`, base.at, [base]);
  }
  if (type.kind !== 'STRUCT') {
    throw queryError(
      `Cannot access field ${name.text} on a value with type ${typeText(base.type)}`,
      name.at,
    );
  }
  const key = name.text.toLowerCase();
  const found = type.fields.flatMap((f, i) => (f.name.toLowerCase() === key ? [i] : []));
  if (found.length > 1) throw queryError(`Struct field name ${name.text} is ambiguous`, name.at);
  const index = found[0];
  if (index === undefined) {
    const near = suggestion(
      name.text,
      type.fields.map((f) => f.name),
    );
    throw queryError(
      `Field name ${name.text} does not exist in ${typeText(base.type)}${near}`,
      name.at,
    );
  }
  const text = fieldText(base.sql, type.fields, index);
  const field = composed(type.fields[index]!.type, text, base.at, [base]);
  return base.total ? { ...field, total: true } : field;
}
