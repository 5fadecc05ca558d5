/** The proof of a conversion by the warehouse alone: its ONNX file, imported there. */
import assert from 'node:assert/strict';
import { importedGates } from '../../../functions/retrain/imported.ts';
import { type RunSummary, run } from '../../../functions/retrain/run.ts';
import { NO_CALIBRATION } from '../../../shared/bridge/calibration.ts';
import { logisticToOnnx } from '../../../shared/bridge/onnx/linear.ts';
import { findBundle } from '../../../shared/bundle/bundle.ts';
import type { Manifest } from '../../../shared/bundle/manifest.ts';
import { query, seedRows, useLender } from '../support/lender.ts';
import { type LOANS, LOGISTIC, TEXTUAL } from '../support/loans.ts';
import { retrainContext, retrained } from '../support/retrained.ts';
import { AS_OF } from '../support/rows.ts';

/** The portfolio, asking for the warehouse's own proof. */
const asking = (files: typeof LOANS, warehouse_parity: 'recorded' | 'required') => ({
  ...files,
  'portfolio.json': { ...files['portfolio.json'], warehouse_parity },
});

const gateOf = ({ gates }: Pick<RunSummary, 'gates'>) =>
  gates.find(({ gate }) => gate === 'warehouse_parity');

describe('a retraining whose portfolio requires the proof of the warehouse', () => {
  const lender = useLender(asking(TEXTUAL, 'required'));
  before(() => seedRows(lender));

  const manifestOf = async (version: string): Promise<Manifest> =>
    (await findBundle(lender.objects, 'loans', version))!.manifest;

  /** Retrains where a statement reads otherwise. */
  const runWith = (asOf: string, path: string, from: string, to: string): Promise<RunSummary> => {
    const context = retrainContext(lender);
    const sql = async (name: string) => {
      const text = await context.sql(name);
      assert.ok(name !== path || text.includes(from), `${path} lacks ${from}`);
      return name === path ? text.replace(from, to) : text;
    };
    return run({ ...context, sql }, { asOf: new Date(asOf), actor: 'test' });
  };

  it('imports the file that will serve and finds no difference on every row of the parity proof', async () => {
    const summary = await retrained(lender);
    const { parity } = await manifestOf(summary.version);
    assert.equal(parity.imported!.rows, parity.rows);
    assert.ok(parity.imported!.largest_difference! <= 1e-6);
    assert.equal(parity.imported!.refused, undefined);
    const gate = gateOf(summary)!;
    assert.deepEqual(
      [gate.passed, gate.figure, gate.limit],
      [true, parity.imported!.largest_difference, 1e-6],
    );
    // The model stays, for whoever wants to score in SQL what is served.
    const [row] = await query(
      lender,
      `SELECT COUNT(*) AS n, COUNTIF(pd BETWEEN 0 AND 1) AS sound FROM ML.PREDICT(MODEL onnx_${summary.version}, TABLE vectors_${summary.version})`,
    );
    assert.deepEqual([row!.n, row!.sound], [parity.rows, parity.rows]);
    const again = await run(retrainContext(lender), { asOf: new Date(AS_OF), actor: 'test' });
    assert.deepEqual(again.gates, summary.gates);
  });

  it('does not promote what the warehouse scores otherwise', async () => {
    const { inputs } = await manifestOf((await retrained(lender)).version);
    const other = { intercept: 3, weights: new Float64Array(inputs.length) };
    await lender.objects.replace(
      'other.onnx',
      logisticToOnnx(other, NO_CALIBRATION, {}),
      'application/octet-stream',
    );
    const uri = JSON.stringify(`gs://${lender.models.name}/other.onnx`);
    const at = '2026-06-12T00:00:00Z';
    const path = 'MODEL_PATH = ${uri}';
    const summary = await runWith(at, 'retrain/import.sql', path, `MODEL_PATH = ${uri} -- \${uri}`);
    const gate = gateOf(summary)!;
    assert.equal(gate.passed, false);
    assert.ok(gate.figure! > 0.1, `${gate.figure}`);
    assert.notEqual(summary.promotion, 'promoted');
  });

  it('keeps what the warehouse said where it does not import', async () => {
    const at = '2026-06-13T00:00:00Z';
    const key = "MODEL_TYPE = 'ONNX'";
    const summary = await runWith(at, 'retrain/import.sql', key, `${key}, KMS_KEY_NAME = 'k'`);
    const { parity } = await manifestOf(summary.version);
    assert.deepEqual([parity.imported!.rows, parity.imported!.largest_difference], [0, null]);
    assert.match(parity.imported!.refused!, /KMS_KEY_NAME/);
    const gate = gateOf(summary)!;
    assert.deepEqual([gate.passed, gate.figure], [false, null]);
    assert.match(gate.why, /KMS_KEY_NAME/);
    assert.notEqual(summary.promotion, 'promoted');
  });
});

describe('a retraining whose portfolio records the proof of the warehouse', () => {
  const lender = useLender(asking(LOGISTIC, 'recorded'));
  before(() => seedRows(lender));

  it('keeps the figure, in double precision for a linear model, and makes no gate of it', async () => {
    const summary = await retrained(lender);
    const { manifest } = (await findBundle(lender.objects, 'loans', summary.version))!;
    assert.ok(manifest.parity.imported!.largest_difference! <= 1e-9);
    assert.equal(gateOf(summary), undefined);
  });
});

describe('the gate of the warehouse’s own proof', () => {
  it('is there where it is required and was tried', () => {
    const imported = { rows: 10, largest_difference: 2e-6 };
    assert.deepEqual(importedGates({ warehouse_parity: 'recorded' }, imported), []);
    assert.deepEqual(importedGates({ warehouse_parity: 'required' }, undefined), []);
    const [gate] = importedGates({ warehouse_parity: 'required' }, imported);
    assert.deepEqual([gate!.figure, gate!.passed], [2e-6, false]);
  });
});
