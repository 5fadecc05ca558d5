import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readXgboost, xgboostFormat } from '../../../../shared/bridge/xgboost/read.ts';
import {
  askXgboost,
  differentContributions,
  differentMargins,
  largestDifference,
  type Oracle,
  toOnnx,
  xgboostIsThere,
} from './oracle.ts';

const FORMATS = { bst: 'legacy binary', json: 'JSON', ubj: 'UBJSON' } as const;

describe('models that XGBoost trained and saved', function () {
  this.timeout(120_000);
  let folder: string;
  let oracle: Oracle;
  before(function () {
    if (!xgboostIsThere()) {
      console.log('    skipped: python3 has no xgboost');
      this.skip();
    }
    folder = mkdtempSync(join(tmpdir(), 'xgboost-'));
    oracle = askXgboost(folder, 1000);
  });
  after(() => {
    if (folder) rmSync(folder, { recursive: true });
  });

  it('become the same ONNX from each format, byte for byte, and the margins have the bits of XGBoost', () => {
    for (const { name, margins, file } of oracle.cases) {
      const [binary, ...others] = Object.entries(FORMATS).map(([suffix, format]) => {
        assert.equal(xgboostFormat(file(suffix)), format);
        return readXgboost(file(suffix));
      });
      assert.equal(differentMargins(binary!, oracle, margins), 0, name);
      // XGBoost 1.7 renames reg:linear in documents, and only there.
      const { objective } = binary!;
      for (const other of others) {
        assert.deepEqual(toOnnx({ ...other, objective }), toOnnx(binary!), name);
      }
    }
  });

  it("are explained as XGBoost's pred_contribs explains them", () => {
    for (const one of oracle.cases) {
      const difference = differentContributions(readXgboost(one.file('bst')), oracle, one);
      assert.ok(difference <= 1e-5, `${one.name}: ${difference}`);
    }
  });

  it('predict in onnxruntime what they predict in XGBoost', async () => {
    for (const one of oracle.cases) {
      const difference = await largestDifference(readXgboost(one.file('bst')), oracle, one);
      assert.ok(difference <= 1e-6, `${one.name}: ${difference}`);
    }
  });
});
