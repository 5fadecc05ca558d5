import assert from 'node:assert/strict';
import { BUCKETS, RESOURCES } from '../start/provision.ts';
import { decisionSchema } from '../start/sql_objects.ts';
import { check, ENVIRONMENTS, needTerraform, type Planned, SETTINGS } from './checker.ts';
import { functionNames, portfolioIds } from './sources.ts';

/** Who pushes to the functions that no clock calls. */
const PUSHED = new Map([
  ['batch-score', 'push-batch-score'],
  ['notify', 'push-notify'],
]);

const PUBLIC = ['allUsers', 'allAuthenticatedUsers'];

for (const environment of ENVIRONMENTS) {
  describe(`the plan of ${environment}`, function () {
    this.timeout(120_000);

    let resources: readonly Planned[];
    const ofType = (type: string) => resources.filter((resource) => resource.type === type);
    const named = (type: string, name: string) =>
      ofType(type).filter(({ values }) => values.name === name);

    before(function () {
      needTerraform(this);
      const { passed, report, resources: planned } = check(environment);
      assert.ok(passed, report);
      resources = planned;
    });

    it('has the buckets, the topic and the subscription that the local cloud has', () => {
      const buckets = ofType('google_storage_bucket').map(({ values }) => String(values.name));
      for (const bucket of BUCKETS) {
        assert.ok(buckets.includes(`${SETTINGS.project_id}-${bucket}`), bucket);
      }
      assert.equal(named('google_pubsub_topic', RESOURCES.decisionsTopic).length, 1);
      const [subscription] = named('google_pubsub_subscription', 'decisions-to-bigquery');
      const [config] = subscription!.values.bigquery_config as Record<string, unknown>[];
      assert.equal(config!.table, `${SETTINGS.project_id}.flit.decisions`);
      assert.equal(config!.use_table_schema, true);
      assert.equal(config!.write_metadata, true);
      assert.equal(config!.drop_unknown_fields, true);
    });

    it('pushes shards as the local cloud does, and keeps what nobody could score', () => {
      assert.equal(named('google_pubsub_topic', RESOURCES.batchTopic).length, 1);
      const [worker] = named('google_pubsub_subscription', RESOURCES.batchSubscription);
      const [policy] = worker!.values.dead_letter_policy as Record<string, unknown>[];
      assert.equal(policy!.max_delivery_attempts, 10);
      assert.equal(worker!.values.ack_deadline_seconds, 600);
      const kept = `${RESOURCES.batchSubscription}-dead-letter`;
      assert.equal(named('google_pubsub_subscription', kept).length, 1);
    });

    it('holds the topic to the schema that the local cloud has', async () => {
      const [schema] = named('google_pubsub_schema', RESOURCES.decisionsTopic);
      assert.equal(schema!.values.type, 'AVRO');
      assert.deepEqual(
        JSON.parse(String(schema!.values.definition)),
        JSON.parse(await decisionSchema()),
      );
      const [topic] = named('google_pubsub_topic', RESOURCES.decisionsTopic);
      const [settings] = topic!.values.schema_settings as Record<string, unknown>[];
      assert.equal(settings!.encoding, 'JSON');
    });

    it('runs the jobs of every portfolio when the local cloud does, as the scheduler alone', () => {
      const jobs = new Map(
        ofType('google_cloud_scheduler_job').map((job) => [job.values.name, job.values]),
      );
      const schedules = {
        'batch-watch': '*/30 * * * *',
        drift: '30 5 * * *',
        ingest: '15 1 * * *',
        resume: '*/30 * * * *',
        retrain: '30 2 * * 1',
      };
      for (const portfolio of portfolioIds()) {
        for (const [name, schedule] of Object.entries(schedules)) {
          const job = jobs.get(`${name}-${portfolio}`)!;
          const [target] = job.http_target as Record<string, unknown>[];
          assert.equal(job.schedule, schedule);
          assert.equal(job.time_zone, 'Etc/UTC');
          assert.equal(job.attempt_deadline, '1800s');
          assert.equal(target!.http_method, 'POST');
          assert.deepEqual(JSON.parse(Buffer.from(String(target!.body), 'base64').toString()), {
            portfolio,
          });
          const [token] = target!.oidc_token as Record<string, unknown>[];
          assert.equal(
            token!.service_account_email,
            `flit-scheduler@${SETTINGS.project_id}.iam.gserviceaccount.com`,
          );
        }
      }
      const all = Object.keys(schedules).length * portfolioIds().length;
      assert.equal(jobs.size, all + 1, 'and one that probes score');
    });

    it('retains versions and journal as the local cloud does, which nobody may take back', () => {
      const retaining = ofType('google_storage_bucket')
        .filter(({ values }) => values.enable_object_retention === true)
        .map(({ values }) => values.name);
      const models = `${SETTINGS.project_id}-${RESOURCES.modelsBucket}`;
      assert.deepEqual(retaining, [models]);
      const roles = ofType('google_project_iam_custom_role').map(({ values }) => [
        values.role_id,
        values.permissions,
      ]);
      assert.deepEqual(roles, [['flit_retainer', ['storage.objects.setRetention']]]);
      const grants = ofType('google_storage_bucket_iam_member')
        .filter(({ address }) => address.includes('_retains'))
        .map(({ values }) => [values.bucket, values.member]);
      const retrain = `serviceAccount:flit-retrain@${SETTINGS.project_id}.iam.gserviceaccount.com`;
      assert.deepEqual(grants, [[models, retrain]]);
      const strong = ['roles/storage.admin', 'roles/storage.objectAdmin'];
      const overriding = resources
        .filter(({ values }) => strong.includes(String(values.role)))
        .map(({ values }) => values.member);
      const delivery = `serviceAccount:flit-delivery@${SETTINGS.project_id}.iam.gserviceaccount.com`;
      assert.deepEqual(overriding, [delivery]);
    });

    it('grants nothing to everyone', () => {
      for (const { address, values } of resources) {
        const text = JSON.stringify(values);
        for (const everyone of PUBLIC) assert.ok(!text.includes(`"${everyone}"`), address);
      }
    });

    it('gives each function an account of its own, and no grant on the project but to run jobs', () => {
      const accounts = ofType('google_cloudfunctions2_function').map(
        ({ values }) =>
          (values.service_config as Record<string, unknown>[])[0]!.service_account_email,
      );
      assert.equal(accounts.length, functionNames().length);
      assert.equal(new Set(accounts).size, accounts.length);
      const grants = ofType('google_project_iam_member')
        .filter(({ values }) =>
          accounts.some((account) => values.member === `serviceAccount:${account}`),
        )
        .map(({ values }) => values.role);
      assert.deepEqual([...new Set(grants)].sort(), [
        'roles/bigquery.jobUser',
        // Of drift, which has a retraining started.
        'roles/cloudscheduler.jobRunner',
        'roles/cloudscheduler.viewer',
      ]);
    });

    it('lets only the scheduler call the jobs, and only Pub/Sub what it pushes to', () => {
      const invokers = ofType('google_cloud_run_v2_service_iam_member');
      for (const name of functionNames().filter((candidate) => candidate !== 'score')) {
        const members = invokers
          .filter(({ values }) => values.name === `flit-${name}`)
          .map(({ values }) => values.member);
        assert.deepEqual(members, [
          `serviceAccount:flit-${PUSHED.get(name) ?? 'scheduler'}@${SETTINGS.project_id}.iam.gserviceaccount.com`,
        ]);
      }
    });

    it('pushes alerts as the local cloud does, and keeps what nobody takes', () => {
      assert.equal(named('google_pubsub_topic', RESOURCES.alertsTopic).length, 1);
      const [subscription] = named('google_pubsub_subscription', RESOURCES.alertsSubscription);
      const { values } = subscription!;
      assert.equal(values.ack_deadline_seconds, 60);
      const [policy] = values.dead_letter_policy as { max_delivery_attempts: number }[];
      assert.equal(policy!.max_delivery_attempts, 10);
    });

    it('writes no secret into its state but the list of no targets', () => {
      const versions = ofType('google_secret_manager_secret_version');
      assert.deepEqual(
        versions.map(({ values }) => values.secret_data),
        ['[]'],
      );
    });

    it('lets a run end before Cloud Scheduler repeats it', () => {
      for (const { address, values } of ofType('google_cloudfunctions2_function')) {
        const [service] = values.service_config as { timeout_seconds: number }[];
        assert.ok(service!.timeout_seconds <= 1800, address);
      }
    });

    it('labels what is paid for by application and environment', () => {
      const paid = [
        'google_bigquery_dataset',
        'google_bigquery_table',
        'google_cloudfunctions2_function',
        'google_pubsub_subscription',
        'google_pubsub_topic',
        'google_storage_bucket',
      ];
      for (const { address, values } of paid.flatMap(ofType)) {
        const labels = values.effective_labels as Record<string, string>;
        assert.equal(labels.application, 'flit', address);
        assert.equal(labels.environment, environment, address);
      }
    });

    it('tells somebody what to do with every alert', () => {
      const alerts = ofType('google_monitoring_alert_policy');
      assert.ok(alerts.length >= 15);
      for (const { address, values } of alerts) {
        const [documentation] = values.documentation as { content: string }[];
        assert.match(documentation!.content, /\*\*Do\*\*/, address);
      }
    });

    it('watches every scheduled job for silence', () => {
      const watched = resources
        .filter(({ address }) => address.includes('google_monitoring_alert_policy.silence['))
        .map(({ key }) => key);
      const jobs = ofType('google_cloud_scheduler_job').map(({ key }) => key);
      assert.deepEqual(watched.sort(), jobs.sort());
    });
  });
}

