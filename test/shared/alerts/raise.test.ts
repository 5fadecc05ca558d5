import assert from 'node:assert/strict';
import type { Alert } from '../../../shared/alerts/alert.ts';
import { connectAlerts } from '../../../shared/alerts/connect.ts';
import { type AlertParts, raise, standingName } from '../../../shared/alerts/raise.ts';
import type { Objects } from '../../../shared/google/objects.ts';
import { COMMON_DATASET } from '../../../shared/warehouse/names.ts';
import { query, useLender } from '../../functions/support/lender.ts';
import { keepLog } from '../../functions/support/log.ts';
import { memoryObjects } from '../../functions/support/memory_objects.ts';
import { RESOURCES } from '../../start/provision.ts';
import { breach, day, LENDER } from './breaches.ts';

const NAMES = (alerts: readonly Alert[]) => alerts.map(({ subject, why }) => `${subject} ${why}`);

describe('raising alerts', () => {
  let objects: Objects;
  let told: Alert[];
  const tell: AlertParts['tell'] = async (alerts) => {
    told.push(...alerts);
  };
  const parts = (changes: Partial<AlertParts> = {}): AlertParts => ({
    portfolio: LENDER,
    objects,
    tell,
    ...changes,
  });

  beforeEach(() => {
    objects = memoryObjects();
    told = [];
  });

  it('tells what is news, and nothing of it when the run is repeated', async () => {
    const breaches = [breach(), breach({ subject: 'income' })];
    assert.deepEqual(NAMES(await raise(parts(), breaches)), ['amount new', 'income new']);
    assert.deepEqual(await raise(parts(), breaches), []);
    assert.equal(told.length, 2);
  });

  it('writes nothing where nothing was ever amiss', async () => {
    await raise(parts(), [], { kinds: ['drift'], at: day(0) });
    assert.deepEqual(await objects.list(''), []);
  });

  it('tells at the next run what a crash kept it from telling', async () => {
    const crash = async () => {
      throw new Error('Pub/Sub is down.');
    };
    await assert.rejects(raise(parts({ tell: crash }), [breach()]), /Pub\/Sub is down/);
    // The same run again, and one that finds something else.
    const again = await raise(parts({ tell: crash }), [breach()]).catch(() => 'still untold');
    assert.equal(again, 'still untold');
    await raise(parts(), [breach({ subject: 'income', at: day(1) })]);
    assert.deepEqual(NAMES(told), ['amount new', 'income new']);
    assert.deepEqual(await raise(parts(), [breach()]), []);
  });

  it('tells once more, under the same id, what a crash kept it from noting as told', async () => {
    let writes = 0;
    const dying: Objects = {
      ...objects,
      write: (...args) => {
        writes += 1;
        return writes === 2 ? Promise.reject(new Error('killed')) : objects.write(...args);
      },
    };
    await assert.rejects(raise(parts({ objects: dying }), [breach()]), /killed/);
    await raise(parts(), [breach()]);
    assert.equal(told.length, 2);
    assert.equal(told[0]!.alert_id, told[1]!.alert_id);
    await raise(parts(), [breach()]);
    assert.equal(told.length, 2);
  });

  it('raises a breach once that eight instances find at the same time', async () => {
    const runs = Array.from({ length: 8 }, (_, hour) => {
      const at = new Date(day(0).getTime() + hour * 3_600_000);
      return raise(parts(), [breach({ at }), breach({ at, subject: `feature ${hour % 2}` })]);
    });
    await Promise.all(runs);
    const subjects = ['amount', 'feature 0', 'feature 1'];
    for (const subject of subjects) {
      const ids = told.filter((alert) => alert.subject === subject).map((alert) => alert.alert_id);
      assert.equal(new Set(ids).size, 1, subject);
    }
    const standing = JSON.parse(
      Buffer.from((await objects.read(standingName('loans')))!.bytes).toString(),
    );
    assert.deepEqual(standing.untold, []);
    assert.equal(standing.words.length, 3);
  });

  it('refuses a breach of another portfolio', async () => {
    await assert.rejects(
      raise(parts(), [breach({ portfolio: 'cards' })]),
      /A breach of cards is none of loans/,
    );
    assert.deepEqual(await objects.list(''), []);
  });
});

