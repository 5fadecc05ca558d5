import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createServer, type Server as TlsServer } from 'node:tls';
import { promisify } from 'node:util';
import { startStorage, type TestStorage } from './testing.ts';

const run = promisify(execFile);

const installed = (program: string): boolean =>
  (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, program)));

describe('storage, as the command lines of Google Cloud use it', function () {
  this.timeout(60_000);
  let directory: string;
  let storage: TestStorage;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tools-'));
    storage = await startStorage();
    await storage.client.createBucket('bucket');
  });
  afterEach(async () => {
    await storage.stop();
    await rm(directory, { recursive: true, force: true });
  });

  /** `gcloud storage`, with what its command lines print. */
  async function gcloudStorage(test: Mocha.Context) {
    if (!installed('gcloud')) {
      console.log('      gcloud is not installed');
      test.skip();
    }
    const token = join(directory, 'token');
    await writeFile(token, 'local');
    const env = {
      ...process.env,
      CLOUDSDK_CONFIG: join(directory, 'config'),
      CLOUDSDK_CORE_PROJECT: 'p',
      CLOUDSDK_CORE_DISABLE_PROMPTS: '1',
      CLOUDSDK_AUTH_ACCESS_TOKEN_FILE: token,
      CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE: `${storage.origin}/storage/v1/`,
    };
    return async (...args: string[]) =>
      (await run('gcloud', ['storage', ...args], { env, cwd: directory })).stdout;
  }

  it('gcloud storage: cp, ls, cat, mv, rm', async function () {
    const gcloud = await gcloudStorage(this);
    const moved = storage.client.bucket('bucket').file('moved');
    const big = Buffer.alloc(9_000_000, 'lorem ipsum ');
    const md5 = createHash('md5').update(big).digest('base64');
    await writeFile(join(directory, 'small'), 'some text');
    await writeFile(join(directory, 'big'), big);
    await gcloud('cp', 'small', 'big', 'gs://bucket/dir/');
    const listed = await gcloud('ls', '-l', 'gs://bucket/dir/');
    assert.match(listed, / 9 .*dir\/small[\s\S]*2 objects, 9000009 bytes/);
    assert.equal(await gcloud('cat', 'gs://bucket/dir/small'), 'some text');
    await gcloud('mv', 'gs://bucket/dir/big', 'gs://bucket/moved');
    assert.equal((await moved.getMetadata())[0].md5Hash, md5);
    await gcloud('rm', '-r', 'gs://bucket');
    assert.deepEqual(await storage.client.bucket('bucket').exists(), [false]);
  });

  it('gcloud storage: an object that is retained, and let go', async function () {
    const gcloud = await gcloudStorage(this);
    await gcloud('buckets', 'create', 'gs://kept', '--enable-per-object-retention');
    await writeFile(join(directory, 'small'), 'some text');
    const until = '2026-02-01T00:00:00Z';
    const lock = ['--retention-mode=Unlocked', `--retain-until=${until}`];
    await gcloud('cp', 'small', 'gs://kept/x', ...lock);
    const [{ retention }] = await storage.client.bucket('kept').file('x').getMetadata();
    assert.equal(retention?.mode, 'Unlocked');
    assert.equal(Date.parse(retention.retainUntilTime!), Date.parse(until));
    await assert.rejects(gcloud('rm', 'gs://kept/x'), /cannot be deleted or overwritten until/);
    const release = ['--clear-retention', '--override-unlocked-retention'];
    await gcloud('objects', 'update', 'gs://kept/x', ...release);
    await gcloud('rm', 'gs://kept/x');
    assert.deepEqual(await storage.client.bucket('kept').file('x').exists(), [false]);
  });

  it('gsutil: cp, stat, cat, mv, rm', async function () {
    if (!installed('gsutil') || !installed('openssl')) {
      console.log('      gsutil or openssl is not installed');
      this.skip();
    }
    const front = await startTlsFront(directory, Number(new URL(storage.origin).port));
    try {
      const config = [
        '[Credentials]',
        'gs_json_host = 127.0.0.1',
        `gs_json_port = ${(front.address() as AddressInfo).port}`,
        '[Boto]',
        'https_validate_certificates = False',
        'num_retries = 0',
        '[GSUtil]',
        `state_dir = ${join(directory, 'state')}`,
        'default_project_id = p',
        'software_update_check_period = 0',
        'resumable_threshold = 1000000',
      ];
      await writeFile(join(directory, 'boto'), config.join('\n'));
      const env = {
        ...process.env,
        BOTO_CONFIG: join(directory, 'boto'),
        CLOUDSDK_CONFIG: join(directory, 'config'),
        CLOUDSDK_CORE_PASS_CREDENTIALS_TO_GSUTIL: '0',
      };
      const gsutil = async (...args: string[]) =>
        (await run('gsutil', args, { env, cwd: directory })).stdout;

      const moved = storage.client.bucket('bucket').file('moved');
      const big = Buffer.alloc(2_000_000, 'lorem ipsum ');
      const md5 = createHash('md5').update(big).digest('base64');
      await writeFile(join(directory, 'small'), 'some text');
      await writeFile(join(directory, 'big'), big);
      await gsutil('cp', 'small', 'big', 'gs://bucket/dir/');
      assert.match(await gsutil('stat', 'gs://bucket/dir/small'), /Content-Length:\s+9\n/);
      assert.equal(await gsutil('cat', '-r', '5-8', 'gs://bucket/dir/small'), 'text');
      await gsutil('mv', 'gs://bucket/dir/big', 'gs://bucket/moved');
      assert.equal((await moved.getMetadata())[0].md5Hash, md5);
      await gsutil('rm', 'gs://bucket/**');
      assert.deepEqual((await storage.client.bucket('bucket').getFiles())[0], []);
    } finally {
      front.close();
    }
  });
});

/** gsutil speaks nothing but TLS: a listener that opens it and hands on to the plain port. */
async function startTlsFront(directory: string, port: number): Promise<TlsServer> {
  const [keyFile, certFile] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
  const rest = ['-nodes', '-days', '1', '-subj', '/CN=127.0.0.1'];
  await run('openssl', [...request, ...rest, '-keyout', keyFile, '-out', certFile]);
  const [key, cert] = await Promise.all([readFile(keyFile), readFile(certFile)]);
  const front = createServer({ key, cert }, (outside) => {
    const inside = connect(port, '127.0.0.1');
    outside.pipe(inside).pipe(outside);
    outside.on('error', () => inside.destroy());
    inside.on('error', () => outside.destroy());
  });
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
  return front;
}
