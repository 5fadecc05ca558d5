import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Booster } from '../../shared/bridge/booster.ts';
import { writeLegacyBinary } from '../cloud/bqml/export/legacy_binary.ts';

const SCRIPT = fileURLToPath(new URL('bridge_xgboost.py', import.meta.url));

/** Microseconds a row that XGBoost's C++ takes on one thread; undefined where python3-xgboost is absent. */
export function benchRival(
  what: 'predict' | 'contribs',
  booster: Booster,
  rows: Float32Array,
): number | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  try {
    writeFileSync(join(folder, 'model.bst'), writeLegacyBinary(booster));
    writeFileSync(join(folder, 'rows'), rows);
    const parameters = [
      SCRIPT,
      join(folder, 'model.bst'),
      join(folder, 'rows'),
      String(booster.featureCount),
      what,
    ];
    const { status, stdout } = spawnSync('/usr/bin/python3', parameters, { encoding: 'utf8' });
    return status === 0 ? Number(stdout) : undefined;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
