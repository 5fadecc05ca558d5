import { Refusal } from '../errors.ts';
import { type Graph, noMatch } from '../graph/graph.ts';
import { type Argument, match, supertype } from '../graph/signature.ts';
import { OPS, type OpName } from '../ops/index.ts';
import type { Literal, Type } from '../types.ts';
import { parseDateLiteral, parseTimestampLiteral } from '../values/time_text.ts';

/** A node, or a NULL whose type its neighbours settle. */
export type Operand = number | 'NULL';

/** Builds nodes by GoogleSQL's rules of types and coercion. */
export class Typing {
  readonly graph: Graph;

  constructor(graph: Graph) {
    this.graph = graph;
  }

  /** What an operand brings to the choice of a signature. */
  argument(operand: Operand): Argument {
    if (operand === 'NULL') return 'NULL';
    const { type } = this.graph.facts[operand]!;
    const isLiteral = typeof this.graph.constant(operand) === 'string';
    return type === 'STRING' && isLiteral ? 'string literal' : type;
  }

  /**
   * An instruction on operands, each coerced to the type that the signature asks for.
   *
   * @param sql what messages call it
   * @throws {Refusal}
   */
  apply(
    op: OpName,
    operands: readonly Operand[],
    settings: readonly Literal[] = [],
    sql: string = OPS[op].sql,
  ): number {
    const given = operands.map((operand) => this.argument(operand));
    const found = match(OPS[op].signatures, given);
    if (!found) throw noMatch(sql, given.map(shownType));
    const nodes = operands.map((operand, i) => this.coerced(operand, found.parameters[i]!));
    return this.graph.apply(op, nodes, settings);
  }

  /** The operand as a node; an untyped NULL is INT64. */
  node(operand: Operand): number {
    return operand === 'NULL' ? this.graph.literal('INT64', null) : operand;
  }

  /** Operands brought to the one type that all coerce to. @throws {Refusal} where there is none */
  settled(operands: readonly Operand[], sql: string): number[] {
    const given = operands.map((operand) => this.argument(operand));
    const type = supertype(given);
    if (type === undefined) throw noMatch(sql, given.map(shownType));
    return operands.map((operand) => this.coerced(operand, type));
  }

  /** The operand as a node of a type that it coerces to. INT64 is FLOAT64 as it stands. */
  coerced(operand: Operand, type: Type): number {
    if (operand === 'NULL') return this.graph.literal(type, null);
    const value = this.graph.constant(operand);
    if (typeof value !== 'string' || type === 'STRING') return operand;
    const moment = type === 'DATE' ? parseDateLiteral(value) : parseTimestampLiteral(value);
    if (moment !== undefined) return this.graph.literal(type, moment);
    throw new Refusal(
      `Could not cast literal ${JSON.stringify(value)} to type ${type}`,
      'Years are 1 to 9999, digits of a second at most six, and zones ±HH:MM or UTC.',
    );
  }
}

const shownType = (argument: Argument): string =>
  argument === 'string literal' ? 'STRING' : argument;
