/** The rows of `batch_scores`, as a Parquet file. */
import { createParquetWriter, type WrittenColumn } from '../parquet/write.ts';
import type { Plan } from './plan.ts';

/** What is found of some rows, one entry each; NaN and null where there is nothing to say. */
export interface FoundRows {
  readonly rows: number;
  readonly applicationId: readonly (string | null)[];
  readonly faults: readonly (string | null)[];
  readonly probability: Float64Array;
  readonly pd: Float64Array;
  readonly outcome: readonly (string | null)[];
  /** Where explanations were asked for. */
  readonly explained?: {
    readonly reasonCodes: readonly (string | null)[];
    readonly baseValue: number;
    readonly contributions: readonly (string | null)[];
  };
}

/** As sql/tables/batch_scores.json has them. */
const COLUMNS: readonly WrittenColumn[] = [
  { name: 'run_id', type: 'text', optional: false },
  { name: 'planned_at', type: 'time', optional: false },
  { name: 'shard', type: 'integer', optional: false },
  { name: 'application_id', type: 'text', optional: true },
  { name: 'model_version', type: 'text', optional: false },
  { name: 'policy_version', type: 'text', optional: false },
  { name: 'probability', type: 'number', optional: true },
  { name: 'pd', type: 'number', optional: true },
  { name: 'outcome', type: 'text', optional: true },
  { name: 'faults', type: 'text', optional: true },
  { name: 'reason_codes', type: 'text', optional: true },
  { name: 'base_value', type: 'number', optional: true },
  { name: 'contributions', type: 'text', optional: true },
];

export interface ResultsFile {
  add(found: FoundRows): void;
  finish(): Buffer;
}

export function createResultsFile(plan: Plan, shard: number): ResultsFile {
  const writer = createParquetWriter(COLUMNS);
  const nothing = { all: null };
  return {
    add({ rows, explained, ...found }) {
      writer.add(rows, [
        { all: plan.run_id },
        { all: Date.parse(plan.planned_at) * 1000 },
        { all: shard },
        found.applicationId,
        { all: plan.model.version },
        { all: plan.policy_version },
        found.probability,
        found.pd,
        found.outcome,
        found.faults,
        explained?.reasonCodes ?? nothing,
        explained ? baseValues(found.pd, explained.baseValue) : nothing,
        explained?.contributions ?? nothing,
      ]);
    },
    finish: () => writer.finish(),
  };
}

const baseValues = (pd: Float64Array, base: number): Float64Array =>
  pd.map((value) => (Number.isNaN(value) ? value : base));
