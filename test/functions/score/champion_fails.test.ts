import assert from 'node:assert/strict';
import { createFallbacks } from '../../../functions/score/fallbacks.ts';
import { createKeyedDecisions } from '../../../functions/score/keyed.ts';
import type { Serving } from '../../../functions/score/load.ts';
import { type ScoreParts, scoreRoutes } from '../../../functions/score/routes.ts';
import { type BundleRef, readBundle } from '../../../shared/bundle/bundle.ts';
import type { DecisionEvent } from '../../../shared/decision/decide.ts';
import { createHandler } from '../../../shared/http/handler.ts';
import { createKeptDecisions } from '../../../shared/idempotency/kept_decisions.ts';
import { readDeployment } from '../../../shared/registry/deployment.ts';
import { createServingModel } from '../../../shared/serving/serving_model.ts';
import { useLender } from '../support/lender.ts';
import { type KeptLog, keepLog } from '../support/log.ts';
import { loanRows, requestOf } from '../support/rows.ts';
import { post, type Served, serveFunction } from '../support/serve.ts';
import { deploy, storeVersion } from '../support/versions.ts';

const REQUEST = requestOf(loanRows(1, 3).applications[0]!);

describe('a champion that fails on both engines', () => {
  const lender = useLender();
  let served: Served;
  let log: KeptLog;
  const events: DecisionEvent[] = [];

  before(async () => {
    const ref: BundleRef = await storeVersion(lender.objects, lender.portfolio, 'v20260601_000000');
    await deploy(lender.objects, 'loans', { champion: ref });
    const stored = (await readDeployment(lender.objects, 'loans'))!;
    const model = await createServingModel(await readBundle(lender.objects, 'loans', ref));
    const champion = {
      ...model,
      score: async () => {
        throw new Error('nothing works');
      },
    };
    const serving: Serving = {
      ...stored,
      champion,
      challenger: undefined,
      shadows: [],
      complete: true,
    };
    log = keepLog();
    const record = async (event: DecisionEvent) => {
      events.push(event);
    };
    const parts: ScoreParts = {
      portfolios: new Set(['loans']),
      deployments: { current: async () => serving, use: (_, work) => work(serving) },
      fallbacks: createFallbacks(lender.sqlDirectory),
      record,
      keyed: createKeyedDecisions(createKeptDecisions(lender.objects, 1000), record),
      now: () => new Date('2026-06-12T00:00:00Z'),
      newId: () => 'decision-1',
    };
    served = await serveFunction(createHandler(scoreRoutes(parts), { projectId: 'p', log }));
    await model.close();
  });
  after(() => served.stop());

  it('leaves the policy to decide, and the event says so', async () => {
    const { status, body } = await post(`${served.url}/v1/loans/decisions`, REQUEST);
    assert.equal(status, 200);
    assert.equal(body.outcome, 'review');
    assert.equal(body.model_version, null);
    assert.equal(body.decision_id, 'decision-1');
    assert.equal(body.decided_at, '2026-06-12T00:00:00.000Z');
    assert.equal(events[0]!.fallback, 'champion failed');
    const [line] = log.of('the champion failed');
    assert.equal(line!.severity, 'CRITICAL');
    assert.match(String(line!.stack_trace), /nothing works/);
  });
});
