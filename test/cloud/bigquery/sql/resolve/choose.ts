/** Which signature of a function fits the arguments of a call. */
import { type BqType, typeText } from '../../types.ts';
import type { Overload } from '../functions/overload.ts';
import {
  isType,
  type Parameter,
  type Pattern,
  parseSignature,
  type Signature,
  substitute,
} from '../functions/signature.ts';
import type { DatePart, Name, Place } from '../parse/ast.ts';
import { coerce, coerces, commonType } from './coercion.ts';
import { queryError } from './errors.ts';
import { equivalent } from './type_rules.ts';
import { isUntypedNull, type Typed } from './typed.ts';

/** An argument as it was written: an expression, or the name of a date part. */
export type Argument =
  | { readonly kind: 'value'; readonly value: Typed }
  | { readonly kind: 'part'; readonly part: DatePart; readonly value: (() => Typed) | undefined };

export interface NamedArgument {
  readonly name: Name;
  readonly value: Typed;
}

export interface Match {
  readonly overload: Overload;
  readonly result: BqType;
  readonly args: readonly Typed[];
  readonly parts: readonly DatePart[];
  readonly named: ReadonlyMap<string, Typed>;
}

/** A signature that fits, before the arguments are converted. */
interface Candidate extends Omit<Match, 'args'> {
  readonly values: readonly { readonly given: Typed; readonly type: BqType }[];
  /** How many arguments would be coerced; literals count little. */
  readonly cost: number;
}

/**
 * The signature that needs the fewest conversions; the first of equals.
 * @throws {ApiError} `No matching signature for …`, `Could not cast literal …`.
 */
export function choose(
  what: string,
  overloads: readonly Overload[],
  args: readonly Argument[],
  named: readonly NamedArgument[],
  at: Place,
): Match {
  let best: Candidate | undefined;
  for (const overload of overloads) {
    const candidate = tryOverload(overload, args, named);
    if (candidate && (!best || candidate.cost < best.cost)) best = candidate;
  }
  if (best) {
    const { values, cost: _, ...rest } = best;
    return { ...rest, args: values.map(({ given, type }) => coerce(given, type)!) };
  }
  const types = args.map(argumentText).join(', ');
  const supported = overloads.map(([signature]) => signatureText(what, parseSignature(signature)));
  throw queryError(
    `No matching signature for ${what} for argument types: ${types}. Supported signature${
      supported.length > 1 ? 's' : ''
    }: ${supported.join('; ')}`,
    at,
  );
}

const argumentText = (argument: Argument): string =>
  argument.kind === 'part'
    ? 'DATE_TIME_PART'
    : isUntypedNull(argument.value)
      ? 'NULL'
      : typeText(argument.value.type);

/** A signature as BigQuery's messages show it. */
function signatureText(what: string, { parameters }: Signature): string {
  const shown = parameters.map((parameter) => {
    const type = patternText(parameter.type);
    const text = parameter.name ? `${parameter.name} => ${type}` : type;
    return parameter.form === 'required'
      ? text
      : parameter.form === 'optional'
        ? `[${text}]`
        : `[${text}, ...]`;
  });
  const name = what.replace(/^(function|operator|aggregate function|analytic function) /i, '');
  if (!what.startsWith('operator')) return `${name}(${shown.join(', ')})`;
  return shown.length === 1 ? `${name}${shown[0]}` : shown.join(` ${name} `);
}

function patternText(pattern: Pattern): string {
  switch (pattern.kind) {
    case 'TEMPLATE':
    case 'ANY':
      return 'ANY';
    case 'ARRAY OF':
      return `ARRAY<${patternText(pattern.element)}>`;
    case 'STRUCT OF':
      return 'STRUCT';
    case 'PART':
      return 'DATE_TIME_PART';
    default:
      return typeText(pattern);
  }
}

function tryOverload(
  overload: Overload,
  args: readonly Argument[],
  named: readonly NamedArgument[],
): Candidate | undefined {
  const signature = parseSignature(overload[0]);
  const parameters = assign(signature, args.length);
  const byName = parameters && matchNamed(signature, named);
  if (!parameters || !byName) return undefined;
  const templates = inferTemplates(parameters, args);
  if (!templates) return undefined;
  const values: { given: Typed; type: BqType }[] = [];
  const parts: DatePart[] = [];
  let cost = 0;
  for (const [i, argument] of args.entries()) {
    const pattern = parameters[i]!.type;
    if (pattern.kind === 'PART') {
      if (argument.kind !== 'part') return undefined;
      parts.push(argument.part);
      continue;
    }
    const given = expressionOf(argument);
    if (!given) return undefined;
    const type = pattern.kind === 'ANY' ? given.type : substitute(pattern, templates);
    if (!coerces(given, type)) return undefined;
    if (!equivalent(type, given.type)) cost += given.constant ? 0.1 : 1;
    values.push({ given, type });
  }
  const result = substitute(signature.result, templates);
  return { overload, result, values, parts, named: byName, cost };
}

/** A word that could be a date part is a column where no part is asked for. */
const expressionOf = (argument: Argument): Typed | undefined =>
  argument.kind === 'value' ? argument.value : argument.value?.();

/** The parameter of each argument given by position; undefined when their number does not fit. */
function assign(signature: Signature, count: number): readonly Parameter[] | undefined {
  const positional = signature.parameters.filter((parameter) => parameter.name === undefined);
  const required = positional.filter((parameter) => parameter.form === 'required').length;
  const repeated = positional.find((parameter) => parameter.form === 'repeated');
  if (count < required || (!repeated && count > positional.length)) return undefined;
  const assigned = positional.filter((parameter) => parameter !== repeated).slice(0, count);
  while (repeated && assigned.length < count) assigned.push(repeated);
  return assigned;
}

function matchNamed(
  signature: Signature,
  named: readonly NamedArgument[],
): ReadonlyMap<string, Typed> | undefined {
  const values = new Map<string, Typed>();
  for (const { name, value } of named) {
    const key = name.text.toLowerCase();
    const parameter = signature.parameters.find((p) => p.name?.toLowerCase() === key);
    if (!parameter || !isType(parameter.type)) return undefined;
    const coerced = coerce(value, parameter.type);
    if (!coerced) return undefined;
    values.set(key, coerced);
  }
  return values;
}

/**
 * The type of each template: what the arrays hold if some of the arguments are arrays of it, the
 * common type of all arguments otherwise.
 */
function inferTemplates(
  parameters: readonly Parameter[],
  args: readonly Argument[],
): ReadonlyMap<string, BqType> | undefined {
  const arrays = new Map<string, Typed[]>();
  const plain = new Map<string, Typed[]>();
  for (const [i, { type }] of parameters.entries()) {
    const isArray = type.kind === 'ARRAY OF' && type.element.kind === 'TEMPLATE';
    const template = isArray ? type.element : type;
    if (template.kind !== 'TEMPLATE') continue;
    const value = expressionOf(args[i]!);
    if (!value) return undefined;
    const group = isArray ? arrays : plain;
    group.set(template.name, [...(group.get(template.name) ?? []), value]);
  }
  const templates = new Map<string, BqType>();
  for (const [name, values] of plain) {
    const type = commonType(values);
    if (!type && !arrays.has(name)) return undefined;
    if (type) templates.set(name, type);
  }
  for (const [name, values] of arrays) {
    const type = commonType(values);
    if (type?.kind === 'ARRAY') templates.set(name, type.element);
    else if (!values.every(isUntypedNull)) return undefined;
  }
  return templates;
}
