import assert from 'node:assert/strict';
import { AppError } from '../../../shared/errors.ts';
import type { Objects } from '../../../shared/google/objects.ts';
import { type Change, changeDeployment } from '../../../shared/registry/change.ts';
import {
  deploymentName,
  readDeployment,
  writeDeployment,
} from '../../../shared/registry/deployment.ts';
import { createEventCopy, type EventCopy } from '../../../shared/registry/event_copy.ts';
import {
  deploymentEvent,
  eventName,
  type RegistryEvent,
  versionEvent,
} from '../../../shared/registry/events.ts';
import {
  appendEvent,
  completeJournal,
  deploymentAt,
  readEvents,
} from '../../../shared/registry/journal.ts';
import { crown, kill, split } from '../../../shared/registry/roles.ts';
import { COMMON_DATASET } from '../../../shared/warehouse/names.ts';
import { sqlFiles } from '../../../shared/warehouse/sql.ts';
import { createWarehouse } from '../../../shared/warehouse/warehouse.ts';
import { query, useLender } from '../../functions/support/lender.ts';
import { keepLog } from '../../functions/support/log.ts';
import { memoryObjects } from '../../functions/support/memory_objects.ts';

const V1 = { version: 'v20260601_000000', manifest_sha256: '1'.repeat(64) };
const V2 = { version: 'v20260602_000000', manifest_sha256: '2'.repeat(64) };

let minute = 0;
const now = () => new Date(Date.UTC(2026, 5, 12, 0, ++minute));

const change = (kind: Change['kind'], version: string | null): Change => ({
  kind,
  version,
  by: 'ada',
  reason: 'a test',
  at: now(),
});

const promote = (objects: Objects, ref: typeof V1) =>
  changeDeployment(objects, 'loans', change('promoted', ref.version), (before) =>
    crown(before, ref),
  );

/** A warehouse that has nothing and keeps nothing. */
const NOWHERE: EventCopy = { known: async () => new Set(), add: async () => {} };

describe('a change of the deployment', () => {
  let objects: Objects;
  beforeEach(() => {
    objects = memoryObjects();
  });

  it('is a new generation and its event, which says who, why, what and over what', async () => {
    const first = await promote(objects, V1);
    const second = await changeDeployment(objects, 'loans', change('split', V2.version), (before) =>
      split(before, {
        ...V2,
        share: 0.1,
        steps: [{ from: '2026-07-01T02:00:00+02:00', share: 0.5 }],
      }),
    );
    assert.deepEqual((await readDeployment(objects, 'loans'))!, second);
    const [promoted, divided, ...more] = await readEvents(objects, 'loans');
    assert.deepEqual(more, []);
    assert.deepEqual(promoted, deploymentEvent(first, null));
    assert.deepEqual({ ...divided, details: null }, {
      event_id: `loans/deployment-${String(second.generation).padStart(19, '0')}`,
      portfolio: 'loans',
      kind: 'split',
      occurred_at: second.deployment.updated_at,
      actor: 'ada',
      reason: 'a test',
      version: V2.version,
      generation: second.generation,
      previous_generation: first.generation,
      champion: V1.version,
      challenger: V2.version,
      share: 0.1,
      steps: [{ begins_at: '2026-07-01T00:00:00.000Z', share: 0.5 }],
      shadows: [],
      salt: 'loans',
      kill_switch: false,
      details: null,
    } satisfies RegistryEvent);
    assert.deepEqual(divided!.details, { deployment: second.deployment });
  });

  it('loses to whoever was first, says who that was, and leaves no event', async () => {
    await promote(objects, V1);
    const crossed: Objects = {
      ...objects,
      async write(name, ...rest) {
        if (name === deploymentName('loans')) await promote(objects, V2);
        return objects.write(name, ...rest);
      },
    };
    const late = changeDeployment(crossed, 'loans', change('killed', null), (before) =>
      kill(before, true),
    );
    await assert.rejects(late, {
      code: 'conflict',
      message: 'Somebody else changed the deployment first. ada: a test',
    });
    const kinds = (await readEvents(objects, 'loans')).map(({ kind }) => kind);
    assert.deepEqual(kinds, ['promoted', 'promoted']);
  });

  it('that is refused writes nothing', async () => {
    const nobody = changeDeployment(objects, 'loans', change('split', V2.version), (before) =>
      split(before, { ...V2, share: 0.1 }),
    );
    await assert.rejects(nobody, { code: 'refused' });
    assert.equal(await readDeployment(objects, 'loans'), undefined);
    assert.deepEqual(await readEvents(objects, 'loans'), []);
  });
});

