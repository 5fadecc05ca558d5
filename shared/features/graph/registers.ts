import type { Op, Registers, Step } from '../ops/op.ts';
import type { Literal, Type } from '../types.ts';

/** Registers for so many nodes, all NULL. */
export function newRegisters(size: number): Registers {
  return {
    numbers: new Float64Array(size).fill(Number.NaN),
    texts: new Array<string | null>(size).fill(null),
  };
}

export function store({ numbers, texts }: Registers, slot: number, value: Literal | null): void {
  if (typeof value === 'string') texts[slot] = value;
  else numbers[slot] = value === null ? Number.NaN : Number(value);
}

/** The value in a slot as a program's constants have it. */
export function fetch(registers: Registers, slot: number, type: Type): Literal | null {
  if (type === 'STRING') return registers.texts[slot]!;
  const value = registers.numbers[slot]!;
  if (Number.isNaN(value)) return null;
  return type === 'BOOL' ? value === 1 : value;
}

/** The step that computes one instruction into `out`. */
export function bind(
  op: Op,
  registers: Registers,
  use: {
    readonly args: readonly number[];
    readonly out: number;
    readonly settings: readonly Literal[];
    readonly of: Type;
    readonly type: Type;
  },
): Step {
  const [a = -1, b = -1, c = -1] = use.args;
  return op.link({ ...registers, ...use, a, b, c });
}
