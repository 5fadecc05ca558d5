/** The plan and the code together: what the code names is there and granted, and nothing more is. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type ScoreParts, scoreRoutes } from '../../functions/score/routes.ts';
import { COMMON_DATASET, datasetOf, VIEWS_DATASET } from '../../shared/warehouse/names.ts';
import { check, ENVIRONMENTS, needTerraform, type Planned } from './checker.ts';
import { clientsOf, filesOf, tablesInSql } from './code.ts';
import { functionNames, portfolioIds } from './sources.ts';

/** What a function reads by environment that is the name of a resource. */
const RESOURCE = /_(BUCKET|TOPIC)$/;

const SECRETS = /SECRET|PASSWORD|TOKEN|API_KEY|CREDENTIAL/;

/**
 * The function of a job and the path there, from its entry in schedule.tf: whole addresses are known
 * after an apply.
 */
function calledBy(job: string): { readonly name: string; readonly path: string } {
  const text = readFileSync('terraform/modules/system/schedule.tf', 'utf8');
  const kind = portfolioIds().reduce((left, id) => left.replace(`-${id}`, ''), job);
  const entry = text.slice(text.search(new RegExp(`^ +${kind} = \\{$`, 'm')));
  const saidOf = (key: string) => new RegExp(`^ +${key} += "([^"]+)"$`, 'm').exec(entry)![1]!;
  return { name: saidOf('function'), path: saidOf('path') };
}

/** Whether a function answers a method at a path. */
function answers(name: string, method: string, path: string): boolean {
  if (name === 'score') {
    return scoreRoutes({} as ScoreParts).some(
      (route) => route.method === method && route.path === path,
    );
  }
  const code = filesOf(name).map((file) => readFileSync(file, 'utf8'));
  return code.some((text) => text.includes(`method: '${method}', path: '${path}'`));
}