describe('the journal of a portfolio', () => {
  let objects: Objects;
  beforeEach(() => {
    objects = memoryObjects();
  });

  it('keeps an event as it was written first', async () => {
    const event = versionEvent('loans', 'created', V1.version, change('edited', null), { a: 1 });
    await appendEvent(objects, event);
    await appendEvent(objects, { ...event, actor: 'somebody else' });
    assert.deepEqual(await readEvents(objects, 'loans'), [event]);
  });

  it('is in the order of generations, whatever the clocks of the writers said', async () => {
    const at = (text: string) => ({ ...change('promoted', V1.version), at: new Date(text) });
    await changeDeployment(objects, 'loans', at('2026-06-12T10:00:00Z'), (b) => crown(b, V1));
    await changeDeployment(objects, 'loans', at('2026-06-12T09:00:00Z'), (b) => crown(b, V2));
    const between = { by: 'ada', reason: 'x', at: new Date('2026-06-12T09:30:00Z') };
    await appendEvent(objects, versionEvent('loans', 'approved', V2.version, between, null));
    const events = await readEvents(objects, 'loans');
    assert.deepEqual(
      events.map(({ kind, champion }) => champion ?? kind),
      ['approved', V1.version, V2.version],
    );
  });

  it('has the events of generations that nobody has written yet, as they are written then', async () => {
    await promote(objects, V1);
    await promote(objects, V2);
    const unwritten = await readEvents(objects, 'loans');
    assert.deepEqual(
      unwritten.map(({ kind, champion }) => [kind, champion]),
      [
        ['promoted', V1.version],
        ['promoted', V2.version],
      ],
    );
    assert.deepEqual(await objects.list('models/loans/events/'), []);
    assert.deepEqual(await completeJournal(objects, NOWHERE, 'loans', now()), {
      written: 2,
      copied: 2,
    });
    const names = await objects.list('models/loans/events/');
    assert.deepEqual(names, unwritten.map(eventName));
    assert.deepEqual(await readEvents(objects, 'loans'), unwritten);
    assert.equal((await completeJournal(objects, NOWHERE, 'loans', now())).written, 0);
  });

  it('has an event of a deployment that a hand wrote, and of one that nobody could use', async () => {
    const first = await promote(objects, V1);
    const { change: _, ...byHand } = first.deployment;
    const second = await writeDeployment(
      objects,
      { ...byHand, updated_by: 'a hand', kill_switch: true },
      first.generation,
    );
    await objects.replace(deploymentName('loans'), Buffer.from('{'), 'application/json');
    const [, edited, broken] = await readEvents(objects, 'loans');
    assert.deepEqual(
      [edited!.kind, edited!.actor, edited!.version, edited!.kill_switch, edited!.generation],
      ['edited', 'a hand', null, true, second],
    );
    assert.deepEqual([broken!.kind, broken!.champion, broken!.actor], ['edited', null, 'unknown']);
    assert.match(broken!.reason, /is no deployment: .*JSON/);
    assert.equal(broken!.previous_generation, second);
  });

  it('keeps the events of generations that the bucket has forgotten', async () => {
    await promote(objects, V1);
    await completeJournal(objects, NOWHERE, 'loans', now());
    const forgetful: Objects = {
      ...objects,
      history: async () => [],
      read: async (name, generation) => (generation === undefined ? objects.read(name) : undefined),
    };
    assert.equal((await readEvents(forgetful, 'loans')).length, 1);
    const { deployment, generation } = (await readDeployment(objects, 'loans'))!;
    assert.deepEqual(await deploymentAt(objects, 'loans', generation), deployment);
    assert.deepEqual(await deploymentAt(forgetful, 'loans', generation), deployment);
    assert.equal(await deploymentAt(forgetful, 'loans', generation + 1), undefined);
  });

  it('names the object that is no event', async () => {
    await objects.replace('models/loans/events/x.json', Buffer.from('{}'), 'application/json');
    await assert.rejects(readEvents(objects, 'loans'), (error) => {
      assert.ok(error instanceof AppError);
      assert.equal(error.code, 'event_unusable');
      assert.match(error.message, /^models\/loans\/events\/x\.json is no event: /);
      return true;
    });
  });
});

