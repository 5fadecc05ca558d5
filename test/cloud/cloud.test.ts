import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { CloudSchedulerClient } from '@google-cloud/scheduler';
import { Storage } from '@google-cloud/storage';
import { type Cloud, type CloudOptions, startCloud } from './cloud.ts';
import { startServer } from './http/server.ts';

const MAIN = join(import.meta.dirname, 'main.ts');

/**
 * What a program does that knows nothing of the local cloud: clients made of their names alone, and
 * a token that it checks with Google's own library.
 */
const PROGRAM = `
import { Storage } from '@google-cloud/storage';
import { OAuth2Client } from 'google-auth-library';

const storage = new Storage();
const [bucket] = await storage.createBucket('bucket');
await bucket.file('x').save('hello');
const [bytes] = await bucket.file('x').download();

const auth = storage.authClient;
const headers = await auth.getRequestHeaders();
const audience = 'https://score.example';
const client = await auth.getIdTokenClient(audience);
const idToken = await client.idTokenProvider.fetchIdToken(audience);
const issuer = 'http://' + process.env.GCE_METADATA_HOST;
const certificates = issuer + '/oauth2/v1/certs';
const verifier = new OAuth2Client({
  endpoints: { oauth2FederatedSignonPemCertsUrl: certificates },
  issuers: [issuer],
});
const ticket = await verifier.verifyIdToken({ idToken, audience });
const forged = idToken.slice(0, -8) + 'AAAAAAAA';
const refusal = await verifier.verifyIdToken({ idToken: forged, audience }).catch((e) => e.message);

console.log(JSON.stringify({
  bytes: String(bytes),
  project: await auth.getProjectId(),
  authorization: headers.get('authorization'),
  email: ticket.getPayload().email,
  refusal,
}));
`;

