/**
 * The feature compiler: GoogleSQL in, feature program out. See README.md for the language.
 */

import { FeatureError, placed } from './errors.ts';
import { checkNames } from './graph/domain.ts';
import { provenOf, reachable } from './graph/feature.ts';
import { Graph } from './graph/graph.ts';
import { Lowering } from './lowering/lower.ts';
import { type Column, Scope } from './lowering/scope.ts';
import { columnsOf, nameOf } from './lowering/select.ts';
import { didYouMean } from './lowering/suggest.ts';
import { Typing } from './lowering/typing.ts';
import {
  type Feature,
  type FeatureProgram,
  featureProgramSchema,
  type InputField,
  type Node,
  PROGRAM_VERSION,
} from './program.ts';
import type { ColumnItem, Name, Select } from './syntax/ast.ts';
import { parseQuery } from './syntax/query.ts';
import type { Type } from './types.ts';

export { FeatureError, ProgramError } from './errors.ts';
export type { Feature, FeatureProgram, InputField } from './program.ts';
export type InputType = Type;

/** The table that features read. */
const ROOT = 'input';

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]{0,299}$/;

/**
 * Compiles the text of a features.sql for inputs of these types and domains.
 *
 * @throws {FeatureError} for SQL that is not in the language or cannot be proven total, with its place
 * @throws {ProgramError} for inputs that make no sense
 */
export function compileFeatures(sql: string, inputs: readonly InputField[]): FeatureProgram {
  checkNames(inputs);
  const { steps, select } = parseQuery(sql);
  const typing = new Typing(new Graph());
  const columns = inputs.map((field) => ({ name: field.name, node: typing.graph.input(field) }));
  const fields = new Map(columns.map(({ node }, i) => [node, inputs[i]!]));
  const tables = new Map([[ROOT, columns]]);
  for (const step of steps) {
    const scope = scopeOf(step.select, tables);
    const made = columnsOf(step.select, scope, new Lowering(typing, scope, fields));
    addTable(tables, step.name, made);
  }
  const scope = scopeOf(select, tables);
  const features = featuresOf(sql, select, new Lowering(typing, scope, fields));
  const program = featureProgramSchema.safeParse(assembled(typing.graph, inputs, features));
  if (program.success) return program.data;
  // The form holds by construction; sizes are what can be beyond it.
  const { path, message } = program.error.issues[0]!;
  const problem = `The program is beyond its limits: ${path.join('.')}: ${message}`;
  throw new FeatureError(problem, { line: 1, column: 1 }, 'Split the features.');
}

type Tables = Map<string, readonly Column[]>;

function scopeOf({ from, alias }: Select, tables: Tables): Scope {
  const columns = tables.get(from.name.toLowerCase());
  if (columns) return new Scope(columns, alias);
  throw new FeatureError(
    `Table not found: ${from.name}${didYouMean(from.name, tables.keys())}`,
    from,
    `Features read FROM ${ROOT}, or from a step before.`,
  );
}

function addTable(tables: Tables, { name, ...at }: Name, columns: readonly Column[]): void {
  const key = name.toLowerCase();
  if (key === ROOT) {
    throw new FeatureError(`A step cannot be named ${ROOT}`, at, 'It is the table of raw columns.');
  }
  if (tables.has(key)) {
    throw new FeatureError(
      `Duplicate alias ${name} for WITH subquery`,
      at,
      'Give it another name.',
    );
  }
  tables.set(key, columns);
}

/** A feature, its node still one of the graph that everything was compiled in. */
function featuresOf(sql: string, { items }: Select, lowering: Lowering): Feature[] {
  const seen = new Set<string>();
  return items.map((item) => {
    if (item.kind === 'star') {
      throw new FeatureError('The list of features has no *', item, 'Name each feature.');
    }
    const name = featureName(item, seen);
    const { expression } = item;
    const node = lowering.node(expression);
    const proven = placed(expression, () => provenOf(lowering.typing.graph, node));
    return { name, ...proven, sql: sql.slice(expression.start, expression.end), node };
  });
}

function featureName(item: ColumnItem, seen: Set<string>): string {
  const { name, ...at } = nameOf(item);
  if (!IDENTIFIER.test(name)) {
    const advice = 'Use letters, digits and _, at most 300, the first no digit.';
    throw new FeatureError(`Invalid feature name ${JSON.stringify(name)}`, at, advice);
  }
  if (seen.has(name.toLowerCase())) {
    const problem = 'Duplicate column names in the result are not supported';
    throw new FeatureError(`${problem}. Found duplicate(s): ${name}`, at, 'Give it another name.');
  }
  seen.add(name.toLowerCase());
  return name;
}

/** The program of what the features depend on; everything else is dropped. */
function assembled(
  graph: Graph,
  inputs: readonly InputField[],
  features: readonly Feature[],
): FeatureProgram {
  const kept = reachable(
    graph,
    features.map(({ node }) => node),
  );
  const places = new Map(kept.map((node, place) => [node, place]));
  const nodes = kept.map((at): Node => {
    const node = graph.nodes[at]!;
    return 'op' in node ? { ...node, args: node.args.map((arg) => places.get(arg)!) } : node;
  });
  const read = new Set(nodes.flatMap((node) => ('input' in node ? [node.input] : [])));
  return {
    version: PROGRAM_VERSION,
    inputs: inputs.filter(({ name }) => read.has(name)),
    nodes,
    features: features.map((feature) => ({ ...feature, node: places.get(feature.node)! })),
  };
}
