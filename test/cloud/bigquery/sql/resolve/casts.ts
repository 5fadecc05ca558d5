/** CAST, SAFE_CAST, EXTRACT and INTERVAL expressions. */
import { unsupported } from '../../../errors.ts';
import { type BqType, typeText } from '../../types.ts';
import { extractTemplate, INTERVAL_PARTS } from '../functions/date_parts.ts';
import type { CastNode, ExtractNode, IntervalNode } from '../parse/ast.ts';
import { castTemplate } from './casting.ts';
import { coerce, coerces } from './coercion.ts';
import type { Env, Resolver } from './context.ts';
import { queryError } from './errors.ts';
import { fillSafely } from './safe.ts';
import { fill } from './template.ts';
import { INT64, STRING } from './type_rules.ts';
import { resolveType } from './type_text.ts';
import { type Constant, composed, isUntypedNull, type Typed, typedNull } from './typed.ts';

export function resolveCast(r: Resolver, node: CastNode, env: Env): Typed {
  const operand = r.expression(node.operand, env);
  const type = resolveType(node.type);
  if (node.format || node.zone) throw unsupported('CAST … FORMAT and CAST … AT TIME ZONE');
  if (isUntypedNull(operand)) return { ...typedNull(operand, type), at: node.at };
  if (coercesExactly(operand, type)) return { ...firm(coerce(operand, type)!), at: node.at };
  const template = castTemplate(operand.type, type);
  if (template === undefined) {
    const [from, to] = [typeText(operand.type), typeText(type)];
    throw queryError(`Invalid cast from ${from} to ${to}`, node.operand.at);
  }
  if (template === '$1') return firm(operand);
  const sql = node.safe ? fillSafely(template, [operand]) : fill(template, [operand.sql]);
  return composed(type, sql, node.at, [operand]);
}

/** What is written out is read as the other type: `[1, 2]` item by item, 0.1 digit by digit. */
const coercesExactly = (operand: Typed, type: BqType): boolean =>
  (operand.constant?.kind === 'array' ||
    operand.constant?.kind === 'struct' ||
    (operand.constant?.kind === 'literal' && type.kind === 'NUMERIC')) &&
  coerces(operand, type);

/** A cast's result is a value of its type, and no longer coerces like a literal. */
function firm(expr: Typed): Typed {
  const { constant: _, ...rest } = expr as Typed & { constant?: Constant };
  return rest;
}

export function resolveExtract(r: Resolver, node: ExtractNode, env: Env): Typed {
  const operand = r.expression(node.operand, env);
  const zone = node.zone && coerce(r.expression(node.zone, env), STRING);
  if (node.zone && (!zone || operand.type.kind !== 'TIMESTAMP')) {
    throw queryError('EXTRACT … AT TIME ZONE takes a TIMESTAMP and a STRING', node.zone.at);
  }
  const part = node.part.text.toUpperCase();
  const template = extractTemplate(node.part, operand.type);
  if (!template) {
    throw queryError(
      `A valid date part name is required but found ${part} for EXTRACT from ${typeText(operand.type)}`,
      node.part.at,
    );
  }
  const wall = zone
    ? fill('bq_wall_clock($1, $2)', [operand.sql, zone.sql])
    : operand.type.kind === 'TIMESTAMP'
      ? `CAST(${operand.sql} AS TIMESTAMP)`
      : operand.sql;
  const type: BqType =
    part === 'DATE' || part === 'TIME' || part === 'DATETIME' ? { kind: part } : INT64;
  return composed(type, fill(template, [wall]), node.at, zone ? [operand, zone] : [operand]);
}

export function resolveInterval(r: Resolver, node: IntervalNode, env: Env): Typed {
  const value = r.expression(node.value, env);
  const from = node.from.text.toUpperCase();
  const type: BqType = { kind: 'INTERVAL' };
  if (node.to) {
    const text = value.constant?.kind === 'literal' ? value.constant.value : undefined;
    if (typeof text !== 'string') {
      throw queryError('INTERVAL … TO … takes a string literal', node.value.at);
    }
    const parts = `'${from}', '${node.to.text.toUpperCase()}'`;
    return composed(type, `bq_interval_between_parts(${value.sql}, ${parts})`, node.at, [value]);
  }
  const count = coerce(value, INT64);
  const template = INTERVAL_PARTS[from];
  if (!template)
    throw queryError(`A valid date part name is required but found ${from}`, node.from.at);
  if (!count) {
    throw queryError(`Interval value must be coercible to INT64 type`, node.value.at);
  }
  return composed(type, fill(template, [count.sql]), node.at, [count]);
}
