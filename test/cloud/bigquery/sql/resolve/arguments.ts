/** The arguments of a call: expressions, date parts, intervals and arguments by name. */
import type { Overload } from '../functions/overload.ts';
import { parseSignature } from '../functions/signature.ts';
import type { CallNode, DatePart, Expr } from '../parse/ast.ts';
import { type Argument, choose, type Match } from './choose.ts';
import type { Env, Resolver } from './context.ts';

/** Resolves the arguments and finds the signature that they fit. */
export function chooseFor(
  r: Resolver,
  node: CallNode,
  what: string,
  overloads: readonly Overload[],
  env: Env,
): Match {
  const takesParts = overloads.some(([signature]) =>
    parseSignature(signature).parameters.some((parameter) => parameter.type.kind === 'PART'),
  );
  const args = node.args.flatMap((arg) => resolveArgument(r, arg, env, takesParts));
  const named = node.named.map(({ name, value }) => ({ name, value: r.expression(value, env) }));
  return choose(what, overloads, args, named, node.at);
}

/** `INTERVAL n DAY` is two arguments where a function takes a part: the number and the part. */
function resolveArgument(r: Resolver, arg: Expr, env: Env, takesParts: boolean): Argument[] {
  if (takesParts && arg.kind === 'interval' && !arg.to) {
    const part: DatePart = { ...arg.from, weekday: undefined };
    return [
      { kind: 'value', value: r.expression(arg.value, env) },
      { kind: 'part', part, value: undefined },
    ];
  }
  const part = takesParts ? partOf(arg) : undefined;
  if (!part) return [{ kind: 'value', value: r.expression(arg, env) }];
  return [{ kind: 'part', part, value: () => r.expression(arg, env) }];
}

/** `DAY`, or `WEEK(MONDAY)`, which looks like a call. */
function partOf(arg: Expr): DatePart | undefined {
  if (arg.kind === 'path' && arg.names.length === 1)
    return { ...arg.names[0]!, weekday: undefined };
  if (arg.kind !== 'call' || arg.name.length !== 1 || arg.args.length !== 1) return undefined;
  const [day] = arg.args;
  const isWeek = arg.name[0]!.text.toUpperCase() === 'WEEK';
  if (!isWeek || day?.kind !== 'path' || day.names.length !== 1) return undefined;
  return { ...arg.name[0]!, weekday: day.names[0]!.text };
}
