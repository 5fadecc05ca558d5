import { FeatureError, placed, Refusal } from '../errors.ts';
import type { OpName } from '../ops/index.ts';
import type { InputField } from '../program.ts';
import type { Case, Expression, Operation } from '../syntax/ast.ts';
import { NO_ARRAY } from '../syntax/refused.ts';
import { castTo } from './casts.ts';
import { lowerCall } from './functions.ts';
import type { Scope } from './scope.ts';
import { closest } from './suggest.ts';
import type { Operand, Typing } from './typing.ts';

/** Operators that are an instruction as they stand. */
const PLAIN: ReadonlyMap<string, OpName> = new Map([
  ['+', 'add'],
  ['-', 'subtract'],
  ['*', 'multiply'],
  ['/', 'divide'],
  ['||', 'concat'],
  ['AND', 'and'],
  ['OR', 'or'],
  ['NOT', 'not'],
  ['IS NULL', 'is_null'],
  ['IS TRUE', 'is_true'],
  ['IS FALSE', 'is_false'],
]);

/** Turns the expressions of one SELECT into nodes, by GoogleSQL's meaning of each. */
export class Lowering {
  readonly typing: Typing;
  private readonly scope: Scope;
  private readonly fields: ReadonlyMap<number, InputField>;

  /** @param fields the inputs by their nodes */
  constructor(typing: Typing, scope: Scope, fields: ReadonlyMap<number, InputField>) {
    this.typing = typing;
    this.scope = scope;
    this.fields = fields;
  }

  /** @throws {FeatureError} with the place of the innermost expression that does not fit */
  operand(expression: Expression): Operand {
    return placed(expression, () => this.lowered(expression));
  }

  /** The node of an expression that stands alone. @throws {FeatureError} */
  node(expression: Expression): number {
    return this.typing.node(this.operand(expression));
  }

  operands(expressions: readonly Expression[]): Operand[] {
    return expressions.map((expression) => this.operand(expression));
  }

  /** The node of `x = y`, for `=` itself and for what GoogleSQL defines by it. */
  equality(x: number, y: number): number {
    this.checkValues(x, y);
    this.checkValues(y, x);
    return this.typing.apply('equal', [x, y]);
  }

  /** A text that an input never has, by its contract, is a slip of the pen. */
  private checkValues(input: number, other: number): void {
    const field = this.fields.get(input);
    const text = this.typing.graph.constant(other);
    if (!field?.values || typeof text !== 'string' || field.values.includes(text)) return;
    const similar = closest(text, field.values);
    throw new Refusal(
      `${field.name} is never ${JSON.stringify(text)}: the contract allows ${field.values.map((value) => JSON.stringify(value)).join(', ')}`,
      similar === undefined
        ? 'Add it to the contract.'
        : `Did you mean ${JSON.stringify(similar)}?`,
    );
  }

  private lowered(expression: Expression): Operand {
    switch (expression.kind) {
      case 'null':
        return 'NULL';
      case 'literal':
        return this.typing.graph.literal(expression.type, expression.value);
      case 'name':
        return this.scope.find(expression.path, expression);
      case 'operator':
        return this.operation(expression);
      case 'case':
        return this.branches(expression);
      case 'cast':
        return castTo(this.typing, this.operand(expression.operand), expression);
      case 'call':
        return lowerCall(this, expression);
      case 'array':
        throw new Refusal(NO_ARRAY.problem, NO_ARRAY.advice);
    }
  }

  private operation({ operator, operands: expressions }: Operation): Operand {
    const { typing } = this;
    const operands = this.operands(expressions);
    const [x, y] = operands;
    if (expressions.length === 1 && operator === '-') return typing.apply('negate', operands);
    if (expressions.length === 1 && operator === '+') return this.unaryPlus(x!);
    const plain = PLAIN.get(operator);
    if (plain) return typing.apply(plain, operands);
    switch (operator) {
      case 'IN':
        return this.membership(operands);
      case 'BETWEEN':
        return this.between(operands);
      case 'IS DISTINCT FROM':
        return typing.apply('distinct', operands);
      default:
        return this.comparison(operator, x!, y!);
    }
  }

  private unaryPlus(operand: Operand): Operand {
    this.typing.apply('negate', [operand], [], 'operator +');
    return operand;
  }

  private comparison(operator: string, left: Operand, right: Operand): number {
    const { typing } = this;
    const [x = 0, y = 0] = typing.settled([left, right], `operator ${operator}`);
    switch (operator) {
      case '=':
        return this.equality(x, y);
      case '!=':
        return typing.apply('not', [this.equality(x, y)]);
      case '<':
        return typing.apply('less', [x, y]);
      case '<=':
        return typing.apply('less_or_equal', [x, y]);
      case '>':
        return typing.apply('less', [y, x]);
      default:
        return typing.apply('less_or_equal', [y, x]);
    }
  }

  private between(operands: readonly Operand[]): number {
    const { typing } = this;
    const [x = 0, low = 0, high = 0] = typing.settled(operands, 'operator BETWEEN');
    const above = typing.apply('less_or_equal', [low, x]);
    return typing.apply('and', [above, typing.apply('less_or_equal', [x, high])]);
  }

  /** Constants become one instruction; whatever else is in the list is compared one by one. */
  private membership(operands: readonly Operand[]): number {
    const { typing } = this;
    const [x = 0, ...items] = typing.settled(operands, 'operator IN');
    const constants: (number | string)[] = [];
    let found: number | undefined;
    for (const item of items) {
      this.checkValues(x, item);
      const value = typing.graph.constant(item);
      if (typeof value === 'number' || typeof value === 'string') constants.push(value);
      else {
        const equal = this.equality(x, item);
        found = found === undefined ? equal : typing.apply('or', [found, equal]);
      }
    }
    if (constants.length === 0) return found!;
    const among = typing.apply('in', [x], constants);
    return found === undefined ? among : typing.apply('or', [among, found]);
  }

  private branches({ operand, branches, otherwise }: Case): Operand {
    const { typing } = this;
    const conditions = operand
      ? this.matches(
          operand,
          branches.map(({ when }) => when),
        )
      : this.conditions(branches.map(({ when }) => when));
    const results = this.operands(branches.map(({ result }) => result));
    const last = otherwise ? this.operand(otherwise) : 'NULL';
    const nodes = typing.settled([...results, last], 'operator CASE');
    return conditions.reduceRight(
      (rest, condition, i) => typing.apply('if', [condition, nodes[i]!, rest]),
      nodes.at(-1)!,
    );
  }

  private matches(operand: Expression, whens: readonly Expression[]): number[] {
    const operands = this.operands([operand, ...whens]);
    const [x = 0, ...values] = this.typing.settled(operands, 'operator CASE');
    return values.map((value) => this.equality(x, value));
  }

  private conditions(whens: readonly Expression[]): number[] {
    return this.operands(whens).map((condition, i) => {
      const type = this.typing.argument(condition);
      if (type === 'BOOL' || type === 'NULL') return this.typing.coerced(condition, 'BOOL');
      const problem = `CASE must have BOOL after WHEN, but got ${type}`;
      throw new FeatureError(problem, whens[i]!, 'Compare it with something.');
    });
  }
}
