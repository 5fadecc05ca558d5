import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TrainingRows } from '../cloud/bqml/trees/train.ts';

const PYTHON = '/usr/bin/python3';
const SCRIPT = join(import.meta.dirname, 'training_xgboost.py');

/** One training, timed. */
export interface TimedTraining {
  readonly seconds: number;
  /** Of the rows to score. */
  readonly margins: Float32Array;
}

/** XGBoost in a Python process that keeps its rows between trainings. */
export class XgboostProcess {
  readonly version: string;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #answers: AsyncIterator<string>;
  readonly #folder: string;

  private constructor(
    child: ChildProcessWithoutNullStreams,
    answers: AsyncIterator<string>,
    folder: string,
    version: string,
  ) {
    this.#child = child;
    this.#answers = answers;
    this.#folder = folder;
    this.version = version;
  }

  /** Undefined where Python or its XGBoost is absent (Debian: python3-xgboost). */
  static async start(
    rows: TrainingRows,
    unseen: TrainingRows,
    trees: number,
  ): Promise<XgboostProcess | undefined> {
    if (!existsSync(PYTHON)) return undefined;
    if (spawnSync(PYTHON, ['-c', 'import xgboost']).status !== 0) return undefined;
    const folder = mkdtempSync(join(tmpdir(), 'training-bench-'));
    const save = (name: string, parts: readonly Float32Array[]) => {
      const path = join(folder, name);
      writeFileSync(path, '');
      for (const part of parts) writeFileSync(path, part, { flag: 'a' });
      return path;
    };
    const child = spawn(PYTHON, [
      SCRIPT,
      save('columns', rows.columns),
      save('labels', [rows.labels]),
      `${rows.columns.length}`,
      `${trees}`,
      save('unseen', unseen.columns),
      join(folder, 'margins'),
    ]);
    child.stderr.pipe(process.stderr);
    const answers = createInterface(child.stdout)[Symbol.asyncIterator]();
    const { version } = await answer(answers);
    return new XgboostProcess(child, answers, folder, version as string);
  }

  async train(): Promise<TimedTraining> {
    this.#child.stdin.write('\n');
    const { seconds } = await answer(this.#answers);
    const bytes = readFileSync(join(this.#folder, 'margins'));
    return { seconds: seconds as number, margins: new Float32Array(new Uint8Array(bytes).buffer) };
  }

  stop(): void {
    this.#child.stdin.end();
    rmSync(this.#folder, { recursive: true });
  }
}

async function answer(lines: AsyncIterator<string>): Promise<Record<string, unknown>> {
  const { value, done } = await lines.next();
  if (done) throw new Error('XGBoost ended without an answer.');
  return JSON.parse(value);
}
