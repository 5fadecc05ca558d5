import assert from 'node:assert/strict';
import { startBigQuery, status, type TestBigQuery } from '../testing.ts';

describe('the datasets resource', () => {
  let bigquery: TestBigQuery;
  before(async () => {
    bigquery = await startBigQuery();
  });
  after(() => bigquery.stop());

  it('is made, read, changed and removed by the official client', async () => {
    const { client } = bigquery;
    const [dataset] = await client.createDataset('made', {
      description: 'first',
      labels: { team: 'risk' },
    });
    assert.equal(dataset.metadata.id, 'p:made');
    assert.equal(dataset.metadata.location, 'US');
    assert.deepEqual(await dataset.exists(), [true]);
    await dataset.setMetadata({ description: 'second', labels: { team: null, tier: 'one' } });
    const [metadata] = await dataset.getMetadata();
    assert.equal(metadata.description, 'second');
    assert.deepEqual(metadata.labels, { tier: 'one' });
    await dataset.delete();
    assert.deepEqual(await dataset.exists(), [false]);
  });

  it('refuses a second of its name, a name that can’t be, and one that is missing', async () => {
    const { client } = bigquery;
    await client.createDataset('twice');
    await assert.rejects(
      client.createDataset('twice'),
      status(409, 'duplicate', /^Already Exists: Dataset p:twice$/),
    );
    await assert.rejects(
      client.createDataset('a-b'),
      status(400, 'invalid', /^Invalid dataset ID/),
    );
    await assert.rejects(
      client.dataset('none').getMetadata(),
      status(404, 'notFound', /^Not found: Dataset p:none$/),
    );
    await assert.rejects(client.dataset('none').delete(), status(404, 'notFound', /p:none/));
  });

  it('is removed with what it holds only when told to', async () => {
    const { client } = bigquery;
    const [dataset] = await client.createDataset('full');
    await dataset.createTable('t', { schema: 'a:INTEGER' });
    await assert.rejects(
      dataset.delete(),
      status(400, 'resourceInUse', /^Dataset p:full is still in use$/),
    );
    await dataset.delete({ force: true });
    await assert.rejects(
      dataset.table('t').getMetadata(),
      status(404, 'notFound', /Dataset p:full/),
    );
  });

  it('is listed by name and page, by labels, and by project', async () => {
    const { client } = bigquery;
    for (const id of ['list_b', 'list_a', 'list_c']) {
      await client.createDataset(id, { labels: id === 'list_b' ? { odd: 'yes' } : {} });
    }
    const [all] = await client.getDatasets();
    const names = all.map(({ id }) => id!).filter((id) => id.startsWith('list_'));
    assert.deepEqual(names, ['list_a', 'list_b', 'list_c']);
    const [page, next] = await client.getDatasets({ maxResults: 1, autoPaginate: false });
    assert.equal(page.length, 1);
    assert.ok(next?.pageToken);
    const [second] = await client.getDatasets(next);
    assert.notEqual(second[0]!.id, page[0]!.id);
    const [odd] = await client.getDatasets({ filter: 'labels.odd:yes' });
    assert.deepEqual(
      odd.map(({ id }) => id),
      ['list_b'],
    );
    const [elsewhere] = await client.getDatasets({ projectId: 'another' });
    assert.deepEqual(elsewhere, []);
  });

  it('stays where it was made', async () => {
    const [dataset] = await bigquery.client.createDataset('placed', { location: 'EU' });
    assert.equal(dataset.metadata.location, 'EU');
    await assert.rejects(
      dataset.setMetadata({ location: 'US' }),
      status(400, 'invalid', /location/),
    );
    await dataset.setMetadata({ description: 'still here' });
    assert.equal((await dataset.getMetadata())[0].location, 'EU');
  });

  it('is replaced as a whole by PUT', async () => {
    const { client, request } = bigquery;
    await client.createDataset('put', { description: 'old', friendlyName: 'name', location: 'EU' });
    const { body } = await request('PUT', '/datasets/put', { body: { description: 'new' } });
    assert.deepEqual(
      [body.description, body.friendlyName, body.location],
      ['new', undefined, 'EU'],
    );
  });

  it('is changed only in the state that the client knows, and not sent again unchanged', async () => {
    const { client, request } = bigquery;
    const [dataset] = await client.createDataset('versioned');
    const { etag } = dataset.metadata;
    const change = (headers: Record<string, string>) =>
      request('PATCH', '/datasets/versioned', { headers, body: { description: 'x' } });
    assert.equal((await change({ 'if-match': etag })).status, 200);
    const late = await change({ 'if-match': etag });
    assert.equal(late.status, 412);
    assert.equal(late.body.error.errors[0].reason, 'conditionNotMet');
    const [{ etag: current }] = await dataset.getMetadata();
    const same = await request('GET', '/datasets/versioned', {
      headers: { 'if-none-match': current },
    });
    assert.equal(same.status, 304);
  });

  it('refuses by name what it does not support', async () => {
    const { client } = bigquery;
    await assert.rejects(
      client.createDataset('cmek', { defaultEncryptionConfiguration: { kmsKeyName: 'k' } }),
      status(501, 'notImplemented', /defaultEncryptionConfiguration of datasets/),
    );
    await assert.rejects(
      client.createDataset('labelled', { labels: { Upper: 'x' } }),
      status(400, 'invalid', /Label key "Upper"/),
    );
    await assert.rejects(
      client.dataset('any').createRoutine('f', { definitionBody: '1' }),
      status(501, 'notImplemented', /routines\.insert: use CREATE FUNCTION/),
    );
  });

  it('answers under the path of BIGQUERY_EMULATOR_HOST too', async () => {
    const { origin } = bigquery;
    const response = await fetch(`${origin}/projects/p/datasets/none`);
    assert.equal(response.status, 404);
    assert.match(JSON.stringify(await response.json()), /Not found: Dataset p:none/);
    const projects = await fetch(`${origin}/projects`);
    assert.match(JSON.stringify(await projects.json()), /"id":"p"/);
    const account = await fetch(`${origin}/bigquery/v2/projects/p/serviceAccount`);
    assert.match(JSON.stringify(await account.json()), /"email":"bq-.*@p\./);
  });
});
