/** The command as a person runs it, on decisions that the function made and Pub/Sub carried into the warehouse. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BundleRef } from '../../../shared/bundle/bundle.ts';
import { CAVEAT } from '../../../shared/commands/replay/report.ts';
import type { PolicyDocument } from '../../../shared/policy/document.ts';
import type { Cause } from '../../../shared/replay/replay.ts';
import type { SameTally, SwapTally } from '../../../shared/replay/tally.ts';
import { type Lender, query, useLender } from '../../functions/support/lender.ts';
import {
  INTERVENTIONAL,
  LOANS,
  POLICY_VERSION,
  type VersionInput,
  withPolicy,
} from '../../functions/support/loans.ts';
import { scoreOnPaper } from '../../functions/support/paper.ts';
import { loanRows, requestOf } from '../../functions/support/rows.ts';
import { eventually, startInstance } from '../../functions/support/score.ts';
import { deploy, storeVersion } from '../../functions/support/versions.ts';

const V1 = 'v20260601_000000';
const V2 = 'v20260602_000000';
const LIFT: Readonly<Record<string, number>> = { [V1]: 0, [V2]: 0.7 };

type CutOffs = readonly [review: number, decline: number];
const CUT_OFFS: Readonly<Record<string, CutOffs>> = { [V1]: [0.25, 0.45], [V2]: [0.22, 0.36] };

const REQUESTS = loanRows(150, 5).applications.map(requestOf);
const WITHOUT_MODEL = 12;

/** A policy with these cut-offs. */
const policyOf = ([review_from, decline_from]: CutOffs, version = POLICY_VERSION.version) => ({
  ...POLICY_VERSION,
  version,
  cut_offs: [{ name: 'standard', review_from, decline_from }],
});

/** What the policy says of a request with a PD, worked out without any code of the product. */
function onPaper(
  request: Readonly<Record<string, unknown>>,
  pd: number | undefined,
  [review, decline]: CutOffs,
): string {
  if ((request.amount as number) > 40_000) return 'decline';
  const isReviewed = (request.term_months as number) > 48 && !request.is_customer;
  if (pd === undefined) return 'review';
  if (pd >= decline) return 'decline';
  return pd >= review || isReviewed ? 'review' : 'approve';
}

