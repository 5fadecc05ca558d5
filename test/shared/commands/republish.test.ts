/** The command as a person runs it, on the log of a function whose Pub/Sub was out of reach. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { query, useLender } from '../../functions/support/lender.ts';
import { loanRows, requestOf } from '../../functions/support/rows.ts';
import { eventually, startInstance } from '../../functions/support/score.ts';
import { deploy, storeVersion } from '../../functions/support/versions.ts';

interface Run {
  readonly code: number;
  readonly output: string;
}

describe('npm run republish', function () {
  this.timeout(60_000);
  const lender = useLender();
  const decided: { decision_id: string; outcome: string }[] = [];
  let directory: string;
  /** What the function wrote to standard output. */
  let lines: string[];

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'republish-'));
    const champion = await storeVersion(lender.objects, lender.portfolio, 'v20260601_000000');
    await deploy(lender.objects, 'loans', { champion });
    const instance = await startInstance(lender, {}, { PUBSUB_EMULATOR_HOST: '127.0.0.1:1' });
    const requests = loanRows(8, 3).applications.map(requestOf);
    const replies = await Promise.all(requests.map((request) => instance.decide(request)));
    decided.push(...replies.map(({ body }) => body));
    lines = instance.log.lines.map((line) => JSON.stringify(line));
    await instance.stop();
  });
  after(() => rm(directory, { recursive: true }));

  async function run(args: readonly string[], input = ''): Promise<Run> {
    const child = spawn(process.execPath, ['shared/commands/republish.ts', ...args], {
      env: { ...process.env, ...lender.environment },
    });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    child.stderr.on('data', (chunk) => {
      output += chunk;
    });
    child.stdin.end(input);
    const [code] = await once(child, 'close');
    return { code, output };
  }

  async function file(text: string): Promise<string> {
    const path = join(directory, 'log.json');
    await writeFile(path, text);
    return path;
  }

  const recorded = () =>
    query(
      lender,
      `SELECT decision_id, outcome, COUNT(*) AS copies FROM flit.decisions
       WHERE decided_at >= '2000-01-01' GROUP BY ALL ORDER BY 1`,
    );
  const expected = (copies: number) =>
    decided
      .map(({ decision_id, outcome }) => ({ decision_id, outcome, copies }))
      .sort((a, b) => (a.decision_id < b.decision_id ? -1 : 1));
  const recordedInEnd = (copies: number) =>
    eventually(async () => {
      const rows = await recorded();
      return rows.length === 8 && rows.every((row) => row.copies === copies) ? rows : undefined;
    });
  const entries = () => lines.map((line) => ({ insertId: 'x', jsonPayload: JSON.parse(line) }));

  it('changes nothing on a dry run', async () => {
    const { code, output } = await run(['--file', await file(lines.join('\n')), '--dry-run']);
    assert.equal(code, 0, output);
    const said = `8 events could be published, 0 copies and ${lines.length - 8} other entries left out`;
    assert.ok(output.startsWith(said), output);
    assert.deepEqual(await recorded(), []);
  });

  it('puts every decision of a function’s own output into the warehouse', async () => {
    const { code, output } = await run(['--file', await file(lines.join('\n'))]);
    assert.equal(code, 0, output);
    assert.match(output, /^8 events published, 0 copies .* 0 unreadable, 0 not taken/);
    assert.deepEqual(await recordedInEnd(1), expected(1));
  });

  it('may be repeated, with what gcloud prints, from standard input', async () => {
    const { code, output } = await run(['--file', '-'], JSON.stringify(entries(), null, 2));
    assert.equal(code, 0, output);
    assert.deepEqual(await recordedInEnd(2), expected(2));
  });

  it('publishes the rest of a log that is broken in places, and fails', async () => {
    const exported = entries().map((entry) => JSON.stringify(entry));
    const broken = [exported[0]!.slice(0, -1), ...exported].join('\n');
    const { code, output } = await run(['--file', await file(broken)]);
    assert.equal(code, 1);
    assert.match(output, /1 unreadable.*\nunreadable:\n {2}line 1: is not JSON/);
    assert.deepEqual(await recordedInEnd(3), expected(3));
  });

  it('fails where Pub/Sub does not take them, and says why', async () => {
    const path = await file(lines.join('\n'));
    const { code, output } = await run(['--file', path, '--topic', 'nowhere']);
    assert.equal(code, 1);
    assert.match(
      output,
      /8 not taken\nnot taken by Pub\/Sub \(run it again\):\n {2}line \d: .*nowhere/,
    );
  });

  it('says what it wants, and what it can’t do', async () => {
    assert.match((await run(['--help'])).output, /^usage: npm run republish/);
    assert.equal((await run([])).code, 2);
    for (const [file, why] of [
      ['none', 'ENOENT'],
      ['.', 'EISDIR'],
    ] as const) {
      const { code, output } = await run(['--file', join(directory, file)]);
      assert.equal(code, 2);
      assert.ok(output.includes(`${join(directory, file)} cannot be read: ${why}.`), output);
    }
    assert.equal((await run(['--fiel', 'x'])).code, 2);
  });
});
