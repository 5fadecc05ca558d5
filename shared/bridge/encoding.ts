/**
 * BigQuery ML's automatic preprocessing of tree models, as an export records it: which value of a
 * feature becomes which numbers of the row that the trees read.
 *
 * Sources: "Exporting models" and "Automatic feature preprocessing" in the BigQuery documentation;
 * behaviour of the exported predictor (missing slots are NaN, not 0).
 */
import { ModelFormatError } from './errors.ts';

/**
 * What a category that the vocabulary lacks (NULL included) becomes. The documentation says the
 * first entry (`_null_filler`); the exported predictor says missing. Parity rows decide by model.
 */
export type UnknownCategory = 'missing' | 'null_filler';

export type InputEncoding =
  /** One number; NULL becomes `nullValue` (the training mean), or missing where that is null. */
  | { readonly kind: 'number'; readonly name: string; readonly nullValue: number | null }
  /** The category's place in the vocabulary. */
  | Categorical<'label'>
  /** One slot a category: 1 for the row's own, missing elsewhere. */
  | Categorical<'one_hot'>
  | Categorical<'array_one_hot'>
  /** The category's target means, `width` numbers; for an array the mean over its items. */
  | Targets<'target'>
  | Targets<'array_target'>
  /** A sparse vector [index, value][]: missing where no value is given. */
  | { readonly kind: 'array_struct'; readonly name: string; readonly width: number }
  /** A dense vector of exactly `width` numbers. */
  | { readonly kind: 'array_numerical'; readonly name: string; readonly width: number };

interface Categorical<Kind extends string> {
  readonly kind: Kind;
  readonly name: string;
  /** In vocabulary order; the first is the filler for NULL. */
  readonly categories: readonly string[];
  readonly unknown: UnknownCategory;
}

interface Targets<Kind extends string> {
  readonly kind: Kind;
  readonly name: string;
  readonly width: number;
  readonly targets: Readonly<Record<string, readonly number[]>>;
}

/** How many numbers of the row an input becomes. */
export function widthOf(input: InputEncoding): number {
  switch (input.kind) {
    case 'number':
    case 'label':
      return 1;
    case 'one_hot':
    case 'array_one_hot':
      return input.categories.length;
    default:
      return input.width;
  }
}

/** A row of the model: float32 for trees, float64 where linear weights need it. */
export type NumericRow = Float32Array | Float64Array;

/**
 * Writes one input's numbers into `row` from `at` on; answers the place behind them.
 * @throws {RangeError} for an array of the wrong length or an index outside the vector.
 */
export function encodeInput(
  input: InputEncoding,
  value: unknown,
  row: NumericRow,
  at: number,
): number {
  const end = at + widthOf(input);
  switch (input.kind) {
    case 'number':
      row[at] = value === null || value === undefined ? (input.nullValue ?? NaN) : Number(value);
      break;
    case 'label':
      row[at] = slotOf(input, value) ?? NaN;
      break;
    case 'one_hot':
      row.fill(NaN, at, end);
      mark(row, at, slotOf(input, value));
      break;
    case 'array_one_hot':
      row.fill(NaN, at, end);
      for (const item of items(value)) mark(row, at, slotOf(input, item));
      break;
    case 'target':
      row.set(targetsOf(input, [value]) ?? new Array(input.width).fill(NaN), at);
      break;
    case 'array_target':
      row.set(targetsOf(input, items(value)) ?? new Array(input.width).fill(0), at);
      if (input.width > 1) zerosToMissing(row, at, end);
      break;
    case 'array_struct':
      row.fill(NaN, at, end);
      setSparse(input, value, row, at);
      break;
    case 'array_numerical':
      setDense(input, value, row, at);
  }
  if (input.kind === 'target' && input.width > 1) zerosToMissing(row, at, end);
  return end;
}

function slotOf(input: Categorical<string>, value: unknown): number | undefined {
  const slot = value === null || value === undefined ? -1 : input.categories.indexOf(String(value));
  if (slot >= 0) return slot;
  return input.unknown === 'null_filler' ? 0 : undefined;
}

function mark(row: NumericRow, at: number, slot: number | undefined): void {
  if (slot !== undefined) row[at + slot] = 1;
}

const items = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** The mean over the values' target means; unseen values of an array count as 0. */
function targetsOf(input: Targets<string>, values: readonly unknown[]): number[] | undefined {
  const known = values.map((value) =>
    // A category may be called what every object inherits.
    Object.hasOwn(input.targets, String(value)) ? input.targets[String(value)] : undefined,
  );
  if (values.length === 0 || (values.length === 1 && known[0] === undefined)) return undefined;
  return Array.from({ length: input.width }, (_, k) => {
    let sum = 0;
    for (const targets of known) sum += (targets?.[k] ?? 0) / values.length;
    return sum;
  });
}

/** In multi-class models a target mean of 0 counts as missing. */
function zerosToMissing(row: NumericRow, from: number, to: number): void {
  for (let i = from; i < to; i++) if (row[i] === 0) row[i] = NaN;
}

function setSparse(
  input: { name: string; width: number },
  value: unknown,
  row: NumericRow,
  at: number,
): void {
  for (const item of items(value)) {
    const [index, number] = item as [number, number];
    if (!Number.isInteger(index) || index < 0 || index >= input.width) {
      throw new RangeError(`${input.name} has the index ${index}; it has ${input.width} places.`);
    }
    row[at + index] = number;
  }
}

