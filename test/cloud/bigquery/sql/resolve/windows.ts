/** Window functions, and aggregates over windows. */
import { unsupported } from '../../../errors.ts';
import type { Definition } from '../functions/catalogue.ts';
import type { WindowDefinition } from '../functions/windows.ts';
import type { CallNode, FrameBound, Name, WindowFrame, WindowSpec } from '../parse/ast.ts';
import { aggregateText } from './aggregates.ts';
import { chooseFor } from './arguments.ts';
import { coerce } from './coercion.ts';
import { orderKeys } from './comparing.ts';
import type { Env, Resolver } from './context.ts';
import { queryError } from './errors.ts';
import { fillOnce } from './template.ts';
import { INT64, isGroupable, isNumber, isOrderable } from './type_rules.ts';
import { composed, isFixed, type Typed } from './typed.ts';

export function resolveWindow(
  r: Resolver,
  node: CallNode,
  name: string,
  found: Exclude<Definition, { kind: 'scalar' }>,
  env: Env,
): Typed {
  if (!node.over) {
    throw queryError(`Analytic function ${name} cannot be called without an OVER clause`, node.at);
  }
  if (!env.windows) {
    throw queryError(`Analytic function not allowed in ${env.clause}`, node.at);
  }
  // Windows do not nest; aggregates within them belong to the groups.
  const inner: Env = { ...env, windows: undefined, clause: 'another analytic function' };
  const spec = completed(node.over, env.windows);
  const window = windowText(r, spec, inner);
  const value =
    found.kind === 'aggregate'
      ? overWindow(r, node, name, found.definition, inner, window.sql)
      : windowCall(r, node, name, found.definition, spec, inner, window.sql);
  const { sql, type } = value;
  return { ...composed(type, sql, node.at, [value, ...window.parts]), windowed: true };
}

function overWindow(
  r: Resolver,
  node: CallNode,
  name: string,
  definition: Extract<Definition, { kind: 'aggregate' }>['definition'],
  env: Env,
  over: string,
): Typed {
  if (definition.window === false)
    throw queryError(`Aggregate function ${name} does not support an OVER clause`, node.at);
  if (node.orderBy.length > 0 || node.limit || node.having) {
    throw queryError(
      `${name} with an OVER clause cannot have ORDER BY, LIMIT or HAVING among its arguments`,
      node.at,
    );
  }
  const value = aggregateText(r, node, name, definition, env, over);
  // Over a window it aggregates nothing away.
  const { aggregated: _, ...rest } = value;
  return rest;
}

function windowCall(
  r: Resolver,
  node: CallNode,
  name: string,
  definition: WindowDefinition,
  spec: WindowSpec,
  env: Env,
  over: string,
): Typed {
  refuseClauses(node, name, definition, spec);
  const match = chooseFor(r, node, `analytic function ${name}`, definition.overloads, env);
  if (match.args[2] && !isFixed(match.args[2])) {
    throw queryError(
      `The third argument (the default expression) to ${name} must be constant`,
      match.args[2].at,
    );
  }
  const nulls = node.nulls === 'IGNORE' ? ' IGNORE NULLS' : '';
  const template = (match.overload[1] as string)
    .replace('$N', nulls)
    .replaceAll('$W', () => `$${match.args.length + 1}`);
  const sql = fillOnce(template, [...match.args.map((arg) => arg.sql), over]);
  return composed(match.result, sql, node.at, match.args);
}

function refuseClauses(
  node: CallNode,
  name: string,
  definition: WindowDefinition,
  spec: WindowSpec,
): void {
  if (node.safe) throw queryError(`Function ${name} does not support SAFE error mode`, node.at);
  if (node.distinct || node.having || node.orderBy.length > 0 || node.limit || node.star) {
    throw queryError(
      `Analytic function ${name} takes no DISTINCT, HAVING, ORDER BY or LIMIT`,
      node.at,
    );
  }
  if (node.nulls && !definition.nulls) {
    throw queryError(`${node.nulls} NULLS is not allowed for analytic function ${name}`, node.at);
  }
  if (node.nulls === 'RESPECT' && definition.order === 'none') {
    throw unsupported(`${name} with RESPECT NULLS`);
  }
  if (definition.order === 'required' && spec.orderBy.length === 0) {
    throw queryError(`Window ORDER BY is required for analytic function ${name}`, node.over!.at);
  }
  if (definition.order === 'none' && spec.orderBy.length > 0) {
    throw queryError(`Window ORDER BY is not allowed for analytic function ${name}`, node.over!.at);
  }
  if (!definition.frame && spec.frame) {
    throw queryError(
      `Window framing clause is not allowed for analytic function ${name}`,
      spec.frame.at,
    );
  }
}