for (const environment of ENVIRONMENTS) {
  describe(`the code in the plan of ${environment}`, function () {
    this.timeout(120_000);

    let resources: readonly Planned[];
    const ofType = (type: string) => resources.filter((resource) => resource.type === type);
    const namesOf = (type: string) => ofType(type).map(({ values }) => String(values.name));
    const planned = (name: string) =>
      ofType('google_cloudfunctions2_function').find(({ address }) =>
        address.includes(`module.function["${name}"]`),
      )!;
    const serviceOf = (name: string) =>
      (planned(name).values.service_config as Record<string, unknown>[])[0]!;
    const variablesOf = (name: string) =>
      serviceOf(name).environment_variables as Record<string, string>;
    /** Resources of a kind that a function has a role on. */
    const grantedTo = (name: string, type: string, key: string) =>
      ofType(type)
        .filter(({ address }) => address.includes(`module.function["${name}"]`))
        .map(({ values }) => String(values[key]))
        .sort();

    before(function () {
      needTerraform(this);
      resources = check(environment).resources;
    });

    for (const name of functionNames()) {
      describe(name, () => {
        it('is granted the buckets and topics that its environment names, all of which there are', () => {
          const named = Object.entries(variablesOf(name)).filter(([key]) => RESOURCE.test(key));
          const valuesOf = (end: string) =>
            named.filter(([key]) => key.endsWith(end)).map(([, value]) => value);
          const buckets = valuesOf('_BUCKET').sort();
          const topics = valuesOf('_TOPIC').sort();
          for (const bucket of buckets) {
            assert.ok(namesOf('google_storage_bucket').includes(bucket), bucket);
          }
          for (const topic of topics) {
            assert.ok(namesOf('google_pubsub_topic').includes(topic), topic);
          }
          assert.deepEqual(grantedTo(name, 'google_storage_bucket_iam_member', 'bucket'), buckets);
          assert.deepEqual(grantedTo(name, 'google_pubsub_topic_iam_member', 'topic'), topics);
        });

        it('has a client for what it is granted, and a grant for each client', () => {
          const clients = [
            ['bigquery', 'google_bigquery_dataset_access'],
            ['pubsub', 'google_pubsub_topic_iam_member'],
            ['storage', 'google_storage_bucket_iam_member'],
          ] as const;
          const used = clientsOf(name);
          const jobs = grantedTo(name, 'google_project_iam_member', 'role');
          assert.deepEqual(
            clients
              .filter(([, type]) => grantedTo(name, type, 'role').length > 0)
              .map(([client]) => client),
            used.filter((client) => client !== 'scheduler'),
          );
          assert.deepEqual(jobs, [
            ...(used.includes('bigquery') ? ['roles/bigquery.jobUser'] : []),
            ...(used.includes('scheduler')
              ? ['roles/cloudscheduler.jobRunner', 'roles/cloudscheduler.viewer']
              : []),
          ]);
        });

        it('is granted the datasets that its code asks for, or a table of them, and no other', () => {
          const code = filesOf(name)
            .filter((path) => path !== 'shared/warehouse/names.ts')
            .map((path) => readFileSync(path, 'utf8'))
            .join('\n');
          const datasets = [
            ...(/\bdatasetOf\(/.test(code) ? portfolioIds().map(datasetOf) : []),
            ...(/\bCOMMON_DATASET\b/.test(code) ? [COMMON_DATASET] : []),
            ...(/\bVIEWS_DATASET\b/.test(code) ? [VIEWS_DATASET] : []),
          ];
          const granted = [
            ...grantedTo(name, 'google_bigquery_dataset_access', 'dataset_id'),
            ...grantedTo(name, 'google_bigquery_table_iam_member', 'dataset_id'),
          ];
          assert.deepEqual([...new Set(granted)].sort(), datasets.sort());
        });

        it('is given the secrets that it reads, by no other way', () => {
          for (const variable of Object.keys(variablesOf(name))) {
            assert.doesNotMatch(variable, SECRETS);
          }
          const secrets = serviceOf(name).secret_environment_variables as Record<string, string>[];
          assert.deepEqual(
            secrets.map(({ key, secret, version }) => [key, secret, version]),
            name === 'notify' ? [['NOTIFY_TARGETS', 'flit-notify-targets', 'latest']] : [],
          );
          assert.equal(variablesOf(name).NOTIFY_TARGETS, undefined);
          assert.deepEqual(serviceOf(name).secret_volumes, []);
        });
      });
    }

    it('has every table that SQL names, in every portfolio or for all of them', () => {
      const tables = new Set(
        ofType('google_bigquery_table').map(
          ({ values }) => `${values.dataset_id}.${values.table_id}`,
        ),
      );
      const named = tablesInSql();
      assert.ok(named.size >= 2, 'the tables were not found');
      for (const [table, path] of named) {
        const isCommon = tables.has(`${COMMON_DATASET}.${table}`);
        const isEverywhere = portfolioIds().every((id) => tables.has(`${datasetOf(id)}.${table}`));
        assert.ok(isCommon || isEverywhere, `${path}: ${table}`);
      }
    });

    it('has every table that a view names', () => {
      const held = new Set(
        ofType('google_bigquery_table').map(
          ({ values }) => `${values.dataset_id}.${values.table_id}`,
        ),
      );
      const views = ofType('google_bigquery_table').filter(({ values }) =>
        (values.view as unknown[])?.at(0),
      );
      assert.ok(views.length > 0);
      for (const { address, values } of views) {
        const { query } = (values.view as { query: string }[])[0]!;
        const reads = [...query.matchAll(/`[\w-]+\.(\w+)`\.(\w+)\b(?!\()/g)];
        for (const [, dataset, table] of reads) {
          assert.ok(held.has(`${dataset}.${table}`), `${address}: ${dataset}.${table}`);
        }
      }
    });

    it('calls by the clock what the function answers, as somebody who may', () => {
      for (const { key, values } of ofType('google_cloud_scheduler_job')) {
        const [target] = values.http_target as { http_method: string; oidc_token: unknown[] }[];
        const { name, path } = calledBy(key);
        assert.ok(functionNames().includes(name), `${key} calls no function`);
        assert.equal(target!.oidc_token.length, 1, key);
        // Google's front end keeps some paths that end in z for itself.
        assert.doesNotMatch(path, /z$/);
        assert.ok(answers(name, target!.http_method, path), `${name} ${path}`);
      }
    });
  });
}