function setDense(
  input: { name: string; width: number },
  value: unknown,
  row: NumericRow,
  at: number,
): void {
  const numbers = items(value);
  if (numbers.length !== input.width) {
    throw new RangeError(`${input.name} has ${numbers.length} numbers; it needs ${input.width}.`);
  }
  numbers.forEach((number, i) => {
    row[at + i] = Number(number);
  });
}

/** What `assets/` of an export says about a tree model. */
export interface ExportMetadata {
  /** boosted_tree_classifier, random_forest_regressor, … */
  readonly modelType: string;
  readonly labelColumn: string;
  /** Labels by output group: group k is `classNames[k]`; empty for a regressor. */
  readonly classNames: readonly string[];
  readonly inputs: readonly InputEncoding[];
}

/**
 * Reads `model_metadata.json` and the vocabularies beside it.
 * @param assets file name → text of every file in `assets/`
 * @throws {ModelFormatError} naming what is missing.
 */
export function readExportMetadata(
  assets: ReadonlyMap<string, string>,
  unknown: UnknownCategory,
): ExportMetadata {
  const metadata = parseMetadata(assets);
  const inputs = metadata.feature_names.map((name, index) => {
    const feature = metadata.features[name];
    if (!feature) throw new ModelFormatError(`model_metadata.json lacks the feature "${name}".`);
    return readInput(name, index, feature, assets, unknown);
  });
  return {
    modelType: metadata.model_type,
    labelColumn: metadata.label_col,
    classNames: metadata.class_names ?? [],
    inputs,
  };
}

interface MetadataFile {
  readonly model_type: string;
  readonly label_col: string;
  readonly class_names?: readonly string[];
  readonly feature_names: readonly string[];
  readonly features: Readonly<Record<string, FeatureMetadata | undefined>>;
}

interface FeatureMetadata {
  readonly encode_type?: string;
  readonly mean?: number;
}

function parseMetadata(assets: ReadonlyMap<string, string>): MetadataFile {
  const text = assets.get('model_metadata.json');
  if (text === undefined)
    throw new ModelFormatError('The export lacks assets/model_metadata.json.');
  let metadata: Partial<MetadataFile>;
  try {
    metadata = JSON.parse(text);
  } catch (error) {
    throw new ModelFormatError(`model_metadata.json is not JSON: ${(error as Error).message}`, {
      cause: error,
    });
  }
  const { model_type, label_col, feature_names, features } = metadata;
  if (!model_type || !label_col || !Array.isArray(feature_names) || !features) {
    throw new ModelFormatError(
      'model_metadata.json must name model_type, label_col, feature_names and features.',
    );
  }
  return metadata as MetadataFile;
}

/** An encoding by the name that model_metadata.json gives it; legacy names beside new ones. */
function readInput(
  name: string,
  index: number,
  feature: FeatureMetadata,
  assets: ReadonlyMap<string, string>,
  unknown: UnknownCategory,
): InputEncoding {
  const lines = (...files: string[]) => vocabulary(name, index, files, assets);
  switch (feature.encode_type ?? '') {
    case '':
    case 'numerical_identity':
      return { kind: 'number', name, nullValue: feature.mean ?? null };
    // Despite its name the legacy `ohe` is label encoding.
    case 'ohe':
    case 'categorical_label':
      return { kind: 'label', name, categories: lines('_categorical_label', ''), unknown };
    case 'categorical_one_hot':
      return { kind: 'one_hot', name, categories: lines('_categorical_one_hot'), unknown };
    case 'mhe':
    case 'array_one_hot':
      return {
        kind: 'array_one_hot',
        name,
        categories: lines('_array_one_hot', '_array'),
        unknown,
      };
    case 'categorical_target':
      return { kind: 'target', name, ...targetTable(name, lines('_categorical_target')) };
    case 'array_target':
      return { kind: 'array_target', name, ...targetTable(name, lines('_array_target')) };
    case 'array_struct':
      return { kind: 'array_struct', name, width: size(name, lines('_array_struct_dimension')) };
    case 'array_numerical':
      return { kind: 'array_numerical', name, width: size(name, lines('_array_numerical_length')) };
    default:
      throw new ModelFormatError(
        `The feature "${name}" is encoded as "${feature.encode_type}", which is not known here.`,
      );
  }
}

/** The lines of the first of the files that exists; stale files of other kinds are not looked at. */
function vocabulary(
  name: string,
  index: number,
  suffixes: readonly string[],
  assets: ReadonlyMap<string, string>,
): string[] {
  const files = suffixes.map((suffix) => `${index}${suffix}.txt`);
  const file = files.find((candidate) => assets.has(candidate));
  if (!file) {
    throw new ModelFormatError(`The export lacks assets/${files[0]}, the vocabulary of "${name}".`);
  }
  const text = assets.get(file)!;
  return (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n');
}

function targetTable(
  name: string,
  lines: readonly string[],
): { width: number; targets: Record<string, number[]> } {
  const targets: Record<string, number[]> = {};
  let width: number | undefined;
  for (const line of lines) {
    const cells = line.split(',');
    const numbers = cells.slice(1).map(Number);
    width ??= numbers.length;
    if (numbers.length !== width || width === 0 || numbers.some(Number.isNaN)) {
      throw new ModelFormatError(
        `The target table of "${name}" has the unreadable line "${line}".`,
      );
    }
    targets[cells[0]!] = numbers;
  }
  return { width: width ?? 0, targets };
}

function size(name: string, lines: readonly string[]): number {
  const width = Number(lines[0]);
  if (!Number.isInteger(width) || width < 1 || width > 1 << 20) {
    throw new ModelFormatError(`The length of "${name}" is "${lines[0]}", which is no size.`);
  }
  return width;
}
