import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createEventCheck } from '../../../shared/republish/event_check.ts';
import type { LogItem } from '../../../shared/republish/log_events.ts';
import { republish } from '../../../shared/republish/republish.ts';

const check = createEventCheck(JSON.parse(readFileSync('sql/tables/decisions.json', 'utf8')));

const EVENT = {
  decision_id: 'd-1',
  portfolio: 'loans',
  application_id: 'a-1',
  entity_id: 'c-1',
  decided_at: '2026-06-12T00:00:00.000Z',
  outcome: 'decline',
  pd: 0.5,
  reasons: [{ code: 'M01', text: 'The amount is high.' }],
  arm: 'champion',
  model_version: 'v20260601_000000',
  policy_version: '2026-06-01',
  deployment_generation: 1718150400000001,
  fallback: null,
  scores: [{ version: 'v', role: 'champion', probability: 0.4, pd: 0.5, features: '{}' }],
  rules: [{ rule: 'too_large', hit: false }],
  request: '{}',
};

describe('an event that is to be published again', () => {
  it('is one that the table takes, with what it has beside the columns', () => {
    const event = { ...EVENT, of_a_newer_release: 1 };
    assert.deepEqual(check(event), { ok: true, event });
  });

  const { decision_id: _, ...nameless } = EVENT;
  const { reasons: __, pd: ___, ...sparse } = EVENT;

  it('may lack what the table lets be null or empty', () => {
    assert.ok(check(sparse).ok);
  });

  const faulty: [string, unknown, string][] = [
    ['no object', 'x', 'Invalid input'],
    ['null', null, 'Invalid input'],
    ['without an id', nameless, 'decision_id'],
    ['with a text for a number', { ...EVENT, pd: '0.5' }, 'pd'],
    [
      'with a fraction for a count',
      { ...EVENT, deployment_generation: 1.5 },
      'deployment_generation',
    ],
    ['with a time that is none', { ...EVENT, decided_at: 'yesterday' }, 'decided_at'],
    ['with one score for many', { ...EVENT, scores: EVENT.scores[0] }, 'scores'],
    ['with a fault deep inside', { ...EVENT, rules: [{ rule: 7 }] }, 'rules.0.rule'],
    ['with null for what must be there', { ...EVENT, request: null }, 'request'],
  ];
  for (const [what, event, place] of faulty) {
    it(`is refused ${what}, by the name of the field`, () => {
      const checked = check(event);
      assert.ok(!checked.ok);
      assert.match(checked.problems.join(), new RegExp(`^${place}`));
    });
  }
});

describe('publishing a log again', () => {
  const event = (id: string, place = id): LogItem => ({
    kind: 'event',
    place,
    event: { ...EVENT, decision_id: id },
  });
  async function* log(...items: LogItem[]) {
    yield* items;
  }

  it('publishes each event once and says what became of the rest', async () => {
    const published: string[] = [];
    const done = await republish(
      log(
        event('a'),
        { kind: 'other' },
        event('b'),
        event('a'),
        { kind: 'unreadable', place: 'line 5', problem: 'is not JSON' },
        { kind: 'event', place: 'line 6', event: {} },
      ),
      check,
      async ({ decision_id }) => published.push(decision_id),
    );
    assert.deepEqual(published, ['a', 'b']);
    assert.equal(done.published, 2);
    assert.equal(done.repeated, 1);
    assert.equal(done.others, 1);
    assert.equal(done.unreadable[0], 'line 5: is not JSON');
    assert.match(done.unreadable[1]!, /^line 6: decision_id: .*; portfolio: /);
    assert.deepEqual(done.failed, []);
  });

  it('goes on after an event that Pub/Sub does not take, and names it', async () => {
    const published: string[] = [];
    const done = await republish(log(event('a'), event('b')), check, async ({ decision_id }) => {
      if (decision_id === 'a') throw new Error('7 PERMISSION_DENIED');
      published.push(decision_id);
    });
    assert.deepEqual(published, ['b']);
    assert.deepEqual(done.failed, ['a: 7 PERMISSION_DENIED']);
  });

  it('has a bounded number on their way, however long the log is', async () => {
    let under = 0;
    let most = 0;
    const items = Array.from({ length: 2100 }, (_, i) => event(`d-${i}`));
    const done = await republish(log(...items), check, async () => {
      under += 1;
      most = Math.max(most, under);
      await new Promise(setImmediate);
      under -= 1;
    });
    assert.equal(done.published, 2100);
    assert.ok(most <= 500, String(most));
  });
});