describe('the local Google Cloud', () => {
  let directory: string;
  let clouds: Cloud[];
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'cloud-'));
    clouds = [];
  });
  afterEach(async () => {
    for (const cloud of clouds) await cloud.stop();
    await rm(directory, { recursive: true, force: true });
  });

  const start = async (options: Partial<CloudOptions> = {}) => {
    const cloud = await startCloud({ projectId: 'p', ...options });
    clouds.push(cloud);
    return cloud;
  };
  const storageOf = ({ origin }: Cloud) => new Storage({ projectId: 'p', apiEndpoint: origin });

  it('says in the environment where it is', async () => {
    const { env, origin } = await start({ projectId: 'lender' });
    const { host } = new URL(origin);
    assert.equal(new URL(origin).hostname, '127.0.0.1');
    assert.equal(env.GOOGLE_CLOUD_PROJECT, 'lender');
    assert.equal(env.GCE_METADATA_HOST, host);
    assert.equal(env.STORAGE_EMULATOR_HOST, origin);
    assert.equal(env.CLOUD_SCHEDULER_EMULATOR_HOST, host);
  });

  it('serves official clients that know nothing but that environment', async () => {
    const cloud = await start();
    // Credentials of the user's own, which are not to be used.
    const own = join(directory, '.config', 'gcloud', 'application_default_credentials.json');
    await mkdir(dirname(own), { recursive: true });
    await writeFile(own, '{"type":"nonsense"}');
    const args = ['--input-type=module', '-e', PROGRAM];
    const user = { HOME: directory, GOOGLE_APPLICATION_CREDENTIALS: own };
    const env = { PATH: process.env.PATH, ...user, ...cloud.env };
    const { stdout } = await promisify(execFile)(process.execPath, args, { env });
    const { refusal, ...rest } = JSON.parse(stdout);
    assert.deepEqual(rest, {
      bytes: 'hello',
      project: 'p',
      authorization: 'Bearer ya29.local-google-cloud',
      email: '123456789012-compute@developer.gserviceaccount.com',
    });
    assert.match(refusal, /Invalid token signature/);
  });

  it('calls targets with tokens that they can check', async () => {
    const { origin, env } = await start();
    const { promise: authorization, resolve } = Promise.withResolvers<string>();
    const target = await startServer(async (request, response) => {
      resolve(String(request.headers.authorization));
      response.end();
    });
    const before = process.env.GCE_METADATA_HOST;
    process.env.GCE_METADATA_HOST = env.GCE_METADATA_HOST;
    const scheduler = new CloudSchedulerClient({
      projectId: 'p',
      fallback: true,
      protocol: 'http',
      apiEndpoint: '127.0.0.1',
      port: Number(new URL(origin).port),
    });
    const name = 'projects/p/locations/us-central1/jobs/call';
    const oidcToken = { serviceAccountEmail: 'caller@p.iam.gserviceaccount.com' };
    const httpTarget = { uri: `${target.origin}/run`, oidcToken };
    const job = { name, schedule: '0 0 1 1 *', httpTarget };
    await scheduler.createJob({ parent: 'projects/p/locations/us-central1', job });
    await scheduler.runJob({ name });
    const [, body = ''] = (await authorization).split('.');
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString());
    assert.match(await authorization, /^Bearer /);
    assert.deepEqual(
      [claims.iss, claims.aud, claims.email],
      [origin, `${target.origin}/run`, 'caller@p.iam.gserviceaccount.com'],
    );
    await scheduler.close();
    await target.stop();
    if (before === undefined) delete process.env.GCE_METADATA_HOST;
    else process.env.GCE_METADATA_HOST = before;
  });

  it('finds its state again in its folder, and forgets it without one', async () => {
    const first = await start({ directory });
    await storageOf(first).createBucket('kept');
    await storageOf(first).bucket('kept').file('x').save('bytes');
    await first.stop();
    const second = await start({ directory });
    assert.equal(String((await storageOf(second).bucket('kept').file('x').download())[0]), 'bytes');
    const other = await start();
    assert.deepEqual(await storageOf(other).bucket('kept').exists(), [false]);
  });

  it('shares its folder and its port with no other', async () => {
    const { origin } = await start({ directory });
    await assert.rejects(start({ directory }), /is used by process/);
    const port = Number(new URL(origin).port);
    const elsewhere = join(directory, 'elsewhere');
    await assert.rejects(
      start({ port, directory: elsewhere }),
      new RegExp(`Port ${port} can't be used`),
    );
    await start({ directory: elsewhere });
  });

  it('does not start on state that is corrupt, and leaves nothing running', async () => {
    await mkdir(join(directory, 'storage'));
    const file = join(directory, 'storage', 'buckets.json');
    await writeFile(file, '[{');
    await assert.rejects(start({ directory }), /storage\/buckets\.json is not valid JSON/);
    await rm(file);
    await start({ directory });
  });

  it('can be stopped twice', async () => {
    const cloud = await start({ directory });
    await Promise.all([cloud.stop(), cloud.stop()]);
    await assert.rejects(fetch(cloud.origin));
  });

  describe('on the command line', () => {
    const run = (...args: string[]) =>
      spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });

    it('prints its environment, serves until it is told to stop, and ends well', async () => {
      const child = run('--project', 'lender', '--directory', directory);
      const env: Record<string, string> = {};
      for await (const line of createInterface({ input: child.stdout })) {
        const [, name = '', value = ''] = /^export (\w+)=(\S+)$/.exec(line) ?? [];
        env[name] = value;
        if (name === 'CLOUD_SCHEDULER_EMULATOR_HOST') break;
      }
      assert.equal(env.GOOGLE_CLOUD_PROJECT, 'lender');
      const found = await fetch(`${env.STORAGE_EMULATOR_HOST}/storage/v1/b?project=lender`);
      assert.deepEqual(await found.json(), { kind: 'storage#buckets', items: [] });
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      assert.deepEqual(await ended, [0, null]);
      await start({ directory });
    });
  });
});
