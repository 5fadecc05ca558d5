/** `npm start` on the simulated business: once, and again on what that left. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { descendants, HAS_PROC, isRunning, npmStart, type Start } from './npm_start.ts';
import { freePort } from './ports.ts';

describe('npm start', function () {
  this.timeout(600_000);
  let directory: string;
  let options: string[];
  let start: Start | undefined;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'start-'));
    options = [
      ...['--days', '70', '--volume', '300', '--until', '2026-08-30', '--checkouts', '300'],
      ...['--directory', directory, '--port', String(await freePort())],
    ];
  });
  after(async () => {
    start?.process.kill('SIGTERM');
    await start?.ended();
    await rm(directory, { recursive: true });
  });

  describe('--once', () => {
    let output: string;
    let applications: string;

    before(async () => {
      start = npmStart([...options, '--once']);
      const code = await start.ended();
      output = start.output();
      assert.equal(code, 0, `${output}\n${start.errors()}`);
      assert.equal(start.errors(), '');
      [, applications] = /applications: ([\d,]+) received/.exec(output) as unknown as [
        string,
        string,
      ];
    });

    it('tells step by step what happens, in order', () => {
      const parts = [
        /^Buy now, pay later at checkout: 70 days until 2026-08-30$/m,
        /^✓ A Google Cloud of your own {2}\d+\.\d s$/m,
        /^✓ A world of customers/m,
        /^✓ Datasets, buckets, topics/m,
        /^ {6}25,000 outcomes$/m,
        /^✓ Ingest/m,
        /applications: [\d,]+ received, [\d,]+ accepted, 0 quarantined/,
        /training model_v20260830_000000/,
        /parity proven on \d+ applications/,
        /^✓ Retrain/m,
        /rows: [\d,]+ CALIBRATION, [\d,]+ TEST, [\d,]+ TRAIN; left out: /,
        /Out-of-time test of v20260830_000000/,
        /^ {2}AUC +best attainable +share of it +KS +Gini +PR-AUC +Brier +mean PD$/m,
        /^ {2}gate +figure +limit +verdict$/m,
        /Warehouse and ONNX agree .*: promoted\./,
        /^✓ Score/m,
        /v20260830_000000 serves at http:\/\/127\.0\.0\.1:\d+$/m,
        /^✓ 300 decisions, 8 at a time/m,
        /^ {2}application +PD +outcome +principal reason → offer$/m,
        /approve [\d.]+ %, counter_offer [\d.]+ %, review [\d.]+ %, decline [\d.]+ %/,
        /decisions a second; latency p50 [\d.]+ ms, p99 [\d.]+ ms/,
        /350 of 350\n✓ Decision events in BigQuery/,
        /Without --once the service stays up and answers from another terminal:/,
        /^ {2}curl -s http/m,
        /^From 2026-08-30 on orders are twice as large and applicants weaker\. A week later:$/m,
        /^✓ Ingest: the records of the week/m,
        /applications: [\d,]+ received, [\d,]+ accepted, 0 quarantined/,
        /^✓ Drift: what has changed/m,
        /figures held against their limits: \d+ passed, [1-9]\d* failed, \d+ not measurable/,
        /^✓ Alerts: /m,
        /^ {2}severity +kind +what was found$/m,
        /^ {2}critical +drift +amount: psi is [\d.]+, above 0\.1/m,
        /alerts in flit_views\.alerts, [1-9]\d* delivered now to a webhook that verified each signature/,
        /^✓ Retrain, by Cloud Scheduler, as the policy asks/m,
        /^ {2}gate +figure +limit +verdict$/m,
        /^ {2}v20260906_000000 (is refused by [\w, ]+: the champion stays|passed its gates and is the new champion)\.$/m,
      ];
      let rest = output;
      for (const part of parts) {
        const found = part.exec(rest);
        assert.ok(found, `${part} is not in what is left:\n${rest}`);
        rest = rest.slice(found.index + found[0].length);
      }
    });

    it('alerts of as many breaches as it delivers, and of no job that did not run', () => {
      const [, found, delivered] = /(\d+) alerts in flit_views\.alerts, (\d+) delivered/.exec(
        output,
      )!;
      assert.equal(found, delivered);
      assert.doesNotMatch(output, /^ {2}\w+ +job /m);
    });

    it('shows an AUC that is a fair share of the best attainable', () => {
      const [, auc, best, share] = /^ {2}(0\.\d{4}) +(0\.\d{4}) +([\d.]+) %/m.exec(output)!;
      assert.ok(Number(best) >= 0.8, best);
      assert.ok(Number(auc) > 0.75 && Number(auc) < Number(best), auc);
      assert.ok(Math.abs(Number(share) - (100 * Number(auc)) / Number(best)) < 0.1);
    });

    it('shows decisions of each kind, with a reason for those that are not approvals', () => {
      assert.match(output, /^ {2}txn_\d+ +[\d.]+ % +approve$/m);
      assert.match(output, /^ {2}txn_\d+ +[\d.]+ % +(review|decline) +[A-Z].*\.$/m);
    });

    it('leaves the state of its cloud and the application for curl in its folder', async () => {
      assert.deepEqual((await readdir(directory)).sort(), ['application.json', 'cloud']);
      assert.ok(!(await readdir(join(directory, 'cloud'))).includes('lock'));
      const text = await readFile(join(directory, 'application.json'), 'utf8');
      assert.match(JSON.parse(text).transaction_id, /^txn_/);
    });

    describe('and again with --keep, to stay up', () => {
      before(async () => {
        start = npmStart([...options, '--keep']);
        await start.said(/Ctrl-C stops everything/);
      });

      it('goes on where the first ended: days are not ingested again, nothing is trained again', () => {
        const again = start!.output();
        assert.match(again, /^ {4}70 days were ingested before: passed over$/m);
        assert.match(again, /: promoted\./);
        assert.doesNotMatch(again, /training model/);
        const test = /Out-of-time[\s\S]*?\n\n {2}gate/;
        assert.equal(test.exec(again)![0], test.exec(output)![0]);
        // The first start's events are there from the beginning: only new ones count.
        assert.match(again, /350 of 350\n✓ Decision events/);
        // The same week once more: nobody is told again, and nothing is retrained again.
        const told = /(\d+) alerts in flit_views\.alerts, (\d+) delivered now/.exec(again)!;
        assert.equal(told[2], '0');
        assert.ok(output.includes(`${told[1]} alerts in flit_views.alerts`));
        const verdict = /^ {2}v20260906_000000 .*$/m;
        assert.equal(verdict.exec(again)![0], verdict.exec(output)![0]);
      });

      it('holds each application once', async function () {
        if (!HAS_PROC) this.skip();
        const held = await query(
          "SELECT COUNT(*) FROM flit_bnpl.applications WHERE _timestamp < '2026-08-30'",
        );
        assert.equal(held, Number(applications.replace(',', '')));
        assert.equal(
          await query(
            "SELECT COUNT(DISTINCT decision_id) FROM flit.decisions WHERE decided_at >= '2000-01-01'",
          ),
          700,
        );
      });

      it('answers from outside', async () => {
        const [, url] = /curl -s (\S+)/.exec(start!.output())!;
        const body = await readFile(join(directory, 'application.json'), 'utf8');
        const headers = { 'content-type': 'application/json' };
        const answer = await fetch(url!, { method: 'POST', headers, body });
        assert.equal(answer.status, 200);
        const decision = (await answer.json()) as Record<string, unknown>;
        assert.equal(decision.application_id, JSON.parse(body).transaction_id);
        assert.match(String(decision.model_version), /^v20260(830|906)_000000$/);
      });

      it('has handed its functions to Cloud Scheduler, which reaches them', async function () {
        if (!HAS_PROC) this.skip();
        const path = '/v1/projects/flit-local/locations/us-central1/jobs';
        const { jobs } = (await (await fetch(cloudUrl() + path)).json()) as {
          jobs: { name: string; schedule: string; state: string; scheduleTime: string }[];
        };
        assert.deepEqual(
          jobs.map(({ name, schedule, state }) => [name.split('/').at(-1), schedule, state]).sort(),
          [
            ['drift-bnpl', '30 5 * * *', 'ENABLED'],
            ['ingest-bnpl', '15 1 * * *', 'ENABLED'],
            ['resume-bnpl', '*/30 * * * *', 'ENABLED'],
            ['retrain-bnpl', '30 2 * * 1', 'ENABLED'],
          ],
        );
        for (const { scheduleTime } of jobs) assert.ok(Date.parse(scheduleTime) > Date.now());
        await fetch(`${cloudUrl()}${path}/ingest-bnpl:run`, { method: 'POST' });
        // The day before this one, which no start has ingested.
        while (
          (await query(
            "SELECT COUNT(*) FROM flit_bnpl.applications WHERE _timestamp >= '2026-09-06'",
          )) === 0
        ) {
          await sleep(200);
        }
      });

      it('ends on Ctrl-C with exit code 0, and no process of it is left', async () => {
        const all = HAS_PROC ? descendants(start!.process.pid!) : [];
        start!.interruptAll();
        assert.equal(await start!.ended(), 0);
        assert.match(start!.output(), /Stopping\.\n$/);
        assert.equal(start!.errors(), '');
        assert.deepEqual(all.filter(isRunning), []);
        assert.ok(!(await readdir(join(directory, 'cloud'))).includes('lock'));
      });
    });
  });

  /** Where the cloud listens: the environment of a function says it. */
  function cloudUrl(): string {
    const score = descendants(start!.process.pid!).find(({ command }) =>
      command.includes('--target=score'),
    )!;
    const environment = readFileSync(`/proc/${score.pid}/environ`, 'utf8');
    return /BIGQUERY_EMULATOR_HOST=([^\0]+)/.exec(environment)![1]!;
  }

  async function query(text: string): Promise<number> {
    const answer = await fetch(`${cloudUrl()}/bigquery/v2/projects/flit-local/queries`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: text, useLegacySql: false }),
    });
    const { rows } = (await answer.json()) as { rows: { f: { v: string }[] }[] };
    return Number(rows[0]!.f[0]!.v);
  }
});