interface Run {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

interface Answer {
  readonly decision_id: string;
  readonly outcome: string;
  readonly model_version: string | null;
}

async function runReplay(lender: Lender, args: readonly string[]): Promise<Run> {
  const child = spawn(process.execPath, ['shared/commands/replay.ts', ...args], {
    env: { ...process.env, ...lender.environment },
  });
  let [output, errors] = ['', ''];
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  const [code] = await once(child, 'close');
  return { code, output, errors };
}

/** Until Pub/Sub has carried so many decisions into the warehouse. */
const recordedAll = ({ bigquery }: Lender, count: number): Promise<true> =>
  eventually(async () => {
    const [[row]] = await bigquery.query(
      "SELECT COUNT(*) AS n FROM flit.decisions WHERE decided_at >= '2000-01-01'",
    );
    return row.n === count || undefined;
  });

describe('npm run replay', function () {
  this.timeout(120_000);
  const lender = useLender(withPolicy(LOANS, [policyOf(CUT_OFFS[V1]!)]));
  const answers: Answer[] = [];
  let refs: Record<string, BundleRef>;
  let directory: string;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'replay-'));
    // As Terraform makes it: so the deployments of before can be read.
    await lender.models.setMetadata({ versioning: { enabled: true } });
    refs = {};
    for (const version of [V1, V2]) {
      const policy = { versions: [policyOf(CUT_OFFS[version]!, `policy of ${version}`)] };
      refs[version] = await storeVersion(lender.objects, lender.portfolio, version, {
        lift: LIFT[version]!,
        policy: policy as PolicyDocument,
      });
    }
    const instance = await startInstance(lender);
    const decide = async (requests: typeof REQUESTS) => {
      for (const request of requests) answers.push((await instance.decide(request)).body);
    };
    await deploy(lender.objects, 'loans', { champion: refs[V1]! });
    // The first ones by the kernel, and the others by onnxruntime once it is there.
    await decide(REQUESTS.slice(0, 5));
    await eventually(async () => instance.log.of('onnxruntime scores from now on')[0]);
    await decide(REQUESTS.slice(5, 60));
    const challenger = { ...refs[V2]!, share: 0.4 };
    await deploy(lender.objects, 'loans', { challenger, shadows: [refs[V2]!] });
    await decide(REQUESTS.slice(60, -WITHOUT_MODEL));
    await deploy(lender.objects, 'loans', { kill_switch: true });
    await decide(REQUESTS.slice(-WITHOUT_MODEL));
    await instance.stop();
    await recordedAll(lender, REQUESTS.length);
  });
  after(() => rm(directory, { recursive: true }));

  const run = (...args: string[]) => runReplay(lender, args);

  const replayed = async <T>(...args: string[]): Promise<T> => {
    const { code, output, errors } = await run('--portfolio', 'loans', '--json', ...args);
    assert.equal(code, 0, errors);
    return JSON.parse(output);
  };

  it('finds every decision the same, to the bit, by whoever made it, models or none', async () => {
    const tally = await replayed<SameTally>();
    assert.deepEqual(tally, {
      decisions: REQUESTS.length,
      same: REQUESTS.length,
      different: { count: 0, first: [] },
      failed: { count: 0, first: [] },
      arms_checked: REQUESTS.length - WITHOUT_MODEL,
    });
    assert.equal(new Set(answers.map(({ model_version }) => model_version)).size, 3);
    const engines = await query(
      lender,
      `SELECT DISTINCT score.engine FROM flit.decisions, UNNEST(scores) AS score
      WHERE decided_at >= '2000-01-01' ORDER BY engine`,
    );
    assert.deepEqual(engines, [{ engine: 'kernel' }, { engine: 'onnxruntime' }]);
    const { output } = await run('--portfolio', 'loans');
    assert.match(output, /^150 of 150 decisions came out the same, to the bit; 0 differ, 0 could/);
  });

  /** Who moves where, and why, counted on paper. */
  function expectedSwaps(version: string | undefined, given: CutOffs | undefined) {
    const swaps = new Map<string, { decisions: number; causes: Partial<Record<Cause, number>> }>();
    answers.forEach((answer, i) => {
      const request = REQUESTS[i]!;
      const old = answer.model_version;
      const now = version ?? old;
      const pdOf = (by: string | null) =>
        by === null ? undefined : scoreOnPaper(request, LIFT[by]!).pd;
      const oldPolicy = CUT_OFFS[old ?? V1]!;
      const newPolicy = given ?? CUT_OFFS[now ?? V1]!;
      const to = onPaper(request, pdOf(now), newPolicy);
      const key = `${answer.outcome} ${to}`;
      const swap = swaps.get(key) ?? { decisions: 0, causes: {} };
      swaps.set(key, swap);
      swap.decisions++;
      if (answer.outcome === to) return;
      const byModel = onPaper(request, pdOf(now), oldPolicy) === to;
      const byPolicy = onPaper(request, pdOf(old), newPolicy) === to;
      const cause: Cause =
        now === old
          ? 'policy'
          : byModel && byPolicy
            ? 'either'
            : byModel
              ? 'model'
              : byPolicy
                ? 'policy'
                : 'together';
      swap.causes[cause] = (swap.causes[cause] ?? 0) + 1;
    });
    return swaps;
  }

  function assertSwaps(tally: SwapTally, expected: ReturnType<typeof expectedSwaps>): Set<string> {
    const found = tally.swaps.map(({ from, to, decisions, causes }) => [
      `${from} ${to}`,
      { decisions, causes: Object.fromEntries(Object.entries(causes).filter(([, n]) => n > 0)) },
    ]);
    assert.deepEqual(Object.fromEntries(found), Object.fromEntries(expected));
    return new Set([...expected.values()].flatMap(({ causes }) => Object.keys(causes)));
  }

  it('shows who changes under another version, and whether model or policy does it', async () => {
    const tally = await replayed<SwapTally>('--version', V2);
    assert.equal(tally.decisions, REQUESTS.length);
    const causes = assertSwaps(tally, expectedSwaps(V2, undefined));
    assert.deepEqual([...causes].sort(), ['either', 'model', 'policy', 'together']);
    const declined = tally.swaps.find(({ from, to }) => from === 'review' && to === 'decline')!;
    const moved = answers.flatMap(({ outcome, model_version: old }, i) => {
      const request = REQUESTS[i]!;
      const { pd } = scoreOnPaper(request, LIFT[V2]!);
      if (outcome !== 'review' || onPaper(request, pd, CUT_OFFS[V2]!) !== 'decline') return [];
      const before = old === null ? [] : [scoreOnPaper(request, LIFT[old]!).pd];
      return [{ pd, before, amount: request.amount as number }];
    });
    const close = (sum: number, of: (one: (typeof moved)[number]) => number, most: number) => {
      const expected = moved.reduce((total, one) => total + of(one), 0);
      assert.ok(Math.abs(sum - expected) < most, `${sum}, not ${expected}`);
    };
    assert.equal(declined.pd_before.count, moved.flatMap(({ before }) => before).length);
    assert.ok(declined.pd_before.count < moved.length, 'some had no model');
    close(declined.pd_before.sum, ({ before }) => before[0] ?? 0, 1e-5);
    close(declined.pd_now.sum, ({ pd }) => pd, 1e-5);
    close(declined.amount.EUR!, ({ amount }) => amount, 1e-6);
    close(declined.expected_loss_now.EUR!, ({ pd, amount }) => pd * 0.5 * amount, 0.5);
  });

  it('takes a policy from a file, or with its columns from a folder', async () => {
    const strict: CutOffs = [0.1, 0.2];
    const path = join(directory, 'policy.json');
    await writeFile(path, JSON.stringify({ versions: [policyOf(strict, 'strict')] }));
    const tally = await replayed<SwapTally>('--policy', path);
    const causes = assertSwaps(tally, expectedSwaps(undefined, strict));
    assert.deepEqual([...causes], ['policy']);
    const both = await replayed<SwapTally>('--policy', path, '--version', V2);
    assertSwaps(both, expectedSwaps(V2, strict));
    const folder = await replayed<SwapTally>(
      '--policy',
      join(lender.sqlDirectory, 'loans'),
      '--version',
      V1,
    );
    assertSwaps(folder, expectedSwaps(V1, CUT_OFFS[V1]!));
  });

  it('asks the policy of a moment that is given, in place of the decision’s own', async () => {
    const path = join(directory, 'later.json');
    const later = { ...policyOf([0.1, 0.2], 'later'), effective_from: '2199-01-01T00:00:00Z' };
    await writeFile(path, JSON.stringify({ versions: [policyOf(CUT_OFFS[V1]!), later] }));
    const own = await replayed<SwapTally>('--policy', path);
    assertSwaps(own, expectedSwaps(undefined, CUT_OFFS[V1]!));
    const then = await replayed<SwapTally>('--policy', path, '--policy-at', '2199-06-01');
    assertSwaps(then, expectedSwaps(undefined, [0.1, 0.2]));
  });

  it('prints a table, and that nobody knows how the declined would have paid', async () => {
    const { code, output } = await run('--portfolio', 'loans', '--version', V2);
    assert.equal(code, 0);
    assert.match(output, /^before → now +decisions +share +PD before .* by model +by policy/);
    assert.match(output, /^review → decline +\d+ +\d+\.\d % +\d+\.\d\d % .*EUR [\d,]+/m);
    assert.match(output, /^\d+ of 150 decisions change \(\d+\.\d %\)$/m);
    assert.ok(output.endsWith(`${CAVEAT}\n`));
  });

  it('takes as many as are asked for, always the same, and of a span only', async () => {
    const some = await replayed<SwapTally>('--version', V2, '--limit', '20');
    assert.equal(some.decisions, 20);
    assert.deepEqual(await replayed<SwapTally>('--version', V2, '--limit', '20'), some);
    const { code, errors } = await run('--portfolio', 'loans', '--until', '2020-01-01');
    assert.equal(code, 2);
    assert.match(errors, /no decision of loans from 2000-01-01T00:00:00.000Z to 2020-01-01/);
  });

  describe('with damaged records', () => {
    const damaged = new Map<string, [fault: RegExp, change: object]>([
      ['cut', [/its request is no JSON/, { request: '{"amount": 12' }]],
      ['foreign', [/contract does not allow its request: \/amount/, {}]],
      ['gone', [/There is no version v20200101_000000 of loans/, {}]],
      ['nothing', [/record is damaged: model_version, pd and scores contradict/, { scores: [] }]],
    ]);

    before(async () => {
      const [[row]] = await lender.bigquery.query(
        `SELECT * FROM flit_views.decisions WHERE model_version = '${V1}' AND arm_reason = 'bucket'
         AND outcome = 'decline' LIMIT 1`,
      );
      const { recorded_at: _, copies: __, ...good } = row;
      const plain = { ...good, decided_at: good.decided_at.value };
      const request = JSON.parse(plain.request);
      damaged.get('foreign')![1] = { request: JSON.stringify({ ...request, amount: -5 }) };
      damaged.get('gone')![1] = {
        model_version: 'v20200101_000000',
        scores: [{ ...plain.scores[0], version: 'v20200101_000000' }],
      };
      const forged = {
        ...plain,
        decision_id: 'forged',
        outcome: 'approve',
        reasons: [],
        pd: plain.pd + Number.EPSILON,
        arm: 'challenger',
        request: JSON.stringify({ ...request, income: 12_345 }),
      };
      const rows = [...damaged].map(([decision_id, [, change]]) => ({
        ...plain,
        ...change,
        decision_id,
      }));
      await lender.bigquery
        .dataset('flit')
        .table('decisions')
        .insert([...rows, forged]);
    });

    it('names and counts each, goes on with the rest, and ends with 1', async () => {
      const { code, output } = await run('--portfolio', 'loans', '--json');
      assert.equal(code, 1);
      const tally: SameTally = JSON.parse(output);
      assert.equal(tally.decisions, REQUESTS.length + damaged.size + 1);
      assert.equal(tally.same, REQUESTS.length);
      assert.equal(tally.failed.count, damaged.size);
      for (const { decision_id, why } of tally.failed.first) {
        assert.match(why, damaged.get(decision_id)![0]);
      }
      const [forged, ...others] = tally.different.first;
      assert.deepEqual(others, []);
      assert.equal(forged!.decision_id, 'forged');
      for (const field of ['outcome', 'pd', 'reasons', 'scores.features', 'arm']) {
        assert.ok(forged!.fields.includes(field), field);
      }
      const text = await run('--portfolio', 'loans');
      assert.equal(text.code, 1);
      assert.match(text.output, /1 differ, 4 could not be made again/);
      assert.match(text.output, /\ndiffer:\n {2}forged {2}outcome, /);
      assert.match(
        text.output,
        /\ncould not be made again:\n(.*\n)* {2}cut {2}its request is no JSON/,
      );
      assert.ok(!/12345|"amount"/.test(text.output + text.errors), 'nothing of a request');
    });

    it('leaves them out of swap sets, and says so', async () => {
      const { code, output } = await run('--portfolio', 'loans', '--json', '--version', V2);
      assert.equal(code, 1);
      const tally: SwapTally = JSON.parse(output);
      const names = tally.failed.first.map(({ decision_id }) => decision_id).sort();
      // Another version can decide what the version that is gone decided.
      assert.deepEqual(names, ['cut', 'foreign', 'nothing']);
    });
  });

  it('says what is wrong with a call, and ends with 2', async () => {
    const wrong = join(directory, 'wrong.json');
    await writeFile(wrong, '{"versions": []}');
    const cases: [string[], RegExp][] = [
      [[], /--portfolio is needed[\s\S]*usage: npm run replay/],
      [['--portfolio', 'cars'], /There is no portfolio "cars"/],
      [['--portfolio', 'loans', '--version', '7'], /--version is no version/],
      [['--portfolio', 'loans', '--version', 'v20200101_000000'], /There is no version v20200101/],
      [['--portfolio', 'loans', '--since', 'monday'], /--since is no date or RFC 3339 time/],
      [['--portfolio', 'loans', '--limit', '0'], /--limit/],
      [['--portfolio', 'loans', '--policy', wrong], /wrong\.json is no policy: /],
      [['--portfolio', 'loans', '--policy', directory], /There is no portfolio "replay-/],
      [['--portfolio', 'loans', '--speed', '9'], /Unknown option '--speed'/],
    ];
    for (const [args, message] of cases) {
      const { code, errors } = await run(...args);
      assert.equal(code, 2, args.join(' '));
      assert.match(errors, message);
    }
    assert.match((await run('--help')).output, /^usage: npm run replay/);
  });
});