describe('the copy of the journal in the warehouse', () => {
  const lender = useLender();
  let objects: Objects;
  let copy: EventCopy;

  before(() => {
    const warehouse = createWarehouse({
      bigquery: lender.bigquery,
      datasetId: COMMON_DATASET,
      location: 'US',
      log: keepLog(),
      sleep: async () => {},
      labels: {},
    });
    copy = createEventCopy(warehouse, sqlFiles('sql'));
  });
  beforeEach(async () => {
    objects = memoryObjects();
    await lender.bigquery.query('DELETE FROM flit.registry_events WHERE occurred_at IS NOT NULL');
  });

  const rows = () =>
    query(
      lender,
      "SELECT * FROM flit.registry_events WHERE occurred_at > '2000-01-01' ORDER BY generation, event_id",
    );

  it('has every column of every event', async () => {
    await promote(objects, V1);
    const steps = [
      { from: '2026-07-01T00:00:00Z', share: 0.1 },
      { from: '2026-07-02T00:00:00.5Z', share: 1 / 3 },
    ];
    await changeDeployment(objects, 'loans', change('split', V2.version), (before) => ({
      ...split(before, { ...V2, share: 0.01, steps }),
      shadows: [V1, V2],
      salt: 'Salz & "Öl"',
    }));
    const done = await completeJournal(objects, copy, 'loans', now());
    assert.deepEqual(done, { written: 2, copied: 2 });
    const events = await readEvents(objects, 'loans');
    const found = (await rows()).map((row) => {
      const at = ({ value }: { value: string }) => new Date(value).toISOString();
      return {
        ...row,
        occurred_at: at(row.occurred_at as { value: string }),
        steps: (row.steps as { begins_at: { value: string }; share: number }[]).map((step) => ({
          begins_at: at(step.begins_at),
          share: step.share,
        })),
        details: JSON.parse(String(row.details)),
      };
    });
    assert.deepEqual(found, events);
  });

  it('gets what is missing, and each event once, however often and by however many it is copied', async () => {
    await promote(objects, V1);
    await completeJournal(objects, copy, 'loans', now());
    await promote(objects, V2);
    await Promise.all([1, 2, 3].map(() => completeJournal(objects, copy, 'loans', now())));
    assert.deepEqual(
      (await rows()).map(({ champion }) => champion),
      [V1.version, V2.version],
    );
    assert.deepEqual(await completeJournal(objects, copy, 'loans', now()), {
      written: 0,
      copied: 0,
    });
  });

  it('takes more events than one statement has room for', async () => {
    const { at, ...act } = change('edited', null);
    for (let i = 0; i < 600; i++) {
      const moment = new Date(at.getTime() + i);
      await appendEvent(
        objects,
        versionEvent('loans', 'approved', V1.version, { ...act, at: moment }, null),
      );
    }
    const { copied } = await completeJournal(objects, copy, 'loans', now());
    assert.equal(copied, 600);
    assert.equal((await rows()).length, 600);
  });
});
