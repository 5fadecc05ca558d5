import { Refusal } from '../errors.ts';
import { isOpName, OPS } from '../ops/index.ts';
import type { Op } from '../ops/op.ts';
import { type InputField, MAX_NODES, type Node } from '../program.ts';
import { type Facts, type Literal, MAX_EXACT, MAX_LITERAL, type Type } from '../types.ts';
import { MAX_DATE, MIN_DATE } from '../values/calendar.ts';
import { lengthOf } from '../values/text.ts';
import { domainOf } from './domain.ts';
import { EMPTY } from './range.ts';
import { bind, fetch, newRegisters, store } from './registers.ts';
import { match } from './signature.ts';

/**
 * A feature program as it is built: nodes that refer backwards, each with what is proven of it.
 * Equal nodes are one; instructions on constants are constants. The compiler builds programs with
 * it and the loader builds them again, so nothing runs that it has not proven.
 */
export class Graph {
  readonly nodes: Node[] = [];
  /** What is proven of each node. */
  readonly facts: Facts[] = [];
  private readonly known = new Map<string, number>();

  /** @throws {ProgramError} for a domain that makes no sense */
  input(field: InputField): number {
    return this.add({ input: field.name }, domainOf(field));
  }

  /** @throws {Refusal} for a value that is not of the type */
  literal(type: Type, value: Literal | null): number {
    const positive = typeof value === 'number' ? value + 0 : value;
    return this.add({ type, value: positive }, literalFacts(type, positive));
  }

  /** The constant at a node, undefined if it has none. */
  constant(node: number): Literal | null | undefined {
    const found = this.nodes[node]!;
    return 'type' in found ? found.value : undefined;
  }

  /**
   * A node for an instruction on earlier nodes.
   *
   * @throws {Refusal} where it is unknown, its arguments are not its own, or it could fail
   */
  apply(name: string, args: readonly number[], settings: readonly Literal[] = []): number {
    if (!isOpName(name)) throw new Refusal(`There is no instruction ${name}`);
    const op = OPS[name];
    const given = args.map((arg) => {
      const facts = this.facts[arg];
      if (facts === undefined) throw new Refusal(`Instruction ${name} refers to a later node`);
      return facts;
    });
    const types = given.map(({ type }) => type);
    const type = match(op.signatures, types)?.result;
    if (type === undefined) throw noMatch(op.sql, types);
    checkSettings(op, settings, types[0]!);
    const facts = { type, ...op.facts({ sql: op.sql, args: given, settings, type }) };
    const constant = this.folded(op, args, settings, type);
    if (constant !== undefined) return this.literal(type, constant);
    const node = { op: name, args: [...args] };
    return this.add(settings.length > 0 ? { ...node, settings: [...settings] } : node, facts);
  }

  /** The value of an instruction whose arguments are all constants; undefined if it is none. */
  private folded(op: Op, args: readonly number[], settings: readonly Literal[], type: Type) {
    const constants = args.map((arg) => this.constant(arg));
    if (constants.includes(undefined)) return undefined;
    const out = args.length;
    const registers = newRegisters(out + 1);
    constants.forEach((value, slot) => {
      store(registers, slot, value ?? null);
    });
    const of = this.facts[args[0]!]!.type;
    bind(op, registers, { args: args.map((_, slot) => slot), out, settings, of, type })();
    const value = fetch(registers, out, type);
    // JSON has no -0, and long texts are better made than carried.
    const isPlain =
      !Object.is(value, -0) && !(typeof value === 'string' && value.length > MAX_LITERAL);
    return isPlain ? value : undefined;
  }

  private add(node: Node, facts: Facts): number {
    const key = JSON.stringify(node);
    const known = this.known.get(key);
    if (known !== undefined) return known;
    if (this.nodes.length >= MAX_NODES) {
      throw new Refusal(`The program has more than ${MAX_NODES} nodes`, 'Split the features.');
    }
    this.known.set(key, this.nodes.length);
    this.facts.push(facts);
    return this.nodes.push(node) - 1;
  }
}

function checkSettings(op: Op, settings: readonly Literal[], of: Type): void {
  if (op.settings) op.settings(settings, of);
  else if (settings.length > 0) throw new Refusal(`${op.sql} takes no settings`);
}

/** BigQuery's words for arguments that no signature takes. */
export function noMatch(sql: string, types: readonly string[]): Refusal {
  const given = types.length > 0 ? `for argument types: ${types.join(', ')}` : 'with no arguments';
  return new Refusal(
    `No matching signature for ${sql} ${given}`,
    'CAST an argument, or see the signatures in shared/features/README.md.',
  );
}

/** @throws {Refusal} for a value that is not of the type, or not exact in it */
function literalFacts(type: Type, value: Literal | null): Facts {
  if (value === null) return { type, nullable: true, ...EMPTY };
  const size = literalSize(type, value);
  if (size === undefined) {
    const advice = type === 'TIMESTAMP' ? 'Timestamps are exact from 1685 to 2254.' : '';
    throw new Refusal(`${JSON.stringify(value)} is no exact ${type}`, advice);
  }
  return { type, nullable: false, low: size, high: size };
}

function literalSize(type: Type, value: Literal): number | undefined {
  if (typeof value === 'boolean') return type === 'BOOL' ? Number(value) : undefined;
  if (typeof value === 'string') {
    const fits = type === 'STRING' && value.length <= MAX_LITERAL && value.isWellFormed();
    return fits ? lengthOf(value) : undefined;
  }
  if (type === 'FLOAT64') return Number.isFinite(value) ? value : undefined;
  if (type === 'DATE' && !(value >= MIN_DATE && value <= MAX_DATE)) return undefined;
  const isWhole = type === 'INT64' || type === 'TIMESTAMP' || type === 'DATE';
  return isWhole && Math.abs(value) <= MAX_EXACT && Number.isInteger(value) ? value : undefined;
}
