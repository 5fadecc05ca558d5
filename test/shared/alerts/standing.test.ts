import assert from 'node:assert/strict';
import fc from 'fast-check';
import { alertSchema } from '../../../shared/alerts/alert.ts';
import type { Breach } from '../../../shared/alerts/breach.ts';
import {
  type Checked,
  hear,
  SILENCE,
  type Standing,
  standingSchema,
} from '../../../shared/alerts/standing.ts';
import { breach, day, LENDER } from './breaches.ts';

/** Hears runs one after the other; answers why each alert was raised, run by run. */
function course(
  runs: readonly (readonly [readonly Breach[], Checked?])[],
  portfolio = LENDER,
): string[][] {
  let standing: Standing = SILENCE;
  return runs.map(([breaches, checked]) => {
    standing = hear({ ...standing, untold: [] }, portfolio, breaches, checked);
    return standing.untold.map(({ subject, segment, why }) =>
      [subject, segment, why].filter(Boolean).join(' '),
    );
  });
}

const onDay = (n: number, changes: Partial<Breach> = {}) => breach({ at: day(n), ...changes });
const drift = (n: number): Checked => ({ kinds: ['drift'], at: day(n) });

describe('what is told of a breach', () => {
  it('is that it is new, and again only when a cooldown is over', () => {
    const runs = Array.from({ length: 16 }, (_, n) => [[onDay(n)]] as const);
    const told = course(runs).flatMap((alerts, n) => alerts.map((text) => `day ${n}: ${text}`));
    assert.deepEqual(told, [
      'day 0: amount new',
      'day 7: amount reminder',
      'day 14: amount reminder',
    ]);
  });

  it('waits as long as the portfolio says', () => {
    const patient = { ...LENDER, alerts: { cooldown_days: 3, owners: {} } };
    const runs = Array.from({ length: 5 }, (_, n) => [[onDay(n)]] as const);
    assert.deepEqual(course(runs, patient), [['amount new'], [], [], ['amount reminder'], []]);
  });

  it('does not wait when it becomes worse', () => {
    const critical = { severity: 'critical' } as const;
    assert.deepEqual(
      course([[[onDay(0)]], [[onDay(1, critical)]], [[onDay(2)]], [[onDay(3, critical)]]]),
      [['amount new'], ['amount worse'], [], []],
    );
  });

  it('is apart for every kind, subject and segment', () => {
    const all = [
      breach(),
      breach({ kind: 'performance' }),
      breach({ subject: 'income' }),
      breach({ segment: 'mobile' }),
      breach({ segment: 'desktop' }),
    ];
    assert.deepEqual(course([[all], [all]]), [
      ['amount new', 'amount new', 'income new', 'amount mobile new', 'amount desktop new'],
      [],
    ]);
  });

  it('is the worst of what one run says of a subject', () => {
    const figures = [breach(), breach({ severity: 'critical', figure: 0.4 }), breach()];
    const { untold } = hear(SILENCE, LENDER, figures);
    assert.deepEqual(
      untold.map(({ figure }) => figure),
      [0.4],
    );
  });

  it('is nothing when the same run comes again, also after later ones', () => {
    const runs = [[[onDay(0)]], [[], drift(1)], [[onDay(2)]]] as const;
    assert.deepEqual(course([...runs, ...runs]), [
      ['amount new'],
      ['amount over'],
      ['amount new'],
      [],
      [],
      [],
    ]);
  });

  it('is that it is over, once, by a run that looked at its kind and did not find it', () => {
    assert.deepEqual(
      course([
        [[onDay(0)]],
        [[], { kinds: ['performance'], at: day(1) }],
        [[onDay(2, { subject: 'income' })], drift(2)],
        [[onDay(3, { subject: 'income' })], drift(3)],
      ]),
      [['amount new'], [], ['income new', 'amount over'], []],
    );
  });

  it('is new again when it comes back', () => {
    assert.deepEqual(course([[[onDay(0)]], [[], drift(1)], [[onDay(2)], drift(2)]]), [
      ['amount new'],
      ['amount over'],
      ['amount new'],
    ]);
  });

  it('says since when it lasts', () => {
    let standing = hear(SILENCE, LENDER, [onDay(0)]);
    standing = hear(standing, LENDER, [onDay(8)]);
    standing = hear(standing, LENDER, [], drift(10));
    assert.deepEqual(
      standing.untold.map(({ since, text }) => [since, text]),
      [
        [day(0).toISOString(), breach().text],
        [day(0).toISOString(), breach().text],
        [day(0).toISOString(), 'amount is within its limits again, after 10 days.'],
      ],
    );
  });

  it('forgets an end after a while, and what lasts never', () => {
    let standing = hear(SILENCE, LENDER, [onDay(0), onDay(0, { subject: 'income' })]);
    standing = hear(standing, LENDER, [onDay(1)], drift(1));
    standing = hear(standing, LENDER, [onDay(200)], drift(200));
    assert.deepEqual(
      standing.words.map(({ subject, state }) => [subject, state]),
      [['amount', 'raised']],
    );
  });
});

