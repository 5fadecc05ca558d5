/** Promotions and rollbacks that cross each other, while checkouts are decided on. */
import assert from 'node:assert/strict';
import { type BundleRef, readBundle } from '../../../shared/bundle/bundle.ts';
import { type RegistryTools, runRegistry } from '../../../shared/commands/registry.ts';
import { deploymentName } from '../../../shared/registry/deployment.ts';
import { createEventCopy } from '../../../shared/registry/event_copy.ts';
import { readEvents } from '../../../shared/registry/journal.ts';
import {
  type Application,
  createServingModel,
  type ServingModel,
} from '../../../shared/serving/serving_model.ts';
import { COMMON_DATASET } from '../../../shared/warehouse/names.ts';
import { sqlFiles } from '../../../shared/warehouse/sql.ts';
import { createWarehouse } from '../../../shared/warehouse/warehouse.ts';
import { type FunctionProcess, startFunction } from '../../start/services.ts';
import { query, useLender } from '../support/lender.ts';
import { keepLog } from '../support/log.ts';
import { loanRows, requestOf } from '../support/rows.ts';
import { eventually, type Instance, startInstance } from '../support/score.ts';
import { post } from '../support/serve.ts';
import { storeVersion } from '../support/versions.ts';

const VERSIONS = ['v20260601_000000', 'v20260602_000000', 'v20260603_000000'];
const REQUESTS = loanRows(40, 7).applications.map(requestOf);
/** Changes that are made at least, whatever is refused besides. */
const CHANGES = 10;

interface Answered {
  readonly decision_id: string;
  readonly model_version: string;
  readonly probability_of_default: number;
}

