/** Rows that were read into slots, not into an object: the second way into a feature program. */
import { domainOf } from './graph/domain.ts';
import type { Registers } from './ops/op.ts';
import type { InputField } from './program.ts';
import type { Type } from './types.ts';
import { lengthOf } from './values/text.ts';

/** Where the fields of one row after another are: a slot a field, as registers hold values. */
export interface Slots extends Registers {
  readonly names: readonly string[];
  /** Of each field that is there to be read. */
  readonly types: readonly (Type | undefined)[];
}

/**
 * Puts the row that is in the slots into the registers of a program.
 * @returns false for a row outside the domain of the inputs, which `readerOf` says in words
 */
export type SlotReader = () => boolean;

/** An input of a program, and the register that wants it. */
export interface Wanted {
  readonly field: InputField;
  readonly register: number;
}

/** @returns undefined where the slots lack an input, or have it as another type */
export function slotReaderOf(
  wanted: readonly Wanted[],
  slots: Slots,
  registers: Registers,
): SlotReader | undefined {
  const links = wanted.map(({ field, register }) => ({
    ...domainOf(field),
    from: slots.names.indexOf(field.name),
    to: register,
  }));
  if (links.some(({ from, type }) => from < 0 || slots.types[from] !== type)) return undefined;
  const readNumbers = numberLinks(
    links.filter(({ type }) => type !== 'STRING'),
    slots,
    registers,
  );
  const readTexts = textLinks(
    links.filter(({ type }) => type === 'STRING'),
    slots,
    registers,
  );
  return () => readNumbers() && readTexts();
}

interface Link {
  readonly from: number;
  readonly to: number;
  readonly low: number;
  readonly high: number;
  readonly nullable: boolean;
}

function numberLinks(links: readonly Link[], slots: Slots, registers: Registers): SlotReader {
  const { from, to, low, high, nullable } = columnsOf(links);
  const { numbers: source } = slots;
  const { numbers } = registers;
  return () => {
    for (let i = 0; i < from.length; i++) {
      const number = source[from[i]!]!;
      if (Number.isNaN(number)) {
        if (nullable[i] !== 1) return false;
      } else if (number < low[i]! || number > high[i]!) return false;
      numbers[to[i]!] = number;
    }
    return true;
  };
}

function textLinks(links: readonly Link[], slots: Slots, registers: Registers): SlotReader {
  const { from, to, high, nullable } = columnsOf(links);
  const { texts: source } = slots;
  const { texts } = registers;
  return () => {
    for (let i = 0; i < from.length; i++) {
      const text = source[from[i]!]!;
      if (text === null) {
        if (nullable[i] !== 1) return false;
      } else if (text.length > high[i]! && lengthOf(text) > high[i]!) return false;
      texts[to[i]!] = text;
    }
    return true;
  };
}

const columnsOf = (links: readonly Link[]) => ({
  from: Int32Array.from(links, ({ from }) => from),
  to: Int32Array.from(links, ({ to }) => to),
  low: Float64Array.from(links, ({ low }) => low),
  high: Float64Array.from(links, ({ high }) => high),
  nullable: Uint8Array.from(links, ({ nullable }) => Number(nullable)),
});