describe('an alert', () => {
  it('names owner and runbook of its kind', () => {
    const portfolio = {
      ...LENDER,
      alerts: { cooldown_days: 7, owners: { job: 'Platform' }, runbooks: 'https://docs.example' },
    };
    const [job] = hear(SILENCE, portfolio, [breach({ kind: 'job' })]).untold;
    const [drifted] = hear(SILENCE, LENDER, [breach()]).untold;
    assert.deepEqual(
      [job, drifted].map((alert) => [alert!.owner, alert!.runbook]),
      [
        ['Platform', 'https://docs.example/breach-job.md'],
        ['Loans risk', 'terraform/modules/monitoring/runbooks/breach-drift.md'],
      ],
    );
  });

  it('has an id of its own for each run, subject, severity and state, and no other', () => {
    const id = (one: Breach) => hear(SILENCE, LENDER, [one]).untold[0]!.alert_id;
    const others = [
      breach(),
      onDay(1),
      breach({ subject: 'income' }),
      breach({ segment: 'x' }),
      breach({ severity: 'critical' }),
    ];
    assert.equal(new Set(others.map(id)).size, others.length);
    assert.equal(id(breach({ figure: 0.3, text: 'Seen again.' })), id(breach()));
  });

  it('has no figure where it is no number', () => {
    const [alert] = hear(SILENCE, LENDER, [breach({ figure: Number.NaN, limit: null })]).untold;
    assert.deepEqual([alert!.figure, alert!.limit], [null, null]);
  });
});

describe('what stands, after any course of runs,', () => {
  const anyBreach = fc.record({
    kind: fc.constantFrom('drift', 'job'),
    subject: fc.constantFrom('a', 'b'),
    severity: fc.constantFrom('warning', 'critical'),
  });
  const anyRuns = fc.array(
    fc.record({
      at: fc.integer({ min: 0, max: 40 }),
      breaches: fc.array(anyBreach, { maxLength: 4 }),
    }),
    { maxLength: 12 },
  );

  it('is readable, has no alert twice, and is not changed by any run that comes again', () => {
    fc.assert(
      fc.property(anyRuns, (runs) => {
        const heard = (standing: Standing, { at, breaches }: (typeof runs)[number]) =>
          hear(
            standing,
            LENDER,
            breaches.map((one) => breach({ ...one, at: day(at) }) as Breach),
            drift(at),
          );
        const standing = runs.reduce(heard, SILENCE);
        standingSchema.parse(JSON.parse(JSON.stringify(standing)));
        for (const alert of standing.untold) alertSchema.parse(alert);
        const ids = standing.untold.map(({ alert_id }) => alert_id);
        assert.equal(new Set(ids).size, ids.length);
        // The last run once more: it has nothing new to say.
        if (runs.length > 0) assert.equal(heard(standing, runs.at(-1)!), standing);
      }),
    );
  });
});
