/** What the tests of this folder share: tables, an engine and statements without a warehouse. */
import assert from 'node:assert/strict';
import type { ModelRef } from '../bigquery/names.ts';
import type {
  Column,
  InputTable,
  MlCall,
  MlStatement,
  ObjectStore,
  QueryContext,
  TrainingIteration,
} from '../bigquery/ports.ts';
import type { BqType, Field, ScalarType } from '../bigquery/types.ts';
import { ApiError, notFound } from '../errors.ts';
import { createMl, type MlConfig } from './ml.ts';

/** A table of rows. INT64 and FLOAT64 columns come as the engine gives them: Float64Array and nulls. */
export function table(
  types: Readonly<Record<string, ScalarType | BqType>>,
  rows: readonly Readonly<Record<string, unknown>>[],
): InputTable {
  const fields: Field[] = Object.entries(types).map(([name, type]) => ({
    name,
    type: typeof type === 'string' ? { kind: type } : type,
  }));
  const columns = new Map(
    fields.map((field) => [
      field.name,
      columnOf(
        field,
        rows.map((row) => row[field.name] ?? null),
      ),
    ]),
  );
  return {
    fields,
    rowCount: rows.length,
    read: async (names) => names.map((name) => columns.get(name)!),
  };
}

function columnOf({ name, type }: Field, values: readonly unknown[]): Column {
  const isNumber = type.kind === 'INT64' || type.kind === 'FLOAT64';
  if (!isNumber || values.some((value) => typeof value === 'bigint')) return { name, type, values };
  const nulls = Uint8Array.from(values, (value) => Number(value === null));
  const numbers = Float64Array.from(values, (value) => Number(value));
  return nulls.includes(1)
    ? { name, type, values: numbers.map((x, i) => (nulls[i] ? 0 : x)), nulls }
    : { name, type, values: numbers };
}

/** Objects in memory by `bucket/object`; only the bucket `exports` exists. */
export function memoryStore(): ObjectStore & { readonly objects: Map<string, Uint8Array> } {
  const objects = new Map<string, Uint8Array>();
  const check = (bucket: string) => {
    if (bucket !== 'exports') throw notFound(`The bucket ${bucket}`);
  };
  return {
    objects,
    async read(bucket, object) {
      check(bucket);
      const bytes = objects.get(`${bucket}/${object}`);
      if (!bytes) throw notFound(`Object ${bucket}/${object}`);
      return bytes;
    },
    async write(bucket, object, bytes) {
      check(bucket);
      objects.set(`${bucket}/${object}`, bytes);
    },
    async list(bucket, prefix) {
      check(bucket);
      const start = `${bucket}/${prefix}`;
      const names = [...objects.keys()].filter((name) => name.startsWith(start));
      return names.map((name) => name.slice(bucket.length + 1)).sort();
    },
  };
}

export const DATASET = { projectId: 'shop', datasetId: 'credit' } as const;
export const modelRef = (modelId: string): ModelRef => ({ ...DATASET, modelId });

/** An engine with a clock that moves a second whenever it is read. */
export async function testMl(config: Partial<MlConfig> = {}) {
  const store = memoryStore();
  let time = Date.parse('2026-01-02T03:04:05Z');
  const clock = {
    now: () => {
      time += 1000;
      return time;
    },
  };
  const ml = await createMl({ objectStore: store, clock, ...config });
  const iterations: TrainingIteration[] = [];
  const context: QueryContext = {
    projectId: DATASET.projectId,
    defaultDataset: DATASET,
    parameters: [],
    now: new Date(time),
    signal: new AbortController().signal,
    onTrainingIteration: (iteration) => iterations.push(iteration),
  };
  return {
    ml,
    store,
    context,
    /** Iterations told of so far. */
    iterations,
    /** Runs `CREATE MODEL … OPTIONS(options) AS SELECT …` on a table. */
    create(options: string, input: InputTable, statement = 'CREATE MODEL m') {
      const sql = `${statement} OPTIONS(${options}) AS SELECT * FROM t`;
      const parsed = ml.parse(sql, context) as Extract<MlStatement, { kind: 'CREATE_MODEL' }>;
      return ml.create(parsed, input, context);
    },
    /** Rows of `ML.NAME(MODEL m, input, STRUCT(settings))`. */
    async call(
      functionName: string,
      options: Partial<Omit<MlCall, 'settings'>> & { settings?: object } = {},
    ) {
      const { settings, ...rest } = options;
      const result = await ml.call({
        functionName,
        model: modelRef('m'),
        extra: [],
        ...rest,
        settings: new Map(Object.entries(settings ?? {})),
      });
      return { ...result, rows: rowsOf(result.columns) };
    },
  };
}

/** Columns as rows of plain values. */
export function rowsOf(columns: readonly Column[]): Record<string, unknown>[] {
  const count = columns[0]?.values.length ?? 0;
  return Array.from({ length: count }, (_, row) =>
    Object.fromEntries(
      columns.map(({ name, values, nulls }) => [name, nulls?.[row] ? null : values[row]]),
    ),
  );
}

/** Numbers in [0, 1) that are the same in every run (Lehmer, Park and Miller 1988). */
export function randoms(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}

/** Numbers of the standard normal distribution (Box and Muller). */
export function gaussians(seed: number): () => number {
  const random = randoms(seed);
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Rows whose label is likelier 1 the higher x and the lower z. */
export function loans(count: number, seed = 1): InputTable {
  const [normal, random] = [gaussians(seed), randoms(seed)];
  const rows = Array.from({ length: count }, () => {
    const [x, z] = [normal(), normal()];
    const word = ['a', 'b', 'c'][Math.floor(random() * 3)]!;
    const margin = 2 * x - z + (word === 'a' ? 1 : 0);
    return { x, z, word, label: Number(random() < 1 / (1 + Math.exp(-margin))) };
  });
  return table({ x: 'FLOAT64', z: 'FLOAT64', word: 'STRING', label: 'INT64' }, rows);
}

/** For assert.throws and assert.rejects: an ApiError of a status with a message. */
export const refused =
  (message: RegExp, status = 400) =>
  (error: unknown): true => {
    assert.ok(error instanceof ApiError, String(error));
    assert.equal(error.status, status);
    assert.match(error.message, message);
    return true;
  };

/** Asserts that a model can't be trained from the table, and that none was left behind. */
export async function refusesToTrain(
  options: string,
  input: InputTable,
  message: RegExp,
  status = 400,
): Promise<void> {
  const { ml, create } = await testMl();
  await assert.rejects(create(options, input), refused(message, status));
  assert.equal(ml.exists(modelRef('m')), false);
  await ml.stop();
}

/** A table of x and the label, as told by pairs. */
export const pairs = (
  rows: readonly (readonly [x: number | null, label: unknown])[],
  label: ScalarType = 'INT64',
): InputTable =>
  table(
    { x: 'FLOAT64', label },
    rows.map(([x, y]) => ({ x, label: y })),
  );
