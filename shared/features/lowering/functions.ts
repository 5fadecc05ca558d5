import { Refusal } from '../errors.ts';
import { noMatch } from '../graph/graph.ts';
import { supertype } from '../graph/signature.ts';
import type { OpName } from '../ops/index.ts';
import type { Call, Expression } from '../syntax/ast.ts';
import { NO_ZONE } from '../syntax/refused.ts';
import type { Literal } from '../types.ts';
import { WEEKDAYS } from '../values/calendar.ts';
import type { Lowering } from './lower.ts';
import { didYouMean } from './suggest.ts';
import type { Operand } from './typing.ts';

/** What a call means: the operand that it gives. */
type Rule = (on: Lowering, call: Call) => Operand;

/** Instructions that have a twin which is NULL where they would be refused. */
const SAFE: Partial<Record<OpName, OpName>> = {
  ln: 'safe_ln',
  log: 'safe_log',
  log10: 'safe_log10',
  sqrt: 'safe_sqrt',
  exp: 'safe_exp',
  pow: 'safe_pow',
  div: 'safe_div',
  mod: 'safe_mod',
};

/** An instruction on the arguments as they stand. */
const plain =
  (op: OpName): Rule =>
  (on, { args, safe }) =>
    on.typing.apply(safe ? (SAFE[op] ?? op) : op, on.operands(args));

/** Any number of operands of one type, by an instruction on two. @throws {Refusal} */
function folded(on: Lowering, name: string, op: OpName, operands: readonly Operand[]): Operand {
  const sql = `function ${name}`;
  if (operands.length === 0) throw noMatch(sql, []);
  const nodes = on.typing.settled(operands, sql);
  return nodes.reduce((x, y) => on.typing.apply(op, [x, y], [], sql));
}

const folding =
  (op: OpName): Rule =>
  (on, { name, args }) =>
    folded(on, name, op, on.operands(args));

const concat: Rule = (on, { name, args }) => {
  const operands = on.operands(args);
  const types = operands.map((operand) => on.typing.argument(operand));
  const other = types.find((type) => !['STRING', 'string literal', 'NULL'].includes(type));
  if (other !== undefined) {
    throw new Refusal(`CONCAT of ${other} is not supported in features`, 'CAST it AS STRING.');
  }
  const texts = operands.map((operand) => on.typing.coerced(operand, 'STRING'));
  return folded(on, name, 'concat', texts);
};

const nullIf: Rule = (on, { name, args }) => {
  const operands = on.operands(args);
  if (args.length !== 2) throw argumentCount(name, 'x, y');
  const [x = 0, y = 0] = on.typing.settled(operands, `function ${name}`);
  return on.typing.apply('if', [on.equality(x, y), 'NULL', x]);
};

/** ROUND(x) and ROUND(x, digits), the digits a constant. */
const round: Rule = (on, { args }) => {
  const operands = on.operands(args);
  const [x, digits] = operands;
  if (x === undefined || digits === undefined) return on.typing.apply('round', operands);
  const constant = digits === 'NULL' ? null : on.typing.graph.constant(digits);
  if (typeof constant !== 'number' || !Number.isInteger(constant) || operands.length > 2) {
    throw new Refusal('ROUND takes its digits as an integer literal', 'Write ROUND(x, 2).');
  }
  return on.typing.apply('round_to', [x], [constant]);
};

const trunc: Rule = (on, call) => {
  if (call.args.length < 2) return plain('trunc')(on, call);
  throw new Refusal('TRUNC with digits is not supported in features', 'Write ROUND(x, digits).');
};

const logarithm: Rule = (on, call) => plain(call.args.length === 2 ? 'log' : 'ln')(on, call);

/** RANGE_BUCKET(x, [a, b, …]): GoogleSQL coerces neither the point nor the boundaries. */
const rangeBucket: Rule = (on, { args }) => {
  const { typing } = on;
  const [point, boundaries, ...more] = args;
  if (!point || boundaries?.kind !== 'array' || more.length > 0) {
    const advice = 'Write RANGE_BUCKET(x, [1, 2, 3]).';
    throw new Refusal('RANGE_BUCKET takes a value and an array', advice);
  }
  const x = typing.node(on.operand(point));
  const operands = on.operands(boundaries.items);
  const constants = typing
    .settled(operands, 'operator ARRAY')
    .map((node) => typing.graph.constant(node));
  if (!constants.every((value) => typeof value === 'number' || typeof value === 'string')) {
    const advice = 'Write them out, none of them NULL.';
    throw new Refusal('RANGE_BUCKET takes literals as boundaries', advice);
  }
  const of = supertype(operands.map((operand) => typing.argument(operand)));
  const { type } = typing.graph.facts[x]!;
  if (of !== type) {
    throw new Refusal(
      `RANGE_BUCKET takes a value and boundaries of one type, not ${type} and ${of}`,
      'CAST the value, or write the boundaries as its type: 1.0 for FLOAT64.',
    );
  }
  return typing.apply('range_bucket', [x], constants as Literal[]);
};

/** The name of a date part where one is written: `MONTH`, `WEEK(MONDAY)`. */
function datePart(expression: Expression | undefined): string {
  if (expression?.kind === 'name' && expression.path.length === 1) {
    return expression.path[0]!.toUpperCase();
  }
  const [weekday] =
    expression?.kind === 'call' && expression.name === 'WEEK' ? expression.args : [];
  const day = weekday?.kind === 'name' ? weekday.path.join('.').toUpperCase() : '';
  if ((WEEKDAYS as readonly string[]).includes(day)) return `WEEK(${day})`;
  throw new Refusal('A valid date part name is required', 'Write DAY, WEEK(MONDAY), MONTH, ….');
}

