/** ML.VALIDATE_DATA_SKEW and ML.VALIDATE_DATA_DRIFT: features whose distribution has changed. */
import type { InputTable } from '../../bigquery/ports.ts';
import type { Field } from '../../bigquery/types.ts';
import { unsupported } from '../../errors.ts';
import { findField, readColumn } from '../data/columns.ts';
import type { Feature } from '../data/features.ts';
import type { Model } from '../model/model.ts';
import {
  rankedCounts,
  type ValueSource,
  valueSources,
  valuesOf,
} from '../monitoring/column_values.ts';
import {
  DEFAULT_RESOLUTION,
  type Distribution,
  distance,
  distributionOf,
  type Metric,
  type Resolution,
} from '../monitoring/distribution.ts';
import {
  type Answer,
  type CallShape,
  countOf,
  type DataFunction,
  fail,
  field,
  flagOf,
  type MlFunction,
  numbers,
  texts,
} from './function.ts';

const FIELDS: readonly Field[] = [
  field('input', 'STRING'),
  field('metric', 'STRING'),
  field('threshold', 'FLOAT64'),
  field('value', 'FLOAT64'),
  field('is_anomaly', 'BOOL'),
];

const COMMON = [
  'categorical_default_threshold',
  'categorical_metric_type',
  'numerical_default_threshold',
  'numerical_metric_type',
  'thresholds',
];

/** ML.VALIDATE_DATA_SKEW: rows to be served against the rows that trained the model. */
export const VALIDATE_DATA_SKEW: MlFunction = {
  input: 'required',
  settings: [...COMMON, 'enable_visualization_link'],
  fields(model, call) {
    if (flagOf(call, 'enable_visualization_link')) {
      throw unsupported('the argument enable_visualization_link of ML.VALIDATE_DATA_SKEW');
    }
    limitsOf(
      call,
      servedSources(model, call).map(({ name }) => name),
    );
    trainedDistributions(model, call);
    return FIELDS;
  },
  async run(model, call) {
    const shape = { ...call, inputFields: call.input!.fields };
    const sources = servedSources(model, shape);
    const trained = trainedDistributions(model, shape);
    const study = await distributions(call.input!, sources, DEFAULT_RESOLUTION);
    const pairs = sources.map(({ name }, i) => ({
      name,
      base: trained.get(name.toLowerCase())!,
      study: study[i]!,
    }));
    return report(
      pairs,
      limitsOf(
        shape,
        sources.map(({ name }) => name),
      ),
    );
  },
};

/** ML.VALIDATE_DATA_DRIFT: one set of rows against another, by the columns that both have. */
export const VALIDATE_DATA_DRIFT: DataFunction = {
  tables: 2,
  settings: [
    ...COMMON,
    'num_histogram_buckets',
    'num_quantiles_histogram_buckets',
    'num_values_histogram_buckets',
    'num_rank_histogram_buckets',
  ],
  fields(call) {
    const [base] = sharedSources(call);
    limitsOf(
      call,
      base.map(({ name }) => name),
    );
    resolutionOf(call);
    return FIELDS;
  },
  async run(call) {
    const [input, study] = [call.input!, call.study!];
    const shape = { ...call, inputFields: input.fields, studyFields: study.fields };
    const [baseSources, studySources] = sharedSources(shape);
    const resolution = resolutionOf(shape);
    const base = await distributions(input, baseSources, resolution);
    const other = await distributions(study, studySources, resolution);
    const names = baseSources.map(({ name }) => name);
    const pairs = names.map((name, i) => ({ name, base: base[i]!, study: other[i]! }));
    return report(pairs, limitsOf(shape, names));
  },
};

const sourcesOf = (fields: readonly Field[], call: CallShape): ValueSource[] =>
  valueSources(fields, (problem) => fail(call.functionName, problem));

const sourceNamed = (sources: readonly ValueSource[], name: string): ValueSource | undefined =>
  sources.find((source) => source.name.toLowerCase() === name.toLowerCase());

/** The model's features that the rows have. */
function servedSources({ features }: Model, call: CallShape): ValueSource[] {
  const columns = new Set(features.map(({ column }) => column.toLowerCase()));
  const served = call.inputFields!.filter(({ name }) => columns.has(name.toLowerCase()));
  const sources = sourcesOf(served, call);
  return features.flatMap(({ name }) => sourceNamed(sources, name) ?? []);
}

/** Columns that both tables have, as each has them, in the order of the first. */
function sharedSources(call: CallShape): [ValueSource[], ValueSource[]] {
  const has = (others: readonly Field[]) => (one: Field) =>
    findField(others, one.name) !== undefined;
  const [base, study] = [call.inputFields!, call.studyFields!];
  const [first, second] = [
    sourcesOf(base.filter(has(study)), call),
    sourcesOf(study.filter(has(base)), call),
  ];
  const kept = first.filter(({ name }) => sourceNamed(second, name));
  return [kept, kept.map(({ name }) => sourceNamed(second, name)!)];
}

