import { ARITHMETIC } from './arithmetic.ts';
import { CASTS } from './casts.ts';
import { COMPARISON } from './comparison.ts';
import { LOGIC } from './logic.ts';
import type { Op } from './op.ts';
import { ROUNDING } from './rounding.ts';
import { TEXT } from './text.ts';
import { TIME } from './time.ts';
import { TRANSCENDENTAL } from './transcendental.ts';

const TABLE = {
  ...ARITHMETIC,
  ...ROUNDING,
  ...TRANSCENDENTAL,
  ...COMPARISON,
  ...LOGIC,
  ...TEXT,
  ...CASTS,
  ...TIME,
};

/** The name of an instruction, as programs spell it. */
export type OpName = keyof typeof TABLE;

/** Every instruction that a feature program may hold. */
export const OPS: Readonly<Record<OpName, Op>> = TABLE;

export const isOpName = (name: string): name is OpName => Object.hasOwn(TABLE, name);