describe('the pipeline’s triggers', function () {
  this.timeout(120_000);

  before(function () {
    needTerraform(this);
  });

  const triggers = (environment: 'dev' | 'prod') =>
    check(environment).resources.filter(({ type }) => type === 'google_cloudbuild_trigger');

  it('plan without asking, and in prod apply what a person has approved', () => {
    assert.deepEqual(triggers('dev'), [], 'nothing starts it');
    const approval = triggers('prod').map(({ values }) => [
      values.name,
      (values.approval_config as { approval_required: boolean }[])[0]?.approval_required ?? false,
    ]);
    assert.deepEqual(Object.fromEntries(approval), {
      'flit-prod-plan': false,
      'flit-prod-apply': true,
    });
  });

  it('hand over from the one to the other', () => {
    const plan = triggers('prod').find(({ values }) => values.name === 'flit-prod-plan')!;
    assert.equal((plan.values.substitutions as { _APPLY: string })._APPLY, 'flit-prod-apply');
  });
});

describe('the edge', function () {
  this.timeout(120_000);

  before(function () {
    needTerraform(this);
  });

  const has = (environment: 'dev' | 'prod', type: string) =>
    check(environment).resources.filter((resource) => resource.type === type);

  it('is there in prod, with TLS 1.2 and a limit for each address, and not in dev', () => {
    assert.equal(has('dev', 'google_compute_backend_service').length, 0);
    assert.equal(has('prod', 'google_compute_backend_service').length, 1);
    const [tls] = has('prod', 'google_compute_ssl_policy');
    assert.equal(tls!.values.min_tls_version, 'TLS_1_2');
    const [armor] = has('prod', 'google_compute_security_policy');
    const rules = armor!.values.rule as { action: string; priority: number }[];
    assert.ok(rules.some(({ action }) => action === 'throttle'));
    assert.equal(rules.find(({ priority }) => priority === 2147483647)!.action, 'deny(403)');
  });
});