describe('promotions and rollbacks at once, under load', function () {
  this.timeout(90_000);
  const lender = useLender();
  let refs: BundleRef[];
  let tools: RegistryTools;
  let instances: Instance[];
  let service: FunctionProcess;
  const closings: ServingModel[] = [];

  before(async () => {
    const { objects, portfolio } = lender;
    refs = [];
    for (const [i, version] of VERSIONS.entries()) {
      refs.push(await storeVersion(objects, portfolio, version, { lift: i / 4 }));
    }
    const warehouse = createWarehouse({
      bigquery: lender.bigquery,
      datasetId: COMMON_DATASET,
      location: 'US',
      log: keepLog(),
      sleep: async () => {},
      labels: {},
    });
    tools = {
      objects,
      copy: createEventCopy(warehouse, sqlFiles('sql')),
      now: () => new Date(),
      user: 'a writer',
    };
    const first = await runRegistry(['promote', 'loans', VERSIONS[0]!, '--reason', 'first'], tools);
    assert.equal(first.code, 0, first.text);
    instances = await Promise.all([startInstance(lender), startInstance(lender)]);
    const environment = { ...lender.environment, DEPLOYMENT_MAX_AGE_SECONDS: '0' };
    service = await startFunction('score', environment, {});
  });
  after(async () => {
    await Promise.all(instances.map((instance) => instance.stop()));
    await service.stop();
    await Promise.all(closings.map((model) => model.close()));
  });

  it('give whole answers, each of the one version that the journal has for its deployment', async () => {
    let done = false;
    const answers: { answer: Answered; request: Application }[] = [];
    const urls = [...instances.map(({ url }) => url), service.url];
    const callers = urls.map(async (url, caller) => {
      for (let i = 0; !done; i++) {
        const request = REQUESTS[(i * 7 + caller) % REQUESTS.length]!;
        const { status, body } = await post(`${url}/v1/loans/decisions`, request);
        assert.equal(status, 200, JSON.stringify(body));
        answers.push({ answer: body, request });
      }
    });
    const { changes, conflicts } = await crossedChanges();
    done = true;
    await Promise.all(callers);

    assert.ok(conflicts >= 1, 'no two changes crossed');
    assert.ok(answers.length >= changes, `only ${answers.length} answers`);
    assert.ok(new Set(answers.map(({ answer }) => answer.model_version)).size >= 2);
    const inForce = await championsByGeneration(changes + 1);
    const generations = await generationsOf(answers.length);
    const pdsOf = await pdsByVersion();
    for (const { answer, request } of answers) {
      const generation = generations.get(answer.decision_id)!;
      assert.equal(inForce.get(generation), answer.model_version, answer.decision_id);
      const { onnx, kernel } = await pdsOf(answer.model_version, request);
      // To the bit: onnxruntime's, or the kernel's that answers until onnxruntime is there.
      assert.ok(
        [onnx, kernel].includes(answer.probability_of_default),
        `${answer.probability_of_default} is neither ${onnx} nor ${kernel}`,
      );
    }
    for (const { log } of instances) {
      assert.deepEqual(
        log.lines.filter(({ severity }) => severity !== 'NOTICE' && severity !== 'INFO'),
        [],
      );
    }
  });

  /** Four writers who know nothing of each other, until enough was changed and some have crossed. */
  async function crossedChanges() {
    let [changes, conflicts] = [0, 0];
    const isEnough = () => changes >= CHANGES && conflicts > 0;
    const writers = Array.from({ length: 4 }, async (_, writer) => {
      for (let turn = 0; !isEnough(); turn++) {
        const version = VERSIONS[(turn + writer) % VERSIONS.length]!;
        const what = turn % 3 === 2 ? ['rollback', 'loans'] : ['promote', 'loans', version];
        const reason = `turn ${turn} of writer ${writer}`;
        const { code, text } = await runRegistry([...what, '--reason', reason], tools);
        if (code === 0) changes++;
        else if (/Somebody else changed|meanwhile/.test(text)) conflicts++;
        else assert.match(text, /is the champion already|no earlier champion/);
      }
    });
    await Promise.all(writers);
    return { changes, conflicts };
  }

  /** Who was champion, by the journal: which agrees with the bucket and with BigQuery. */
  async function championsByGeneration(expected: number): Promise<Map<number, string>> {
    const events = await readEvents(lender.objects, 'loans');
    const history = await lender.objects.history(deploymentName('loans'));
    const generations = events.map(({ generation }) => generation);
    assert.equal(events.length, expected);
    assert.deepEqual(
      generations,
      history.map(({ generation }) => generation),
    );
    assert.deepEqual(
      events.map(({ previous_generation }) => previous_generation),
      [null, ...generations.slice(0, -1)],
    );
    const rows = await query(
      lender,
      "SELECT generation, champion FROM flit.registry_events WHERE occurred_at > '2000-01-01' ORDER BY generation",
    );
    const pairs = events.map(({ generation, champion }) => ({ generation, champion }));
    assert.deepEqual(rows, pairs);
    return new Map(pairs.map(({ generation, champion }) => [generation!, champion!]));
  }

  /** The generation that each decision was made under, once all are in the warehouse. */
  const generationsOf = (count: number): Promise<Map<string, number>> =>
    eventually(async () => {
      const rows = await query(
        lender,
        "SELECT decision_id, deployment_generation FROM flit.decisions WHERE decided_at > '2000-01-01'",
      );
      if (rows.length < count) return undefined;
      return new Map(
        rows.map((row) => [String(row.decision_id), Number(row.deployment_generation)]),
      );
    });

  /** What each version says by itself, by either engine. */
  async function pdsByVersion() {
    const models = new Map(
      await Promise.all(
        refs.map(async (ref) => {
          const bundle = await readBundle(lender.objects, 'loans', ref);
          return [ref.version, await createServingModel(bundle)] as const;
        }),
      ),
    );
    closings.push(...models.values());
    const known = new Map<string, { onnx: number; kernel: number }>();
    return async (version: string, request: Application) => {
      const key = `${version} ${JSON.stringify(request)}`;
      const model = models.get(version)!;
      const pds = known.get(key) ?? {
        onnx: (await model.score(request, keepLog())).pd,
        kernel: (await model.pds([request]))[0]!,
      };
      known.set(key, pds);
      return pds;
    };
  }
});
