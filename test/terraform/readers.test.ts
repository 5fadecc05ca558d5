/** Prod is planned with analysts, an auditor, a reader of personal data and keys; dev with none. */
import assert from 'node:assert/strict';
import { VIEWS_DATASET, viewsDatasetOf } from '../../shared/warehouse/names.ts';
import { check, type Environment, KEYS, needTerraform, type Planned, SETTINGS } from './checker.ts';
import { portfolioIds } from './sources.ts';

const AUDIT = 'group:audit@example.com';
const PRIVACY = 'group:privacy@example.com';
const analystsOf = (id: string) => `group:${id}-risk@example.com`;

describe('who reads', function () {
  this.timeout(120_000);

  before(function () {
    needTerraform(this);
  });

  const planned = (environment: Environment, type: string): readonly Planned[] =>
    check(environment).resources.filter((resource) => resource.type === type);

  it('is nobody where nobody is named', () => {
    assert.deepEqual(planned('dev', 'google_bigquery_row_access_policy'), []);
    assert.deepEqual(planned('dev', 'google_bigquery_datapolicy_data_policy_iam_member'), []);
    const readers = planned('dev', 'google_bigquery_dataset_access').filter(({ address }) =>
      address.includes('.reader['),
    );
    assert.deepEqual(readers, []);
  });

  it('reads views, and no base table', () => {
    const people = planned('prod', 'google_bigquery_dataset_access')
      .filter(({ values }) => values.group_by_email)
      .map(({ values }) => `group:${values.group_by_email} ${values.role} ${values.dataset_id}`);
    const viewer = 'roles/bigquery.dataViewer';
    assert.deepEqual(
      people.sort(),
      [
        `${AUDIT} ${viewer} ${VIEWS_DATASET}`,
        ...portfolioIds().flatMap((id) => [
          `${analystsOf(id)} ${viewer} ${VIEWS_DATASET}`,
          `${analystsOf(id)} ${viewer} ${viewsDatasetOf(id)}`,
          `${AUDIT} ${viewer} ${viewsDatasetOf(id)}`,
        ]),
      ].sort(),
    );
  });

  it('sees the decisions of its own portfolio; an auditor, and who watches, sees all', () => {
    const drift = `serviceAccount:flit-drift@${SETTINGS.project_id}.iam.gserviceaccount.com`;
    const policies = planned('prod', 'google_bigquery_row_access_policy').map(
      ({ values }) => `${values.table_id}: ${values.filter_predicate} for ${values.grantees}`,
    );
    assert.deepEqual(
      policies.sort(),
      [
        ...portfolioIds().map((id) => `decisions: portfolio = '${id}' for ${analystsOf(id)}`),
        `decisions: TRUE for ${AUDIT},${drift}`,
      ].sort(),
    );
  });

  it('sees personal data masked, unless it is named for that', () => {
    const masked = planned('prod', 'google_bigquery_datapolicy_data_policy_iam_member');
    assert.deepEqual(
      [...new Set(masked.map(({ values }) => values.member))].sort(),
      [AUDIT, ...portfolioIds().map(analystsOf)].sort(),
    );
    const unmasked = planned('prod', 'google_data_catalog_policy_tag_iam_member')
      .filter(({ address }) => address.includes('module.privacy'))
      .map(({ values }) => values.member);
    assert.deepEqual(unmasked, [PRIVACY, PRIVACY]);
  });
});

describe('customer-managed keys', function () {
  this.timeout(120_000);

  before(function () {
    needTerraform(this);
  });

  /** The keys that a planned resource names, wherever it names them. */
  const keysOf = ({ values }: Planned): string[] => [
    ...new Set(JSON.stringify(values).match(/projects\/keys\/[\w/-]+/g) ?? []),
  ];

  it('encrypt all data and images in prod, and are asked for nowhere in dev', () => {
    const encrypted = {
      google_artifact_registry_repository: KEYS.functions,
      google_bigquery_dataset: KEYS.data,
      google_cloudfunctions2_function: KEYS.functions,
      google_pubsub_topic: KEYS.data,
      google_secret_manager_secret: KEYS.functions,
      google_storage_bucket: KEYS.data,
    };
    const { resources } = check('prod');
    for (const [type, key] of Object.entries(encrypted)) {
      const found = resources.filter((resource) => resource.type === type);
      assert.ok(found.length > 0, type);
      for (const resource of found) assert.deepEqual(keysOf(resource), [key], resource.address);
    }
    for (const resource of check('dev').resources) assert.deepEqual(keysOf(resource), []);
  });

  it('may be used by every service that encrypts with them', () => {
    const grants = check('prod').resources.filter(
      ({ type }) => type === 'google_kms_crypto_key_iam_member',
    );
    assert.deepEqual(grants.map(({ key }) => key).sort(), [
      'data bigquery',
      'data pubsub',
      'data storage',
      'functions artifactregistry.googleapis.com',
      'functions cloudfunctions.googleapis.com',
      'functions run.googleapis.com',
      'functions secretmanager.googleapis.com',
      'functions storage',
    ]);
    for (const { values } of grants) {
      assert.equal(values.role, 'roles/cloudkms.cryptoKeyEncrypterDecrypter');
    }
  });
});
