/** Google's clients out of a bundle as `score` has it, where they need credentials: on Google's machines. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, isIPv6 } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { bundle } from '../../../shared/packaging/bundle.ts';
import { lazyRequires } from '../../../shared/packaging/lazy.ts';
import { ipv6ByColon, nodesBlob, trimmedProtos } from '../../../shared/packaging/plugins.ts';

const run = promisify(execFile);

/** Reads an object, and asks what a call of Pub/Sub would be signed with. */
const CLIENTS = `
  import { Storage } from '@google-cloud/storage';
  import { PubSub, v1 } from '@google-cloud/pubsub';
  const storage = new Storage({ apiEndpoint: process.env.ENDPOINT, useAuthWithCustomEndpoint: true });
  storage.bucket('bucket').file('object').download({ validation: false }).then(async ([bytes]) => {
    const pubsub = new PubSub({ projectId: 'project' });
    const client = new v1.PublisherClient(await pubsub.getClientConfig());
    const { authorization } = Object.fromEntries(await (await client.auth.getClient()).getRequestHeaders());
    const credentials = await client._gaxGrpc._getCredentials({});
    const call = credentials._getCallCredentials?.() ?? credentials.callCredentials;
    const metadata = await call.generateMetadata({ method_name: 'Publish', service_url: 'https://pubsub.googleapis.com' });
    console.log(JSON.stringify({ object: String(bytes), authorization, call: metadata.get('authorization') }));
  });`;

describe('the clients of a bundle', function () {
  this.timeout(30_000);
  let directory: string;
  let google: Server;
  /** What Cloud Storage was shown, by path. */
  const shown = new Map<string, string | undefined>();

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'flit-clients-'));
    google = createServer(({ url, headers }, response) => {
      response.setHeader('metadata-flavor', 'Google');
      if (url!.includes('/token')) {
        response.setHeader('content-type', 'application/json');
        response.end('{"access_token":"ours","expires_in":3600,"token_type":"Bearer"}');
        return;
      }
      if (!url!.startsWith('/computeMetadata')) shown.set(url!, headers.authorization);
      response.end(url!.startsWith('/computeMetadata') ? 'googleapis.com' : 'the object');
    }).listen(0, '127.0.0.1');
    await once(google, 'listening');
  });
  after(async () => {
    google.close();
    await rm(directory, { recursive: true });
  });

  it('show the token of the machine’s account', async () => {
    const file = join(directory, 'clients.cjs');
    await bundle({ text: CLIENTS, folder: resolve('shared') }, file, {
      plugins: [trimmedProtos, nodesBlob, ipv6ByColon, lazyRequires],
    });
    const { port } = google.address() as AddressInfo;
    const { stdout } = await run(process.execPath, [file], {
      env: {
        HOME: directory,
        ENDPOINT: `http://127.0.0.1:${port}`,
        GCE_METADATA_HOST: `127.0.0.1:${port}`,
        METADATA_SERVER_DETECTION: 'assume-present',
      },
    });
    assert.deepEqual(JSON.parse(stdout), {
      object: 'the object',
      authorization: 'Bearer ours',
      call: ['Bearer ours'],
    });
    assert.deepEqual([...shown.values()], ['Bearer ours']);
  });

  it('may tell the versions of addresses by a colon', () => {
    const addresses = fc.oneof(fc.ipV4(), fc.ipV4Extended(), fc.ipV6());
    fc.assert(fc.property(addresses, (host) => host.includes(':') === isIPv6(host)));
  });
});
