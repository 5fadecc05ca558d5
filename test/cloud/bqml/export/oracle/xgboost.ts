/** Real XGBoost, in two versions, to read our files. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const PYTHON = '/usr/bin/python3';

let found: boolean | undefined;

/** Whether Debian's python3-xgboost is installed; asked once. */
export function hasPythonXgboost(): boolean {
  found ??= existsSync(PYTHON) && spawnSync(PYTHON, ['-c', 'import xgboost']).status === 0;
  return found;
}

/** Runs a Python script in a folder of files; answers the last line that it prints, as JSON. */
export function runPython(
  script: readonly string[],
  files: ReadonlyMap<string, Uint8Array | string>,
): unknown {
  const folder = mkdtempSync(join(tmpdir(), 'xgboost-oracle-'));
  try {
    for (const [name, content] of files) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), content);
    }
    const run = spawnSync(PYTHON, script, { cwd: folder, encoding: 'utf8', maxBuffer: 2 ** 26 });
    if (run.status !== 0) throw new Error(run.stderr);
    // Warnings about the age of a file come first.
    return JSON.parse(run.stdout.trimEnd().split('\n').at(-1)!);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A model file, and rows to score with it; missing where null. */
export interface PredictionJob {
  readonly model: Uint8Array;
  readonly rows: readonly (readonly (number | null)[])[];
}

const PREDICT = `
import json, numpy as np, xgboost as xgb
outputs = []
for i, rows in enumerate(json.load(open('rows.json'))):
    rows = [[np.nan if x is None else x for x in row] for row in rows]
    booster = xgb.Booster(model_file=f'{i}.bst')
    output = booster.predict(xgb.DMatrix(np.array(rows, dtype=np.float32), missing=np.nan))
    outputs.append(output.ravel().astype(float).tolist())
print(json.dumps(outputs))`;

/** What XGBoost 1.7 predicts, job by job. */
export function predictWithPython(jobs: readonly PredictionJob[]): number[][] {
  const files = new Map<string, Uint8Array | string>();
  files.set('rows.json', JSON.stringify(jobs.map(({ rows }) => rows)));
  jobs.forEach(({ model }, i) => {
    files.set(`${i}.bst`, model);
  });
  return runPython(['-c', PREDICT], files) as number[][];
}

/** What XGBoost 0.7 predicts through ml-xgboost, job by job; no value may be missing. */
export function predictWithMlXgboost(jobs: readonly PredictionJob[]): number[][] {
  const child = join(import.meta.dirname, 'ml_xgboost_child.ts');
  const input = JSON.stringify(
    jobs.map(({ model, rows }) => ({ model: Buffer.from(model).toString('base64'), rows })),
  );
  const run = spawnSync(process.execPath, [child], { input, encoding: 'utf8', maxBuffer: 2 ** 26 });
  if (run.status !== 0) throw new Error(run.stderr.slice(-500));
  return JSON.parse(run.stdout) as number[][];
}
