import { FeatureError } from '../errors.ts';
import type { Place } from '../syntax/ast.ts';
import { didYouMean } from './suggest.ts';

/** A column that a SELECT can read: its name and the node that computes it. */
export interface Column {
  readonly name: string;
  readonly node: number;
}

/** The columns of a table, as a SELECT sees them behind FROM. */
export class Scope {
  readonly columns: readonly Column[];
  /** What columns may be qualified with. */
  readonly table: string;
  private readonly byName = new Map<string, number | 'ambiguous'>();

  constructor(columns: readonly Column[], table: string) {
    this.columns = columns;
    this.table = table;
    for (const { name, node } of columns) {
      const key = name.toLowerCase();
      this.byName.set(key, this.byName.has(key) ? 'ambiguous' : node);
    }
  }

  /**
   * The node of a column, by a name in any case.
   *
   * @throws {FeatureError} for a name that is unknown, or that two columns have
   */
  find(path: readonly string[], at: Place): number {
    const [first = '', second, ...more] = path;
    const isQualified = first.toLowerCase() === this.table.toLowerCase();
    if (second === undefined) return this.column(first, isQualified, at);
    if (!isQualified) {
      const known = [this.table];
      throw new FeatureError(`Unrecognized name: ${first}${didYouMean(first, known)}`, at);
    }
    if (more.length > 0) {
      const problem = `Cannot access field ${more[0]} on a value that is not a STRUCT`;
      throw new FeatureError(problem, at, 'STRUCT is not supported in features.');
    }
    return this.column(second, false, at);
  }

  private column(name: string, isTable: boolean, at: Place): number {
    const node = this.byName.get(name.toLowerCase());
    if (node === 'ambiguous') {
      const advice = 'Write SELECT * REPLACE (… AS x), or another name.';
      throw new FeatureError(`Column name ${name} is ambiguous`, at, advice);
    }
    if (node !== undefined) return node;
    if (isTable) {
      throw new FeatureError(`${name} is a table, not a column`, at, 'Write one of its columns.');
    }
    const known = this.columns.map((column) => column.name);
    throw new FeatureError(`Unrecognized name: ${name}${didYouMean(name, known)}`, at);
  }
}
