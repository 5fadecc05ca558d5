/** The text files of a tree model's export: metadata and vocabularies. */
import { unsupported } from '../../errors.ts';
import type { CategoricalFeature, Feature } from '../data/features.ts';
import type { TreeEncoding } from '../ensemble/encode.ts';
import type { Model } from '../model/model.ts';

const KINDS = {
  label: 'categorical_label',
  one_hot: 'categorical_one_hot',
  target: 'categorical_target',
} as const;

/** assets/model_metadata.json, as BigQuery ML's exports have it. */
export function metadataFile(model: Model, encodings: readonly TreeEncoding[]): string {
  const { label, features, settings } = model;
  const described = features.map((feature, i) => [feature.name, describe(feature, encodings[i]!)]);
  const metadata = {
    ...(label.classes ? { class_names: label.classes } : {}),
    feature_names: features.map(({ name }) => name),
    features: Object.fromEntries(described),
    label_col: label.name,
    model_type: settings.type.name.toLowerCase(),
  };
  return `${JSON.stringify(metadata, null, 2)}\n`;
}

function describe(feature: Feature, encoding: TreeEncoding): Record<string, unknown> {
  if (encoding.kind !== 'number') return { encode_type: KINDS[encoding.kind] };
  if (feature.kind !== 'numeric') return {};
  const { mean, min, max, stddev } = feature;
  const known = Object.entries({ mean, min, max, std: stddev });
  return Object.fromEntries(known.filter(([, value]) => Number.isFinite(value)));
}

/**
 * Vocabularies by file name, `<feature index>_<kind>.txt`: one category a line, `_null_filler`
 * first; of a target encoding `category,value,…` without it.
 * @throws {ApiError} unsupported for a category that the format cannot carry.
 */
export function vocabularyFiles(
  features: readonly Feature[],
  encodings: readonly TreeEncoding[],
): Map<string, string> {
  const files = new Map<string, string>();
  features.forEach((feature, i) => {
    const encoding = encodings[i]!;
    if (feature.kind !== 'categorical' || encoding.kind === 'number') return;
    refuseUnwritable(feature, encoding);
    const lines = feature.vocabulary.flatMap((category, code) => {
      if (encoding.kind !== 'target') return [category];
      const values = encoding.values.map((means) => means[code]!);
      // What is missing in a target encoding is written 0, and read back as missing.
      const texts = values.map((value) => (Number.isNaN(value) ? '0' : String(value)));
      return code === 0 ? [] : [[category, ...texts].join(',')];
    });
    files.set(`${i}_${KINDS[encoding.kind]}.txt`, lines.map((line) => `${line}\n`).join(''));
  });
  return files;
}

/** What Python's splitlines() takes for the end of a line. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters meant.
const LINE_BREAK = /[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/;

function refuseUnwritable(feature: CategoricalFeature, encoding: TreeEncoding): void {
  const isBad = (category: string) =>
    LINE_BREAK.test(category) || (encoding.kind === 'target' && category.includes(','));
  const bad = feature.vocabulary.find(isBad);
  if (bad === undefined) return;
  throw unsupported(
    `exporting the category ${JSON.stringify(bad)} of the feature ${feature.name}: a vocabulary file has a category a line`,
  );
}
