import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rowsOf } from './rows.ts';
import { type RunningWorld, startWorld } from './server.ts';

const DAY = { start_date: '2026-03-02', end_date: '2026-03-02', base_daily_volume: 100 };

describe('the world’s server', () => {
  let world: RunningWorld;
  before(async () => {
    world = await startWorld();
  });
  after(() => world.stop());

  const post = (path: string, body: unknown) =>
    fetch(world.url + path, {
      method: 'POST',
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });

  /** Status and detail of a refusal. */
  const refusal = async (answer: Promise<Response>) => {
    const response = await answer;
    return { status: response.status, ...((await response.json()) as { detail: unknown }) };
  };

  it('is healthy and lists its generators with their configuration', async () => {
    const health = await fetch(`${world.url}/`);
    assert.deepEqual(await health.json(), {
      status: 'healthy',
      version: '1.0.0',
      generators_available: 4,
    });
    const list = (await (await fetch(`${world.url}/generators`)).json()) as {
      name: string;
      description: string;
      config_schema: { properties: object; additionalProperties: boolean };
    }[];
    assert.deepEqual(
      list.map(({ name }) => name),
      ['bnpl', 'bnpl_repayments', 'bnpl_truth', 'bnpl_reviews'],
    );
    assert.ok('base_daily_volume' in list[0]!.config_schema.properties);
    assert.equal(list[0]!.config_schema.additionalProperties, false);
  });

  it('streams what people decide on the decisions that it is told of, and refuses what are none', async () => {
    const cases = Array.from({ length: 20 }, (_, i) => ({
      decision_id: `d-${i}`,
      outcome: 'review',
      decided_at: `${DAY.start_date}T01:00:00Z`,
      probability_of_default: 0.1,
      reasons: [],
    }));
    const taken = await post('/cases', cases);
    assert.deepEqual(await taken.json(), { taken: 20 });
    const text = await (await post('/stream/bnpl_reviews', DAY)).text();
    const records = text.split('\n\n').filter((event) => event.startsWith('data: '));
    assert.ok(records.length > 10 && records.length <= 20, text);
    const refused = await refusal(post('/cases', [{ ...cases[0], outcome: 'maybe' }]));
    assert.equal(refused.status, 400);
    assert.match(JSON.stringify(refused.detail), /outcome/);
  });

  it('streams each generator’s records and then their number', async () => {
    for (const name of ['bnpl', 'bnpl_repayments', 'bnpl_truth']) {
      const text = await (await post(`/stream/${name}`, DAY)).text();
      const rows = rowsOf(name, DAY);
      const expected = rows.map((row) => `data: ${JSON.stringify(row)}\n\n`).join('');
      assert.ok(rows.length > 50, name);
      assert.equal(text, `${expected}event: end\ndata: {"records":${rows.length}}\n\n`);
    }
  });

  it('serves several clients at once', async () => {
    const texts = await Promise.all(
      [1, 2, 1, 3].map(async (seed) => (await post('/stream/bnpl', { ...DAY, seed })).text()),
    );
    assert.equal(texts[0], texts[2]);
    assert.equal(new Set(texts).size, 3);
  });

  it('names every fault of a configuration', async () => {
    const { status, detail } = await refusal(
      post('/stream/bnpl', { ...DAY, end_date: '2026-03-32', seed: 1.5, drift_type: 'sudden' }),
    );
    assert.equal(status, 400);
    const text = JSON.stringify(detail);
    for (const name of ['end_date', 'seed', 'drift_type']) assert.ok(text.includes(name), text);
  });

  it('refuses a body that is no JSON object, or none, or too large', async () => {
    for (const body of ['', '{', '[]', '"bnpl"', 'null']) {
      assert.equal((await refusal(post('/stream/bnpl', body))).status, 400, body);
    }
    const large = JSON.stringify({ shocks: 'x'.repeat(1_100_000) });
    assert.equal((await refusal(post('/stream/bnpl', large))).status, 413);
  });

  it('answers 404 to what there is not, naming what there is', async () => {
    const unknown = await refusal(post('/stream/fraud', DAY));
    assert.equal(unknown.status, 404);
    assert.match(String(unknown.detail), /fraud.*bnpl, bnpl_repayments, bnpl_truth/);
    assert.equal((await refusal(fetch(`${world.url}/stream`))).status, 404);
    assert.equal((await refusal(post('/stream/a%2Fb', DAY))).status, 404);
    assert.equal((await refusal(post('/stream/%zz', DAY))).status, 400);
  });

  it('answers 405 to the wrong method', async () => {
    assert.equal((await refusal(fetch(`${world.url}/stream/bnpl`))).status, 405);
    assert.equal((await refusal(post('/generators', {}))).status, 405);
  });

  it('lives on when a client breaks off in its request', async () => {
    const broken = request(`${world.url}/stream/bnpl`, {
      method: 'POST',
      headers: { 'content-length': 100 },
    });
    broken.write('{');
    const failed = once(broken, 'error');
    broken.once('socket', (socket) =>
      socket.once('connect', () => broken.destroy(new Error('gone'))),
    );
    await failed;
    assert.equal((await fetch(`${world.url}/`)).status, 200);
  });
});

