import assert from 'node:assert/strict';
import { createPublicKey, type JsonWebKey, verify } from 'node:crypto';
import { Router } from '../http/router.ts';
import { type Server, startServer } from '../http/server.ts';
import { metadataRoutes } from './metadata.ts';
import { OidcIssuer } from './oidc.ts';

const EMAIL = 'scorer@p.iam.gserviceaccount.com';
const NOW = Date.UTC(2026, 0, 2);

describe('the metadata server', () => {
  let server: Server;
  let oidc: OidcIssuer;
  before(async () => {
    const router = new Router();
    server = await startServer((request, response) => router.handle(request, response));
    oidc = new OidcIssuer(server.origin, () => NOW);
    oidc.routes(router);
    metadataRoutes(router, {
      projectId: 'p',
      projectNumber: '123',
      region: 'europe-west1',
      serviceAccount: EMAIL,
      oidc,
    });
  });
  after(() => server.stop());

  const get = (path: string, headers: Record<string, string> = { 'metadata-flavor': 'Google' }) =>
    fetch(`${server.origin}/computeMetadata/v1/${path}`, { headers });
  const text = async (path: string) => (await get(path)).text();
  const json = async (path: string) => (await get(path)).json();

  for (const [path, value] of [
    ['project/project-id', 'p'],
    ['project/numeric-project-id', '123'],
    ['universe/universe-domain', 'googleapis.com'],
    ['instance/id', '1'],
    ['instance/region', 'projects/123/regions/europe-west1'],
    ['instance/zone', 'projects/123/zones/europe-west1-1'],
    ['instance/service-accounts/', `default/\n${EMAIL}/\n`],
    ['instance/service-accounts/default/', 'aliases\nemail\nidentity\nscopes\ntoken\n'],
    ['instance/service-accounts/default/email', EMAIL],
    [`instance/service-accounts/${EMAIL}/aliases`, 'default'],
    ['project/?recursive=true&alt=text', 'numeric-project-id 123\nproject-id p\n'],
    ['', 'instance/\nproject/\nuniverse/\n'],
  ] as const) {
    it(`has ${path || 'its root'}`, async () => {
      const response = await get(path);
      assert.equal(response.headers.get('metadata-flavor'), 'Google');
      assert.equal(await response.text(), value);
    });
  }

  it('gives JSON of a value or of a folder, without what is made on demand', async () => {
    assert.equal(await json('project/project-id?alt=json'), 'p');
    const account = await json('instance/service-accounts/default/?recursive=true');
    assert.deepEqual(account, {
      aliases: ['default'],
      email: EMAIL,
      scopes: [
        'https://www.googleapis.com/auth/cloud-platform',
        'https://www.googleapis.com/auth/userinfo.email',
      ],
    });
    const all = (await json('?recursive=true')) as Record<string, Record<string, unknown>>;
    assert.equal(all.project?.numericProjectId, 123);
    assert.deepEqual(all.instance?.serviceAccounts, { default: account, [EMAIL]: account });
  });

  it('gives bearer tokens', async () => {
    assert.deepEqual(await json('instance/service-accounts/default/token'), {
      access_token: 'ya29.local-google-cloud',
      expires_in: 3599,
      token_type: 'Bearer',
    });
  });

  it('is told by its flavour, and tells nothing without it or through a proxy', async () => {
    for (const headers of [{}, { 'metadata-flavor': 'Google', 'x-forwarded-for': '10.0.0.1' }]) {
      const response = await get('instance/service-accounts/default/token', headers);
      assert.equal(response.status, 403);
      assert.equal(response.headers.get('metadata-flavor'), 'Google');
      assert.doesNotMatch(await response.text(), /ya29/);
    }
    const root = await fetch(server.origin);
    assert.equal(root.headers.get('metadata-flavor'), 'Google');
    assert.equal(await root.text(), 'computeMetadata/\n');
  });

  it('answers 404 for what it does not have, 501 for what it does not do', async () => {
    for (const path of ['instance/disks', 'project/project-id/x', 'constructor', '__proto__']) {
      assert.equal((await get(path)).status, 404, path);
    }
    assert.equal((await get('instance/id?wait_for_change=true')).status, 501);
  });

  describe('identity tokens', () => {
    const claims = (token: string) =>
      JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());

    it('are signed with a key of the published set', async () => {
      const token = await text('instance/service-accounts/default/identity?audience=https://x.y/z');
      const [head = '', body = '', signature = ''] = token.split('.');
      const discovery = (await (
        await fetch(`${server.origin}/.well-known/openid-configuration`)
      ).json()) as { issuer: string; jwks_uri: string };
      assert.equal(discovery.issuer, server.origin);
      const { keys } = (await (await fetch(discovery.jwks_uri)).json()) as {
        keys: (JsonWebKey & { kid: string })[];
      };
      const { kid, alg } = JSON.parse(Buffer.from(head, 'base64url').toString());
      assert.equal(alg, 'RS256');
      const jwk = keys.find((key) => key.kid === kid);
      assert.ok(jwk);
      const signed = Buffer.from(`${head}.${body}`);
      const publicKey = createPublicKey({ key: jwk, format: 'jwk' });
      assert.ok(verify('RSA-SHA256', signed, publicKey, Buffer.from(signature, 'base64url')));
      const pems = (await (await fetch(`${server.origin}/oauth2/v1/certs`)).json()) as Record<
        string,
        string
      >;
      assert.ok(createPublicKey(pems[kid] ?? '').equals(publicKey));
    });

    it('say for whom and by whom they are, for an hour, and whose when asked for it', async () => {
      const path = 'instance/service-accounts/default/identity?audience=aud';
      const standard = claims(await text(path));
      const { sub } = standard;
      assert.match(sub, /^\d{21}$/);
      assert.deepEqual(standard, {
        aud: 'aud',
        azp: sub,
        exp: NOW / 1000 + 3600,
        iat: NOW / 1000,
        iss: server.origin,
        sub,
      });
      const full = claims(await text(`${path}&format=full`));
      assert.deepEqual(full, { ...standard, email: EMAIL, email_verified: true });
      assert.notEqual(claims(await oidc.mint('aud', 'other@x')).sub, sub);
    });

    it('need an audience and a known format', async () => {
      const path = 'instance/service-accounts/default/identity';
      assert.equal((await get(path)).status, 400);
      assert.equal((await get(`${path}?audience=x&format=y`)).status, 400);
    });
  });
});
