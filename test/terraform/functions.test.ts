import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { createBatchPlanHandler } from '../../functions/batch-plan/handler.ts';
import { createBatchScoreHandler } from '../../functions/batch-score/handler.ts';
import { createDriftHandler } from '../../functions/drift/handler.ts';
import { createIngestHandler } from '../../functions/ingest/handler.ts';
import { createNotifyHandler } from '../../functions/notify/handler.ts';
import { createRetrainHandler } from '../../functions/retrain/handler.ts';
import { createScoreHandler } from '../../functions/score/handler.ts';
import {
  ALERTS,
  BATCHES,
  COMMON,
  MODELS,
  RETENTION,
  SHARDS,
  WAREHOUSE,
} from '../../shared/config.ts';
import { createLog } from '../../shared/log.ts';
import { functionEnvironment } from '../start/services.ts';
import { check, ENVIRONMENTS, needTerraform, type Planned } from './checker.ts';
import { functionNames, portfolioIds } from './sources.ts';

const HANDLERS = {
  'batch-plan': createBatchPlanHandler,
  'batch-score': createBatchScoreHandler,
  drift: createDriftHandler,
  ingest: createIngestHandler,
  notify: createNotifyHandler,
  retrain: createRetrainHandler,
  score: createScoreHandler,
};

/** Read by functions-framework, not by the functions. */
const FRAMEWORK = ['NODE_ENV'];

/** The variables that a function's handler reads, from its source. */
function variablesReadBy(name: string): string[] {
  const text = readFileSync(`functions/${name}/handler.ts`, 'utf8');
  const shape = /readConfig\(environment, \{([\s\S]*?)\}\);/.exec(text)![1]!;
  const shared = Object.entries({ ALERTS, BATCHES, COMMON, MODELS, RETENTION, SHARDS, WAREHOUSE })
    .filter(([part]) => shape.includes(`...${part}`))
    .flatMap(([, part]) => Object.keys(part));
  const own = [...shape.matchAll(/\b([A-Z][A-Z_]+): z\./g)].map(([, variable]) => variable!);
  return [...shared, ...own].sort();
}

