/** Real XGBoost, in two versions, to hold the trainer to. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Booster } from '../../../../../shared/bridge/booster.ts';
import { readXgboostBinary } from '../../../../../shared/bridge/xgboost/binary.ts';
import type { TrainingOptions, TrainingRows } from '../train.ts';

export interface OracleJob {
  readonly rows: TrainingRows;
  /** XGBoost's own parameters. */
  readonly params: Readonly<Record<string, string | number>>;
  readonly rounds: number;
}

/** Options and parameters that mean the same to the trainer and to XGBoost. */
export interface Comparison {
  readonly title: string;
  readonly rows: TrainingRows;
  readonly options: Partial<TrainingOptions>;
  readonly params: Readonly<Record<string, string | number>>;
}

export interface OracleAnswer {
  readonly booster: Booster;
  /** Row-major, of the training rows. */
  readonly margins: Float32Array;
}

const PYTHON = '/usr/bin/python3';
const HERE = import.meta.dirname;

/** Version of XGBoost that Python has (Debian: python3-xgboost), or undefined. */
export function xgboostVersion(): string | undefined {
  if (!existsSync(PYTHON)) return undefined;
  const { status, stdout } = spawnSync(PYTHON, [
    '-c',
    'import xgboost; print(xgboost.__version__)',
  ]);
  return status === 0 ? stdout.toString().trim() : undefined;
}

/** Trains with Python's XGBoost on one thread, all jobs in one process. */
export function trainWithXgboost(jobs: readonly OracleJob[]): OracleAnswer[] {
  const folder = mkdtempSync(join(tmpdir(), 'xgboost-oracle-'));
  try {
    const save = (name: string, parts: readonly Float32Array[]) => {
      const path = join(folder, name);
      writeFileSync(path, Buffer.concat(parts.map((part) => bytesOf(part))));
      return path;
    };
    const written = jobs.map(({ rows: { columns, labels, weights }, params, rounds }, i) => ({
      columns: save(`${i}.columns`, columns),
      labels: save(`${i}.labels`, [labels]),
      ...(weights && { weights: save(`${i}.weights`, [weights]) }),
      features: columns.length,
      params,
      rounds,
    }));
    const answers = run(PYTHON, [join(HERE, 'xgboost_child.py')], written) as {
      model: string;
      margins: string;
    }[];
    return answers.map(({ model, margins }) => ({
      booster: readXgboostBinary(Buffer.from(model, 'base64')),
      margins: new Float32Array(Uint8Array.from(Buffer.from(margins, 'base64')).buffer),
    }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What ml-xgboost, which is XGBoost 0.7, takes for missing: no value may be it. */
const ML_XGBOOST_MISSING = -1;

/** Trains with ml-xgboost, all jobs in one process. Without weights; for small data. */
export function trainWithMlXgboost(jobs: readonly OracleJob[]): Booster[] {
  const written = jobs.map(({ rows: { columns, labels }, params, rounds }) => ({
    rows: Array.from(labels, (_, row) =>
      columns.map((column) => (Number.isNaN(column[row]) ? ML_XGBOOST_MISSING : column[row])),
    ),
    labels: [...labels],
    options: { subsample: 1, silent: 1, ...params, iterations: rounds },
  }));
  const models = run(process.execPath, [join(HERE, 'ml_xgboost_child.ts')], written) as string[];
  return models.map((model) => readXgboostBinary(Buffer.from(model, 'base64')));
}

function run(command: string, parameters: string[], input: unknown): unknown {
  const { status, stdout, stderr } = spawnSync(command, parameters, {
    input: JSON.stringify(input),
    maxBuffer: 2 ** 30,
  });
  if (status !== 0) throw new Error(`${command} ended with status ${status}: ${stderr}`);
  return JSON.parse(stdout.toString());
}

function bytesOf(numbers: Float32Array): Uint8Array {
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}