describe('npm run replay, of counter-offers and of reasons against rows that a version keeps', function () {
  this.timeout(120_000);
  const changes: NonNullable<VersionInput['counter_offers']>['changes'] = [
    { field: 'amount', shares: [0.75, 0.5, 0.25], multiple_of: 10, at_least: 100 },
    { field: 'term_months', values: [24, 12] },
  ];
  const lender = useLender(
    withPolicy(
      INTERVENTIONAL,
      INTERVENTIONAL['policy.json'].versions.map((version) => ({
        ...version,
        counter_offers: {
          instead_of: ['decline', 'review'],
          changes,
          prefer: 'largest_amount',
          amount: 'amount',
        },
      })),
    ),
  );
  const requests = REQUESTS.slice(0, 60);

  it('finds the same offers and reasons, to the bit, through the warehouse', async () => {
    const background = loanRows(40, 8).applications.map(requestOf);
    const champion = await storeVersion(lender.objects, lender.portfolio, V1, { background });
    await deploy(lender.objects, 'loans', { champion });
    const instance = await startInstance(lender);
    const outcomes = new Set<string>();
    for (const request of requests) outcomes.add((await instance.decide(request)).body.outcome);
    await instance.stop();
    assert.ok(outcomes.has('counter_offer') && outcomes.size > 1, [...outcomes].join());
    await recordedAll(lender, requests.length);
    const { code, output } = await runReplay(lender, ['--portfolio', 'loans', '--json']);
    assert.equal(code, 0, output);
    assert.equal((JSON.parse(output) as SameTally).same, requests.length);
  });
});