describe('an alert on Google Cloud', () => {
  const lender = useLender();
  const log = keepLog();
  let alerts: Alert[];
  const messages: { readonly data: Alert; readonly attributes: Record<string, string> }[] = [];

  before(async () => {
    const { PubSub } = await import('@google-cloud/pubsub');
    const pubsub = new PubSub({ projectId: lender.projectId });
    const [subscription] = await pubsub
      .topic(RESOURCES.alertsTopic)
      .createSubscription('test-alerts');
    const settings = {
      ALERTS_BUCKET: RESOURCES.alertsBucket,
      ALERTS_TOPIC: RESOURCES.alertsTopic,
      BIGQUERY_LOCATION: RESOURCES.location,
      SQL_DIRECTORY: lender.sqlDirectory,
    };
    const partsOf = connectAlerts('drift', lender.bigquery, settings);
    const parts = partsOf(lender.portfolio, log);
    const breaches = [
      breach({ severity: 'critical', model_version: 'v20260601_000000', segment: 'mobile' }),
      breach({ kind: 'job', subject: 'ingest', figure: null, limit: null, n: undefined }),
    ];
    alerts = [...(await raise(parts, breaches))];
    // Twice by another instance, which knows of nothing.
    await partsOf(lender.portfolio, keepLog()).tell(alerts);
    alerts.push(...(await raise(parts, [], { kinds: ['drift'], at: day(2) })));
    await new Promise<void>((resolve, reject) => {
      subscription.on('error', reject).on('message', (message) => {
        messages.push({
          data: JSON.parse(message.data.toString()),
          attributes: message.attributes,
        });
        message.ack();
        if (messages.length === 5) resolve();
      });
    });
    await subscription.close();
    await pubsub.close();
  });

  it('is a row, once', async () => {
    const rows = await query(
      lender,
      `SELECT * FROM ${COMMON_DATASET}.alerts WHERE occurred_at > '2026-01-01' ORDER BY kind DESC, state DESC`,
    );
    assert.deepEqual(
      rows.map(({ kind, subject, segment, severity, state, why, figure, limit_value, n }) =>
        [kind, subject, segment, severity, state, why, figure, limit_value, n].join(),
      ),
      [
        'job,ingest,,warning,raised,new,,,',
        'drift,amount,mobile,critical,raised,new,0.18,0.1,2000',
        'drift,amount,mobile,critical,over,over,,,',
      ],
    );
    const [, raised, over] = rows as Record<string, { value: string }>[];
    assert.equal(over!.occurred_at!.value, day(2).toISOString());
    assert.equal(over!.since!.value, raised!.occurred_at!.value);
    assert.deepEqual(
      rows.map(({ alert_id }) => alert_id).sort(),
      alerts.map(({ alert_id }) => alert_id).sort(),
    );
  });

  it('is, in the view, a breach from its beginning to its end', async () => {
    const rows = await query(lender, 'SELECT * FROM flit_views.alerts ORDER BY kind');
    assert.deepEqual(
      rows.map(({ kind, over_at, worst_severity, times_told, figure, last_text }) => [
        kind,
        (over_at as { value: string } | null)?.value,
        worst_severity,
        times_told,
        figure,
        last_text,
      ]),
      [
        ['drift', day(2).toISOString(), 'critical', 1, 0.18, breach().text],
        ['job', undefined, 'warning', 1, null, breach().text],
      ],
    );
  });

  it('is a line of the log, as grave as the breach, with what Terraform counts by', () => {
    const lines = [...log.of('alert raised'), ...log.of('alert over')];
    assert.deepEqual(
      lines.map(({ severity, portfolio, kind, level, subject }) =>
        [severity, portfolio, kind, level, subject].join(),
      ),
      [
        'CRITICAL,loans,drift,critical,amount',
        'WARNING,loans,job,warning,ingest',
        'NOTICE,loans,drift,critical,amount',
      ],
    );
  });

  it('is a message, with what subscriptions filter by', () => {
    assert.deepEqual(new Set(messages.map(({ data }) => data.alert_id)).size, 3);
    for (const { data, attributes } of messages) {
      const { alert_id, portfolio, kind, severity, state } = data;
      assert.deepEqual(attributes, { alert_id, portfolio, kind, severity, state });
      assert.deepEqual(
        data,
        alerts.find((alert) => alert.alert_id === alert_id),
      );
    }
  });
});