describe('a world that starts and stops', () => {
  it('cuts its streams', async () => {
    const world = await startWorld();
    const range = { start_date: '2025-01-01', end_date: '2025-12-31', base_daily_volume: 5000 };
    const response = await fetch(`${world.url}/stream/bnpl`, {
      method: 'POST',
      body: JSON.stringify(range),
    });
    const reader = response.body!.getReader();
    await reader.read();
    await world.stop();
    await assert.rejects(async () => {
      while (!(await reader.read()).done);
    });
    await assert.rejects(fetch(`${world.url}/`));
  });

  it('does not start on a port that is taken', async () => {
    const world = await startWorld();
    const port = Number(new URL(world.url).port);
    await assert.rejects(startWorld({ port }), { code: 'EADDRINUSE' });
    await world.stop();
  });

  it('paces a stream with the clock that it is given', async () => {
    const waits: number[] = [];
    const world = await startWorld({ pause: async (ms) => waits.push(ms) });
    const response = await fetch(`${world.url}/stream/bnpl_truth`, {
      method: 'POST',
      body: JSON.stringify({ ...DAY, rate_per_second: 1000, max_records: 5 }),
    });
    assert.match(await response.text(), /"records":5/);
    assert.deepEqual(waits, [1, 1, 1, 1]);
    await world.stop();
  });
});

describe('a world with files', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'world-server-'));
    await writeFile(join(folder, 'cards.csv'), 'ID,Limit,Default\n1,100,0\n2,200,1\n');
  });
  after(() => rm(folder, { recursive: true }));

  const cards = () => ({
    name: 'cards',
    file: join(folder, 'cards.csv'),
    key: 'id',
    application_fields: ['limit'],
    outcome_fields: ['default'],
    period: { start: '2026-01-01', end: '2026-01-02' },
    outcome_delay_days: 1,
  });

  it('streams them as two generators more', async () => {
    const world = await startWorld({ files: [cards()] });
    const stream = async (name: string) => {
      const body = JSON.stringify({ start_date: '2026-01-02', end_date: '2026-01-02' });
      return (await fetch(`${world.url}/stream/${name}`, { method: 'POST', body })).text();
    };
    const [noon, end] = [
      '"_timestamp":"2026-01-02T12:00:00.000Z"',
      'event: end\ndata: {"records":1}',
    ];
    assert.equal(await stream('cards'), `data: {"id":2,"limit":200,${noon}}\n\n${end}\n\n`);
    assert.equal(
      await stream('cards_outcomes'),
      `data: {"id":1,"default":0,${noon}}\n\n${end}\n\n`,
    );
    await world.stop();
  });

  it('tells a client when the file breaks off', async () => {
    const world = await startWorld({ files: [cards()] });
    await writeFile(join(folder, 'cards.csv'), 'ID,Limit,Default\n1,100,0\n2\n');
    const body = JSON.stringify({ start_date: '2026-01-01', end_date: '2026-01-02' });
    const response = await fetch(`${world.url}/stream/cards`, { method: 'POST', body });
    let text = '';
    await assert.rejects(async () => {
      const decoder = new TextDecoder();
      for await (const chunk of response.body!) text += decoder.decode(chunk, { stream: true });
    });
    assert.match(text, /event: error\ndata: .*line 3: 1 cells for 3 columns/);
    assert.doesNotMatch(text, /event: end/);
    await world.stop();
  });

  it('does not start with a file that can’t be served, or two of a name', async () => {
    const absent = { ...cards(), file: join(folder, 'absent.csv') };
    await assert.rejects(startWorld({ files: [absent] }), /absent\.csv: it can't be read/);
    await writeFile(join(folder, 'cards.csv'), 'ID,Limit,Default\n1,100,0\n');
    await assert.rejects(startWorld({ files: [cards(), cards()] }), /two generators cards/);
    const clash = { ...cards(), name: 'bnpl' };
    await assert.rejects(startWorld({ files: [clash] }), /two generators bnpl/);
  });
});