/** A window with what it takes over from the one that it builds upon. */
function completed(spec: WindowSpec, named: ReadonlyMap<string, WindowSpec>): WindowSpec {
  if (!spec.base) return spec;
  const base = completed(namedWindow(spec.base, named), named);
  if (spec.partitionBy.length > 0) {
    throw queryError('PARTITION BY is not allowed when a window is referenced', spec.at);
  }
  if (base.frame && spec.frame) {
    throw queryError('The referenced window already has a framing clause', spec.at);
  }
  if (base.orderBy.length > 0 && spec.orderBy.length > 0) {
    throw queryError('The referenced window already has an ORDER BY', spec.at);
  }
  return {
    at: spec.at,
    base: undefined,
    partitionBy: base.partitionBy,
    orderBy: spec.orderBy.length > 0 ? spec.orderBy : base.orderBy,
    frame: spec.frame ?? base.frame,
  };
}

function namedWindow(name: Name, named: ReadonlyMap<string, WindowSpec>): WindowSpec {
  const found = named.get(name.text.toLowerCase());
  if (!found) throw queryError(`Unrecognized window alias ${name.text}`, name.at);
  return found;
}

function windowText(r: Resolver, spec: WindowSpec, env: Env): { sql: string; parts: Typed[] } {
  const partitions = spec.partitionBy.map((node) => {
    const expr = r.expression(node, env);
    if (!isGroupable(expr.type) || expr.type.kind === 'FLOAT64') {
      throw queryError(
        `Partitioning by expressions of type ${expr.type.kind} is not allowed`,
        expr.at,
      );
    }
    return expr;
  });
  const ordered = spec.orderBy.map((item) => {
    const expr = r.expression(item.expr, env);
    if (!isOrderable(expr.type)) {
      throw queryError(`ORDER BY does not support expressions of type ${expr.type.kind}`, item.at);
    }
    return { expr, item };
  });
  const byRange =
    spec.frame?.unit === 'RANGE' && [spec.frame.start, spec.frame.end].some((b) => b?.offset);
  const keys = ordered.flatMap(({ expr, item }) => {
    const texts = orderKeys(expr.sql, expr.type, item);
    // A range is measured along one key.
    return byRange ? texts.slice(-1) : texts;
  });
  const frame = spec.frame
    ? frameText(
        r,
        spec.frame,
        ordered.map(({ expr }) => expr),
        env,
      )
    : '';
  const clauses = [
    partitions.length > 0 ? `PARTITION BY ${partitions.map((p) => p.sql).join(', ')}` : '',
    keys.length > 0 ? `ORDER BY ${keys.join(', ')}` : '',
    frame,
  ].filter((clause) => clause !== '');
  return {
    sql: ` OVER (${clauses.join(' ')})`,
    parts: [...partitions, ...ordered.map((o) => o.expr)],
  };
}

function frameText(r: Resolver, frame: WindowFrame, order: readonly Typed[], env: Env): string {
  const bounds = [frame.start, frame.end].filter((bound) => bound !== undefined);
  const measured = frame.unit === 'RANGE' && bounds.some((bound) => bound.offset);
  if (measured && (order.length !== 1 || !isNumber(order[0]!.type))) {
    throw queryError(
      'Window framing by RANGE with an offset needs one numeric ORDER BY expression',
      frame.at,
    );
  }
  const type = measured ? order[0]!.type : INT64;
  if (bounds.length === 2 && BOUNDS.indexOf(bounds[0]!.kind) > BOUNDS.indexOf(bounds[1]!.kind)) {
    throw queryError(
      `A window frame cannot start at ${bounds[0]!.kind} and end at ${bounds[1]!.kind}`,
      frame.at,
    );
  }
  const [start, end] = bounds.map((bound) => boundText(r, bound, type, env));
  return end === undefined ? `${frame.unit} ${start}` : `${frame.unit} BETWEEN ${start} AND ${end}`;
}

/** A frame starts where it ends, or before. */
const BOUNDS: readonly FrameBound['kind'][] = [
  'UNBOUNDED PRECEDING',
  'PRECEDING',
  'CURRENT ROW',
  'FOLLOWING',
  'UNBOUNDED FOLLOWING',
];

function boundText(r: Resolver, bound: FrameBound, type: Typed['type'], env: Env): string {
  if (!bound.offset) return bound.kind;
  const offset = coerce(r.expression(bound.offset, env), type);
  if (!offset || !isFixed(offset)) {
    throw queryError('Window framing expressions must be literals or parameters', bound.offset.at);
  }
  const { constant } = offset;
  if (constant && 'value' in constant && !(Number(constant.value) >= 0)) {
    throw queryError('Window framing expressions must not be negative', bound.offset.at);
  }
  return `${offset.sql} ${bound.kind}`;
}
