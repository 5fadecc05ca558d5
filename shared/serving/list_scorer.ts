/** Lists of applications scored out of the bytes that they came in, without an object of any. */
import type { Manifest } from '../bundle/manifest.ts';
import { createSlotReader, type Values } from '../policy/columns.ts';
import { type Contract, isNullable } from '../portfolio/contract.ts';
import { createListReader } from '../reading/list.ts';
import { REFUSED } from '../reading/numbers.ts';
import { RecordReader } from '../reading/record.ts';
import type { KernelScorer } from '../scorer/kernel_scorer.ts';
import type { RowBuilder } from '../scorer/row_builder.ts';

/** What was read and scored; the next list goes where this one is. */
export interface ScoredList {
  /** The applications' own keys. */
  readonly ids: readonly string[];
  /** Calibrated. */
  readonly pds: Float64Array;
  /** What the policy reads of each; there may be more of them than applications. */
  readonly values: readonly Values[];
}

/**
 * Scores `{"applications":[…]}` as `ServingModel.check`, `pds` and `read` would, to the bit.
 * @param most applications
 * @returns undefined for whatever is wrong with it, or merely unusual, and for a model that wants
 *   objects: that is for them to say
 */
export type ListScorer = (bytes: Uint8Array, most: number) => ScoredList | undefined;

export function createListScorer(
  { contract, portfolio, features, policy_columns }: Manifest,
  builder: RowBuilder,
  kernel: KernelScorer,
): ListScorer {
  const { application: key } = portfolio.keys;
  const texts = [...features.inputs, ...policy_columns.inputs].filter(
    ({ type }) => type === 'STRING',
  );
  // What every object has by itself is not absent where a record lacks it.
  if (Object.keys(contract.properties).some((name) => name in Object.prototype)) return unread;
  const reader = new RecordReader(contract, new Set([key, ...texts.map(({ name }) => name)]));
  const idOf = createIdOf(reader, contract, key);
  const fill = builder.ofSlots(reader.slots);
  const read = createSlotReader(policy_columns, reader.slots);
  if (!idOf || !fill || !read) return unread;
  const { width } = builder;
  const readList = createListReader(reader, 'applications');
  const columns = policy_columns.features.length;
  let rows = new Float64Array(0);
  let ids: string[] = [];
  const values: Values[] = [];
  const take = (i: number): boolean => {
    if (i === values.length) values.push(new Float64Array(columns));
    ids.push(idOf());
    return fill(rows, i * width) && read(values[i]!);
  };
  return (bytes, most) => {
    if (rows.length < most * width) rows = new Float64Array(most * width);
    ids = [];
    const count = readList(bytes, most, take);
    if (count === REFUSED) return undefined;
    const { pd } = kernel.scoreRows(rows.subarray(0, count * width));
    return { ids, pds: pd, values };
  };
}

const unread = () => undefined;

/** The key of the application in the slots as text; undefined where it is no text and no integer. */
function createIdOf(
  { slots }: RecordReader,
  { required, properties }: Contract,
  key: string,
): (() => string) | undefined {
  const slot = slots.names.indexOf(key);
  const isThere = slot >= 0 && required.includes(key) && !isNullable(properties[key]!);
  if (!isThere) return undefined;
  const { numbers, texts, types } = slots;
  if (types[slot] === 'STRING') return () => texts[slot]!;
  return types[slot] === 'INT64' ? () => String(numbers[slot]) : undefined;
}
