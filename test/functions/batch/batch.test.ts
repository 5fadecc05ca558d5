import assert from 'node:assert/strict';
import { readBundle } from '../../../shared/bundle/bundle.ts';
import { readDeployment } from '../../../shared/registry/deployment.ts';
import { createKernelModel } from '../../../shared/serving/kernel_model.ts';
import {
  type BatchFunctions,
  messagesOf,
  planOf,
  scoresOf,
  startBatchFunctions,
} from '../support/batch.ts';
import { seedRows, useLender } from '../support/lender.ts';
import { retrained } from '../support/retrained.ts';
import { loanRows } from '../support/rows.ts';

const AT = '2026-06-12T00:00:00Z';

describe('a batch', () => {
  const lender = useLender();
  const rows = loanRows();
  let functions: BatchFunctions;

  before(async () => {
    await seedRows(lender, rows);
    await retrained(lender);
    functions = await startBatchFunctions(lender);
  });
  after(() => functions.stop());

  const source = { table: 'applications', start_date: '2026-04-01', end_date: '2026-05-31' };

  it('scores every row of a table once, as the kernel does what a checkout sends', async () => {
    const { status, body } = await functions.plan({ source, rows_per_shard: 300, at: AT });
    assert.equal(status, 200, JSON.stringify(body));
    assert.equal(body.rows, rows.applications.length);
    const plan = await planOf(lender, body.run_id);
    for (const message of messagesOf(plan))
      assert.equal(await functions.deliver(message), 204, JSON.stringify(functions.log));
    const scores = await scoresOf(lender, plan.run_id);
    console.log(scores.length, scores[0], JSON.stringify(plan, null, 1).slice(0, 600));
  });
});
