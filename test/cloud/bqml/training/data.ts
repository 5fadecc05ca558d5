/** From the training query to coded rows. */
import { setImmediate } from 'node:timers/promises';
import type { Column, InputTable } from '../../bigquery/ports.ts';
import { invalidQuery } from '../../errors.ts';
import { assignRoles, type Roles, readColumn, readSource } from '../data/columns.ts';
import {
  type Coded,
  code,
  type Feature,
  learnCategorical,
  learnNumeric,
  type Source,
} from '../data/features.ts';
import { type Label, learnLabel, targets } from '../data/labels.ts';
import { orderByHash, RowHash } from '../data/row_hash.ts';
import { type Split, splitRows } from '../data/split.ts';
import { isNumeric } from '../data/values.ts';
import { classWeights, rowWeights } from '../data/weights.ts';
import type { Settings } from '../options/settings.ts';

/** Rows of one side of the split. */
export interface Rows {
  readonly count: number;
  /** Class indices, or the numbers of a regression. */
  readonly targets: Float64Array;
  /** All 1 where absent. */
  readonly weights?: Float64Array;
  /** By feature. */
  readonly coded: readonly Coded[];
}

export interface TrainingData {
  readonly label: Label;
  readonly features: readonly Feature[];
  readonly training: Rows;
  /** Absent where all rows train. */
  readonly evaluation?: Rows;
  /** Of hyperparameter tuning; absent where nothing was kept for a test. */
  readonly test?: Rows;
}

/**
 * Reads, checks, splits and codes the training data, one column at a time, so that others get their
 * turn in between. Statistics and vocabularies are those of the training rows.
 *
 * Rows stand in the order of a hash of their content, so that the same rows give the same model
 * whatever order the query returned them in.
 * @throws {ApiError} invalidQuery or unsupported, naming the column.
 */
export async function readTrainingData(
  input: InputTable,
  settings: Settings,
  signal: AbortSignal,
): Promise<TrainingData> {
  const roles = assignRoles(input.fields, settings);
  if (input.rowCount === 0) throw invalidQuery('The training query returned no rows.');
  const labels = await readColumn(input, roles.label.name);
  const label = learnLabel(settings.type, labels);
  const split = await readSplit(input, roles, settings, signal);
  const weights = roles.weight && (await readColumn(input, roles.weight.name));

  const features: Feature[] = [];
  const coded: Record<keyof Split, Coded>[] = [];
  for (const source of roles.features) {
    await turn(signal);
    const column = await readSource(input, source);
    const feature = learn(source, column, split.training);
    features.push(feature);
    coded.push({
      training: code(feature, column, split.training),
      evaluation: code(feature, column, split.evaluation),
      test: code(feature, column, split.test),
    });
  }
  const goals = targets(label, labels, split.training);
  const byClass = classWeights(settings, label, goals);
  const side = (name: keyof Split): Rows => {
    const rows = split[name];
    const sideTargets = targets(label, labels, rows);
    const sideWeights = rowWeights(sideTargets, rows, byClass, weights);
    return {
      count: rows.length,
      targets: sideTargets,
      coded: coded.map((sides) => sides[name]),
      ...(sideWeights ? { weights: sideWeights } : {}),
    };
  };
  return {
    label,
    features,
    training: checkedRows(side('training')),
    ...(split.evaluation.length > 0 ? { evaluation: side('evaluation') } : {}),
    ...(split.test.length > 0 ? { test: side('test') } : {}),
  };
}

async function turn(signal: AbortSignal): Promise<void> {
  await setImmediate();
  signal.throwIfAborted();
}

function checkedRows(training: Rows): Rows {
  if (training.count === 0) throw invalidQuery('The data split left no rows to train on.');
  if (training.weights && !training.weights.some((weight) => weight > 0)) {
    throw invalidQuery('The weights of all training rows are 0.');
  }
  return training;
}

async function readSplit(
  input: InputTable,
  roles: Roles,
  settings: Settings,
  signal: AbortSignal,
): Promise<Split> {
  const hash = new RowHash(input.rowCount);
  let splitColumn: Column | undefined;
  for (const { name } of input.fields) {
    await turn(signal);
    const column = await readColumn(input, name);
    hash.add(column);
    if (name === roles.split?.name) splitColumn = column;
  }
  return splitRows(settings, orderByHash(hash), splitColumn);
}

const learn = (source: Source, column: Column, rows: Uint32Array): Feature =>
  isNumeric({ kind: source.type })
    ? learnNumeric(source, column, rows)
    : learnCategorical(source, column, rows);
