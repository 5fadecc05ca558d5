import { bind, fetch, newRegisters, store } from './graph/registers.ts';
import { restore } from './graph/restore.ts';
import { isOpName, OPS } from './ops/index.ts';
import type { Step } from './ops/op.ts';
import type { Feature, FeatureProgram } from './program.ts';
import { type Reader, type Row, readerOf } from './row.ts';
import { type Slots, slotReaderOf, type Wanted } from './slots.ts';
import type { Literal } from './types.ts';

/** Computes the features of rows, one at a time. */
export interface FeatureEvaluator {
  /** In the order of the outputs. */
  readonly features: readonly Feature[];
  /**
   * Computes every feature of a row; slot i belongs to feature i.
   *
   * @param row raw columns: numbers, booleans, text; TIMESTAMP as RFC 3339, DATE as YYYY-MM-DD
   * @param numbers receives INT64, FLOAT64 and BOOL (0 or 1), NaN for NULL and for STRING features
   * @param texts receives STRING features, null for NULL; other slots are left alone
   * @throws {RowError} for a row outside the domain of the inputs; outputs are then unchanged
   */
  evaluate(row: Row, numbers: Float64Array, texts?: (string | null)[]): void;
  /** The features of a row by name, as a new object. @throws {RowError} */
  record(row: Row): Record<string, Literal | null>;
  /** Computes what `evaluate` does of rows that lie in slots; undefined where an input is not there. */
  ofSlots(slots: Slots): SlotEvaluate | undefined;
}

/**
 * Computes the numbers of the row that is in the slots now.
 * @returns false where `evaluate` throws; `numbers` are then unchanged
 */
export type SlotEvaluate = (numbers: Float64Array) => boolean;

/**
 * Links a program for evaluation: every node becomes one step over typed registers, in order, each
 * computed once.
 *
 * @throws {ProgramError} for a program that cannot be proven total
 */
export function createEvaluator(program: FeatureProgram): FeatureEvaluator {
  const { graph, outputs } = restore(program);
  const registers = newRegisters(graph.nodes.length);
  const fields = new Map(program.inputs.map((field) => [field.name, field]));
  const readers: Reader[] = [];
  const inputs: Wanted[] = [];
  const steps: Step[] = [];
  graph.nodes.forEach((node, out) => {
    if ('input' in node) {
      const field = fields.get(node.input)!;
      readers.push(readerOf(field, registers, out));
      inputs.push({ field, register: out });
    } else if ('value' in node) store(registers, out, node.value);
    else if (isOpName(node.op)) {
      const { args, settings = [] } = node;
      const { type } = graph.facts[out]!;
      const of = graph.facts[args[0]!]!.type;
      steps.push(bind(OPS[node.op], registers, { args, settings, out, of, type }));
    }
  });
  const step = (): void => {
    for (let i = 0; i < steps.length; i++) steps[i]!();
  };
  const run = (row: Row): void => {
    for (let i = 0; i < readers.length; i++) readers[i]!(row);
    step();
  };
  const slots = Int32Array.from(outputs);
  const isText = program.features.map(({ type }) => type === 'STRING');
  // A copy has room for all of them from the start, where one that grows is moved again and again.
  const none: Record<string, Literal | null> = Object.fromEntries(
    program.features.map(({ name }) => [name, null]),
  );
  return {
    features: program.features,
    evaluate(row, numbers, texts) {
      run(row);
      for (let i = 0; i < slots.length; i++) {
        const slot = slots[i]!;
        numbers[i] = registers.numbers[slot]!;
        if (isText[i] && texts) texts[i] = registers.texts[slot]!;
      }
    },
    record(row) {
      run(row);
      const values = { ...none };
      for (let i = 0; i < outputs.length; i++) {
        const { name, type } = program.features[i]!;
        values[name] = fetch(registers, outputs[i]!, type);
      }
      return values;
    },
    ofSlots(source) {
      const read = slotReaderOf(inputs, source, registers);
      return (
        read &&
        ((numbers) => {
          if (!read()) return false;
          step();
          for (let i = 0; i < slots.length; i++) numbers[i] = registers.numbers[slots[i]!]!;
          return true;
        })
      );
    },
  };
}