const extract: Rule = (on, { args: [from, part] }) => {
  const name = datePart(part);
  const operand = on.operand(from!);
  if (name === 'DATE') return on.typing.apply('date', [operand]);
  return on.typing.apply('extract', [operand], [name]);
};

/** DATE_DIFF and TIMESTAMP_DIFF go by the type of what they are given. */
const difference =
  (usual: 'date_diff' | 'timestamp_diff'): Rule =>
  (on, { name, args }) => {
    const [end, start, part, ...more] = args;
    if (!end || !start || !part || more.length > 0) throw argumentCount(name, 'x, y, DAY');
    const operands = on.operands([end, start]);
    const types = operands.map((operand) => on.typing.argument(operand));
    const op = types.includes('TIMESTAMP')
      ? 'timestamp_diff'
      : types.includes('DATE')
        ? 'date_diff'
        : usual;
    return on.typing.apply(op, operands, [datePart(part)], `function ${name}`);
  };

const truncation: Rule = (on, { name, args }) => {
  const [x, part, zone, ...more] = args;
  if (!x || !part || more.length > 0) throw argumentCount(name, 'x, MONTH');
  checkZone(zone);
  return on.typing.apply('truncate', [on.operand(x)], [datePart(part)], `function ${name}`);
};

const date: Rule = (on, { name, args }) => {
  const [x, zone, ...more] = args;
  if (!x || more.length > 0) throw argumentCount(name, 'timestamp');
  checkZone(zone);
  const operand = on.operand(x);
  const type = on.typing.argument(operand);
  if (type === 'string literal' || type === 'DATE') return on.typing.coerced(operand, 'DATE');
  return on.typing.apply('date', [operand]);
};

function checkZone(zone: Expression | undefined): void {
  const isUtc = zone === undefined || (zone.kind === 'literal' && zone.value === 'UTC');
  if (!isUtc) throw new Refusal(NO_ZONE.problem, NO_ZONE.advice);
}

const argumentCount = (name: string, wanted: string): Refusal =>
  new Refusal(
    `Number of arguments does not match for function ${name}`,
    `Write ${name}(${wanted}).`,
  );

/** Every function that features may call. One that is an instruction under its own name is one line. */
const RULES = new Map<string, Rule>([
  ['ABS', plain('abs')],
  ['SIGN', plain('sign')],
  ['MOD', plain('mod')],
  ['DIV', plain('div')],
  ['SAFE_DIVIDE', plain('safe_divide')],
  ['SAFE_ADD', plain('safe_add')],
  ['SAFE_SUBTRACT', plain('safe_subtract')],
  ['SAFE_MULTIPLY', plain('safe_multiply')],
  ['SAFE_NEGATE', plain('negate')],
  ['FLOOR', plain('floor')],
  ['CEIL', plain('ceil')],
  ['CEILING', plain('ceil')],
  ['ROUND', round],
  ['TRUNC', trunc],
  ['SQRT', plain('sqrt')],
  ['EXP', plain('exp')],
  ['LN', plain('ln')],
  ['LOG', logarithm],
  ['LOG10', plain('log10')],
  ['POW', plain('pow')],
  ['POWER', plain('pow')],
  ['RANGE_BUCKET', rangeBucket],
  ['IF', plain('if')],
  ['IFNULL', plain('ifnull')],
  ['COALESCE', folding('ifnull')],
  ['NULLIF', nullIf],
  ['GREATEST', folding('greatest')],
  ['LEAST', folding('least')],
  ['LOWER', plain('lower')],
  ['UPPER', plain('upper')],
  ['TRIM', plain('trim')],
  ['LTRIM', plain('ltrim')],
  ['RTRIM', plain('rtrim')],
  ['LENGTH', plain('length')],
  ['CHAR_LENGTH', plain('length')],
  ['CHARACTER_LENGTH', plain('length')],
  ['SUBSTR', plain('substr')],
  ['SUBSTRING', plain('substr')],
  ['STARTS_WITH', plain('starts_with')],
  ['ENDS_WITH', plain('ends_with')],
  ['STRPOS', plain('strpos')],
  ['CONCAT', concat],
  ['EXTRACT', extract],
  ['DATE', date],
  ['DATE_DIFF', difference('date_diff')],
  ['TIMESTAMP_DIFF', difference('timestamp_diff')],
  ['DATE_TRUNC', truncation],
  ['TIMESTAMP_TRUNC', truncation],
  ['UNIX_SECONDS', plain('unix_seconds')],
  ['UNIX_MILLIS', plain('unix_millis')],
  ['UNIX_MICROS', plain('unix_micros')],
  ['UNIX_DATE', plain('unix_date')],
]);

/** Expressions that are written as functions: GoogleSQL knows no `SAFE.` for them. */
const UNSAFE = new Set(['IF', 'IFNULL', 'COALESCE', 'NULLIF']);

/** The operand that a call gives. @throws {Refusal} for a function that is not in the language */
export function lowerCall(on: Lowering, call: Call): Operand {
  const { name, safe } = call;
  const rule = RULES.get(name);
  if (!rule) {
    throw new Refusal(
      `Function not found: ${name}${didYouMean(name, RULES.keys())}`,
      'shared/features/README.md lists the functions that features may call.',
    );
  }
  if (safe && UNSAFE.has(name)) throw new Refusal(`${name} has no SAFE. form`, 'Leave SAFE. out.');
  return rule(on, call);
}
