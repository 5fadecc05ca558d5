/** `selectedFields`: some columns, and some fields of records. */
import { invalid } from '../../errors.ts';
import type { EncodedRow, EncodedValue } from '../duckdb/encode.ts';
import type { BqType, Field } from '../types.ts';

/** Fields asked for below a name; an empty one asks for all. */
type Tree = Map<string, Tree>;

function treeOf(selected: string): Tree {
  const tree: Tree = new Map();
  for (const path of selected.split(',')) {
    let node = tree;
    for (const name of path.trim().toLowerCase().split('.')) {
      const next: Tree = node.get(name) ?? new Map();
      node.set(name, next);
      node = next;
    }
  }
  return tree;
}

/**
 * The fields that a list of paths names, in the order of the schema; all where it names none.
 * @throws {ApiError} 400 naming a path that leads nowhere.
 */
export function selectFields(fields: readonly Field[], selected: string | null): readonly Field[] {
  return selected ? select(fields, treeOf(selected), '') : fields;
}

function select(fields: readonly Field[], tree: Tree, prefix: string): readonly Field[] {
  if (tree.size === 0) return fields;
  const names = new Set(fields.map(({ name }) => name.toLowerCase()));
  for (const name of tree.keys()) {
    if (!names.has(name)) throw invalid(`No such field: ${prefix}${name}.`, 'selectedFields');
  }
  return fields.flatMap((field) => {
    const inner = tree.get(field.name.toLowerCase());
    const path = `${prefix}${field.name}.`;
    return inner ? [{ ...field, type: selectType(field.type, inner, path) }] : [];
  });
}

function selectType(type: BqType, tree: Tree, prefix: string): BqType {
  if (tree.size === 0) return type;
  if (type.kind === 'ARRAY')
    return { kind: 'ARRAY', element: selectType(type.element, tree, prefix) };
  if (type.kind === 'STRUCT') return { kind: 'STRUCT', fields: select(type.fields, tree, prefix) };
  throw invalid(`No such field: ${prefix}${[...tree.keys()][0]}.`, 'selectedFields');
}

/** Drops from rows of the top-level fields what was not selected inside their records. */
export function prune(
  rows: readonly EncodedRow[],
  fields: readonly Field[],
  selected: readonly Field[],
): readonly EncodedRow[] {
  return rows.map((row) => pruneRow(row, fields, selected));
}

function pruneRow(
  row: EncodedRow,
  fields: readonly Field[],
  selected: readonly Field[],
): EncodedRow {
  return {
    f: selected.map((wanted) => {
      const place = fields.findIndex(({ name }) => name === wanted.name);
      return pruneValue(row.f[place]!, fields[place]!.type, wanted.type);
    }),
  };
}

function pruneValue({ v }: EncodedValue, type: BqType, wanted: BqType): EncodedValue {
  if (v === null || typeof v === 'string') return { v };
  if (type.kind === 'ARRAY' && wanted.kind === 'ARRAY') {
    const items = v as readonly EncodedValue[];
    return { v: items.map((item) => pruneValue(item, type.element, wanted.element)) };
  }
  if (type.kind === 'STRUCT' && wanted.kind === 'STRUCT') {
    return { v: pruneRow(v as EncodedRow, type.fields, wanted.fields) };
  }
  return { v };
}
