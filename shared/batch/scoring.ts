/** One shard's rows, scored and ruled: columns in, columns out. */
import { reasonsOf } from '../decision/reasons.ts';
import type { RowGroup } from '../parquet/read.ts';
import { createColumnAt, type Reading } from '../policy/columns.ts';
import type { Verdict } from '../policy/policy.ts';
import type { PolicyInForce } from '../policy/versions.ts';
import { type ColumnBuilder, createColumnBuilder } from '../scorer/column_builder.ts';
import type { KernelModel } from '../serving/kernel_model.ts';
import type { FoundRows } from './results.ts';
import { featureColumn, numbersOf, policyColumn } from './staging.ts';

export interface BatchScorer {
  /** @param group of a staged table */
  score(group: RowGroup): FoundRows;
}

/**
 * @param at which version of the policy rules: that of the run's time
 * @param explain whether contributions and reasons are wanted
 */
export function createBatchScorer(model: KernelModel, at: Date, explain: boolean): BatchScorer {
  const { manifest, kernel, policies } = model;
  const policy = policies.at(at);
  const build = createColumnBuilder(manifest.features, manifest.inputs);
  return {
    score(group) {
      const faults = group.texts('faults');
      const columns = columnsOf(group, build);
      const { probability, pd } = kernel.scoreColumns(columns, group.rows);
      for (let row = 0; row < group.rows; row++) {
        if (faults[row] === null) continue;
        probability[row] = Number.NaN;
        pd[row] = Number.NaN;
      }
      const explained = explain ? createExplanations(model, policy, columns) : undefined;
      const outcome = new Array<string | null>(group.rows).fill(null);
      const readingOf = readerOf(model, group);
      for (let row = 0; row < group.rows; row++) {
        if (faults[row] !== null) continue;
        const reading = readingOf(row);
        outcome[row] = policy.outcomeOf(reading, pd[row]!);
        explained?.explain(row, policy.apply(reading, pd[row]!));
      }
      return {
        rows: group.rows,
        applicationId: group.texts('application_id'),
        faults,
        probability,
        pd,
        outcome,
        ...(explained ? { explained: explained.found } : {}),
      };
    },
  };
}

const columnsOf = (group: RowGroup, build: ColumnBuilder): Float64Array[] =>
  build({
    numbers: (feature) => group.numbers(featureColumn(feature)),
    texts: (feature) => group.texts(featureColumn(feature)),
  });

/** What the policy reads of a row; good until the next is asked for. */
function readerOf(
  { manifest: { policy_columns } }: KernelModel,
  group: RowGroup,
): (row: number) => Reading {
  const columnAt = createColumnAt(policy_columns);
  // What is text cannot be known to a policy.
  const values = new Float64Array(policy_columns.features.length).fill(Number.NaN);
  const reading = { values };
  const columns = numbersOf(policy_columns).map(({ name }) => ({
    place: columnAt(name),
    numbers: group.numbers(policyColumn(name)),
  }));
  return (row) => {
    for (const { place, numbers } of columns) values[place] = numbers[row]!;
    return reading;
  };
}

/** Exact contributions of a row's features, and the reasons that they make. */
function createExplanations(
  model: KernelModel,
  policy: PolicyInForce,
  columns: readonly Float64Array[],
) {
  const rows = columns[0]?.length ?? 0;
  const reasonCodes = new Array<string | null>(rows).fill(null);
  const contributions = new Array<string | null>(rows).fill(null);
  const input = new Float64Array(columns.length);
  return {
    found: { reasonCodes, contributions, baseValue: model.baseline(policy.document) },
    explain(row: number, verdict: Verdict): void {
      columns.forEach((column, i) => {
        input[i] = column[row]!;
      });
      const added = model.contributions(input, policy.document);
      contributions[row] = JSON.stringify(added);
      if (verdict.outcome === 'approve') return;
      const reasons = reasonsOf(verdict, policy, model.manifest.reasons, () => added);
      reasonCodes[row] = reasons.map(({ code }) => code).join(',');
    },
  };
}
