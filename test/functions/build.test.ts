/** `npm run build`: what is deployed is a folder that needs nothing of the repository around it. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { startFunction } from '../start/services.ts';
import { useLender } from './support/lender.ts';
import { scoreOnPaper } from './support/paper.ts';
import { loanRows, requestOf } from './support/rows.ts';
import { post } from './support/serve.ts';
import { deploy, storeVersion } from './support/versions.ts';

const VERSION = 'v20260601_000000';

describe('a built function', () => {
  const lender = useLender();
  let directory: string;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'flit-build-'));
    for (const name of ['functions', 'shared', 'sql', 'package.json', '.npmrc']) {
      await cp(name, join(directory, name), { recursive: true });
    }
    await symlink(resolve('node_modules'), join(directory, 'node_modules'));
    await promisify(execFile)(process.execPath, ['functions/build.ts'], { cwd: directory });
    // From here on only what each function's own package.json names can be found.
    await rm(join(directory, 'node_modules'));
  });
  after(() => rm(directory, { recursive: true }));

  /** The folder of a function with its own dependencies installed. */
  async function installed(name: string): Promise<string> {
    const folder = join(directory, 'build', name);
    const { dependencies } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
    for (const dependency of Object.keys(dependencies)) {
      const place = join(folder, 'node_modules', dependency);
      await mkdir(dirname(place), { recursive: true });
      await symlink(resolve('node_modules', dependency), place);
    }
    return folder;
  }

  it('decides as the sources do, and publishes what it decided', async () => {
    const champion = await storeVersion(lender.objects, lender.portfolio, VERSION);
    await deploy(lender.objects, 'loans', { champion });
    const source = await installed('score');
    const environment = { ...lender.environment, NODE_ENV: 'production' };
    const log: Record<string, unknown>[] = [];
    const onLog = (entry: Record<string, unknown>) => log.push(entry);
    const service = await startFunction('score', environment, { source, onLog });
    try {
      const request = requestOf(loanRows(1, 3).applications[0]!);
      const { status, body } = await post(`${service.url}/v1/loans/decisions`, request);
      assert.equal(status, 200);
      assert.equal(body.model_version, VERSION);
      assert.ok(Math.abs(body.probability_of_default - scoreOnPaper(request).pd) < 1e-6);
      // An event that cannot be published is said.
      assert.deepEqual(
        log.map(({ message }) => message),
        ['now serving'],
      );
    } finally {
      await service.stop();
    }
  });

  for (const name of ['ingest', 'retrain']) {
    it(`starts as ${name}, and refuses what is no request of its own`, async () => {
      const source = await installed(name);
      const environment = {
        ...lender.environment,
        SOURCE_URL: 'http://127.0.0.1:1',
        NODE_ENV: 'production',
      };
      const service = await startFunction(name, environment, { source });
      try {
        const { status, body } = await post(service.url, '{');
        assert.equal(status, 400);
        assert.match(body.detail, /not JSON/);
      } finally {
        await service.stop();
      }
    });
  }
});