async function distributions(
  input: InputTable,
  sources: readonly ValueSource[],
  resolution: Resolution,
): Promise<Distribution[]> {
  const all: Distribution[] = [];
  for (const source of sources) {
    const column = await readColumn(input, source.column);
    all.push(distributionOf(valuesOf(source, column), resolution));
  }
  return all;
}

/** @throws {ApiError} for a model from before its features' distributions were kept. */
function trainedDistributions({ features }: Model, call: CallShape): Map<string, Distribution> {
  return new Map(features.map((feature) => [feature.name.toLowerCase(), trained(feature, call)]));
}

function trained(feature: Feature, call: CallShape): Distribution {
  if (feature.kind === 'categorical') {
    const counts = feature.vocabulary.map((text, i): [string, number] => [
      text,
      feature.counts[i]!,
    ]);
    // NULL's place is the first, and no category.
    const ranks = rankedCounts(counts.slice(1)).slice(0, DEFAULT_RESOLUTION.ranks);
    return { kind: 'categorical', counts: ranks };
  }
  if (feature.histogram) return { kind: 'numerical', histogram: feature.histogram };
  const problem = 'The model was created before training kept its statistics. Retrain it.';
  throw fail(call.functionName, problem);
}

function resolutionOf(call: CallShape): Resolution {
  countOf(call, 'num_quantiles_histogram_buckets', 10, 1000);
  countOf(call, 'num_values_histogram_buckets', 10, 1000);
  return {
    buckets: countOf(call, 'num_histogram_buckets', DEFAULT_RESOLUTION.buckets, 1000),
    ranks: countOf(call, 'num_rank_histogram_buckets', DEFAULT_RESOLUTION.ranks, 10_000),
  };
}

interface Limits {
  readonly categoricalMetric: Metric;
  thresholdOf(name: string, kind: Distribution['kind']): number;
}

/** @throws {ApiError} invalidQuery for a threshold outside of [0, 1), a metric that there isn't. */
function limitsOf(call: CallShape, names: readonly string[]): Limits {
  const byKind = {
    categorical: threshold(call, 'categorical_default_threshold'),
    numerical: threshold(call, 'numerical_default_threshold'),
  };
  metricOf(call, 'numerical_metric_type', ['JENSEN_SHANNON_DIVERGENCE']);
  const own = ownThresholds(call, names);
  return {
    categoricalMetric: metricOf(call, 'categorical_metric_type', [
      'L_INFTY',
      'JENSEN_SHANNON_DIVERGENCE',
    ]),
    thresholdOf: (name, kind) => own.get(name.toLowerCase()) ?? byKind[kind],
  };
}

const DEFAULT_THRESHOLD = 0.3;

const threshold = (call: CallShape, name: string): number =>
  checkedThreshold(call, name, call.settings.get(name) ?? DEFAULT_THRESHOLD);

function checkedThreshold(call: CallShape, name: string, value: unknown): number {
  if (typeof value === 'number' && value >= 0 && value < 1) return value;
  throw fail(call.functionName, `${name} must be a FLOAT64 from 0 to below 1.`);
}

function metricOf(call: CallShape, name: string, metrics: readonly Metric[]): Metric {
  const value = call.settings.get(name) ?? metrics[0];
  const metric = metrics.find((one) => one === value);
  if (metric) return metric;
  throw fail(call.functionName, `${name} must be ${metrics.join(' or ')}.`);
}

/** Thresholds of single columns, by their names in lower case. */
function ownThresholds(call: CallShape, names: readonly string[]): Map<string, number> {
  const given = call.settings.get('thresholds') ?? [];
  const pairs = Array.isArray(given) ? given : [undefined];
  return new Map(
    pairs.map((pair: unknown) => {
      if (!Array.isArray(pair) || pair.length !== 2 || typeof pair[0] !== 'string') {
        throw fail(call.functionName, "thresholds must be an array such as [('column', 0.2)].");
      }
      const [name, value] = pair as [string, unknown];
      if (!names.some((one) => one.toLowerCase() === name.toLowerCase())) {
        throw fail(call.functionName, `thresholds names ${name}, which is no column to compare.`);
      }
      return [name.toLowerCase(), checkedThreshold(call, `The threshold of ${name}`, value)];
    }),
  );
}

interface Pair {
  readonly name: string;
  readonly base: Distribution;
  readonly study: Distribution;
}

function report(pairs: readonly Pair[], limits: Limits): Answer[] {
  const rows = pairs.flatMap(({ name, base, study }) => {
    const metric: Metric =
      base.kind === 'numerical' ? 'JENSEN_SHANNON_DIVERGENCE' : limits.categoricalMetric;
    const value = distance(base, study, metric);
    if (value === undefined) return [];
    return [{ name, metric, limit: limits.thresholdOf(name, base.kind), value }];
  });
  return [
    texts(rows.map(({ name }) => name)),
    texts(rows.map(({ metric }) => metric)),
    numbers(rows.map(({ limit }) => limit)),
    numbers(rows.map(({ value }) => value)),
    { values: rows.map(({ value, limit }) => value > limit) },
  ];
}