for (const environment of ENVIRONMENTS) {
  describe(`the functions in ${environment}`, function () {
    this.timeout(120_000);

    const planned = new Map<string, Planned>();
    const serviceOf = (name: string) =>
      (planned.get(name)!.values.service_config as Record<string, unknown>[])[0]!;
    const variablesOf = (name: string) =>
      serviceOf(name).environment_variables as Record<string, string>;
    /** The same with what is secret, for which the first version of its secret stands. */
    const allOf = (name: string): Record<string, string> => {
      const secrets = serviceOf(name).secret_environment_variables as { key: string }[];
      return { ...variablesOf(name), ...Object.fromEntries(secrets.map(({ key }) => [key, '[]'])) };
    };

    before(function () {
      needTerraform(this);
      for (const resource of check(environment).resources) {
        if (resource.type !== 'google_cloudfunctions2_function') continue;
        planned.set(/module\.function\["([^"]+)"\]/.exec(resource.address)![1]!, resource);
      }
    });

    it('are those of the folder functions/', () => {
      assert.deepEqual([...planned.keys()].sort(), functionNames());
      assert.deepEqual(Object.keys(HANDLERS).sort(), functionNames());
    });

    it('are given every variable that they read and no other', () => {
      for (const name of functionNames()) {
        assert.deepEqual(
          Object.keys(allOf(name)).sort(),
          [...variablesReadBy(name), ...FRAMEWORK].sort(),
          name,
        );
      }
    });

    it('start with what they are given', () => {
      const log = createLog(() => {});
      for (const [name, create] of Object.entries(HANDLERS)) {
        assert.equal(typeof create(allOf(name), log), 'function', name);
      }
    });

    it('are given what the local cloud gives them', () => {
      const local: Record<string, Record<string, string>> = functionEnvironment(
        { environment: {} } as Parameters<typeof functionEnvironment>[0],
        portfolioIds().join(','),
        { url: 'https://source.example.com', parameters: { base_daily_volume: 2000 } },
      );
      const PER_PROJECT = [
        'GOOGLE_CLOUD_PROJECT',
        'MODELS_BUCKET',
        'BATCH_BUCKET',
        'LANDING_BUCKET',
        'DECISIONS_BUCKET',
        'ALERTS_BUCKET',
        'SCHEDULER_URL',
      ];
      for (const name of functionNames()) {
        const given = allOf(name);
        for (const [variable, value] of Object.entries(local[name]!)) {
          if (PER_PROJECT.includes(variable)) assert.ok(given[variable], `${name} ${variable}`);
          else assert.equal(given[variable], value, `${name} ${variable}`);
        }
      }
    });

    it('run on Node 24 out of a source that its content names', () => {
      for (const [name, { values }] of planned) {
        const [build] = values.build_config as Record<string, unknown>[];
        assert.equal(build!.runtime, 'nodejs24');
        assert.equal(build!.entry_point, name);
        const [source] = build!.source as { storage_source: { object: string }[] }[];
        assert.match(source!.storage_source[0]!.object, new RegExp(`^${name}/[\\da-f]{64}\\.zip$`));
      }
    });

    it('leave source maps at home, and nothing else', () => {
      const source = readFileSync('terraform/modules/function/source.tf', 'utf8');
      const excluded = /excludes = \[([^\]]*)\]/.exec(source)![1]!;
      const maps = globSync('build/*/**/*.map', {
        exclude: (path) => path.includes('node_modules'),
      });
      assert.ok(maps.length >= functionNames().length, 'the maps were not found');
      const named = maps.map((path) => path.split('/').slice(2).join('/'));
      assert.deepEqual(
        [...excluded.matchAll(/"([^"]+)"/g)].map(([, path]) => path!).sort(),
        [...new Set(named)].sort(),
      );
    });

    it('may do what their code calls, where it calls it, and no more', () => {
      const grants = check(environment)
        .resources.filter(({ address }) => address.includes('module.function['))
        .filter(({ type }) => /_iam_member$|_access$/.test(type) && !type.includes('cloud_run'))
        .map(({ address, type, key, values }) => {
          const name = /module\.function\["([^"]+)"\]/.exec(address)![1];
          const table = values.table_id && `${values.dataset_id}.${values.table_id}`;
          const on = table ?? values.dataset_id ?? values.bucket ?? values.topic ?? key;
          return `${name}: ${values.role} on ${type.split('_')[1]} ${on}`;
        });
      const datasets = portfolioIds().map((id) => `bigquery flit_${id}`);
      const jobs = (name: string, bucket: string) => [
        ...datasets.map((dataset) => `${name}: roles/bigquery.dataEditor on ${dataset}`),
        `${name}: roles/bigquery.jobUser on project roles/bigquery.jobUser`,
        `${name}: roles/storage.objectUser on storage flit-check-flit-${bucket}`,
      ];
      assert.deepEqual(
        grants.sort(),
        [
          ...jobs('batch-plan', 'batches'),
          'batch-plan: roles/bigquery.dataEditor on bigquery flit.alerts',
          'batch-plan: roles/datacatalog.categoryFineGrainedReader on data content',
          'batch-plan: roles/datacatalog.categoryFineGrainedReader on data identifier',
          'batch-plan: roles/pubsub.publisher on pubsub alerts',
          'batch-plan: roles/pubsub.publisher on pubsub batch-shards',
          'batch-plan: roles/storage.objectUser on storage flit-check-flit-alerts',
          'batch-plan: roles/storage.objectViewer on storage flit-check-flit-models',
          ...jobs('batch-score', 'batches'),
          'batch-score: roles/storage.objectViewer on storage flit-check-flit-models',
          ...jobs('ingest', 'landing'),
          'ingest: roles/bigquery.dataEditor on bigquery flit.alerts',
          'ingest: roles/datacatalog.categoryFineGrainedReader on data content',
          'ingest: roles/datacatalog.categoryFineGrainedReader on data identifier',
          'ingest: roles/pubsub.publisher on pubsub alerts',
          'ingest: roles/storage.objectUser on storage flit-check-flit-alerts',
          ...jobs('retrain', 'models'),
          ...datasets.map((dataset) => `drift: roles/bigquery.dataViewer on ${dataset}`),
          'drift: roles/bigquery.dataEditor on bigquery flit.alerts',
          'drift: roles/bigquery.dataEditor on bigquery flit.monitoring',
          'drift: roles/bigquery.dataEditor on bigquery flit.retrainings',
          'drift: roles/bigquery.dataViewer on bigquery flit.decisions',
          'drift: roles/bigquery.dataViewer on bigquery flit.registry_events',
          'drift: roles/bigquery.jobUser on project roles/bigquery.jobUser',
          'drift: roles/cloudscheduler.jobRunner on project roles/cloudscheduler.jobRunner',
          'drift: roles/cloudscheduler.viewer on project roles/cloudscheduler.viewer',
          'drift: roles/datacatalog.categoryFineGrainedReader on data content',
          'drift: roles/datacatalog.categoryFineGrainedReader on data identifier',
          'drift: roles/pubsub.publisher on pubsub alerts',
          'drift: roles/storage.objectUser on storage flit-check-flit-alerts',
          'drift: roles/storage.objectViewer on storage flit-check-flit-models',
          'notify: roles/secretmanager.secretAccessor on secret NOTIFY_TARGETS',
          'notify: roles/storage.objectUser on storage flit-check-flit-alerts',
          'retrain: roles/bigquery.dataEditor on bigquery flit.registry_events',
          'retrain: roles/datacatalog.categoryFineGrainedReader on data content',
          'retrain: roles/datacatalog.categoryFineGrainedReader on data identifier',
          'score: roles/pubsub.publisher on pubsub decisions',
          'score: roles/storage.objectUser on storage flit-check-flit-decisions',
          'score: roles/storage.objectViewer on storage flit-check-flit-models',
        ].sort(),
      );
    });
  });
}
