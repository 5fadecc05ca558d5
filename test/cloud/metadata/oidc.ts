import { createHash, generateKeyPair, type KeyObject, sign } from 'node:crypto';
import { promisify } from 'node:util';
import type { Router } from '../http/router.ts';

/** Google's tokens live this long. */
const LIFETIME_S = 3600;

interface Key {
  readonly id: string;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

/**
 * Issues OpenID Connect identity tokens as Google does for service accounts: JWTs signed with
 * RS256, whose key anyone can fetch (RFC 7515, 7517, 7519).
 *
 * The key is made when it is first needed and lives as long as the issuer.
 */
export class OidcIssuer {
  /** The `iss` of the tokens, and where their discovery document is found. */
  readonly issuer: string;
  private readonly now: () => number;
  private key: Promise<Key> | undefined;

  /** @param now milliseconds since 1970 */
  constructor(issuer: string, now: () => number) {
    this.issuer = issuer;
    this.now = now;
  }

  /** A token with the claims that Cloud Scheduler's and Pub/Sub's have, and others where given. */
  async mint(
    audience: string,
    email: string,
    claims: Readonly<Record<string, unknown>> = {},
  ): Promise<string> {
    const key = await this.theKey();
    const issued = Math.floor(this.now() / 1000);
    const subject = subjectOf(email);
    const parts = [
      { alg: 'RS256', kid: key.id, typ: 'JWT' },
      {
        aud: audience,
        azp: subject,
        email,
        email_verified: true,
        exp: issued + LIFETIME_S,
        iat: issued,
        iss: this.issuer,
        sub: subject,
        ...claims,
      },
    ];
    const signed = parts.map((part) => base64url(JSON.stringify(part))).join('.');
    return `${signed}.${sign('RSA-SHA256', Buffer.from(signed), key.privateKey).toString('base64url')}`;
  }

  /** The public keys as a JSON Web Key Set. */
  async jwks(): Promise<{ keys: Record<string, unknown>[] }> {
    const key = await this.theKey();
    const jwk = key.publicKey.export({ format: 'jwk' });
    return { keys: [{ ...jwk, kid: key.id, alg: 'RS256', use: 'sig' }] };
  }

  /** Discovery, and the keys in both forms that Google serves, at Google's paths. */
  routes(router: Router): void {
    router.on('GET', '/.well-known/openid-configuration', () => ({
      json: {
        issuer: this.issuer,
        jwks_uri: `${this.issuer}/oauth2/v3/certs`,
        response_types_supported: ['id_token'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256'],
        claims_supported: ['aud', 'azp', 'email', 'email_verified', 'exp', 'iat', 'iss', 'sub'],
      },
    }));
    router.on('GET', '/oauth2/v3/certs', async () => ({ json: await this.jwks() }));
    router.on('GET', '/oauth2/v1/certs', async () => {
      const key = await this.theKey();
      return { json: { [key.id]: key.publicKey.export({ type: 'spki', format: 'pem' }) } };
    });
  }

  private theKey(): Promise<Key> {
    this.key ??= makeKey();
    return this.key;
  }
}

async function makeKey(): Promise<Key> {
  const pair = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  const der = pair.publicKey.export({ type: 'spki', format: 'der' });
  return { ...pair, id: createHash('sha256').update(der).digest('hex').slice(0, 40) };
}

const base64url = (text: string): string => Buffer.from(text).toString('base64url');

/** A service account's numeric id: 21 digits, the same for the same address. */
const subjectOf = (email: string): string => {
  const hash = createHash('sha256').update(email).digest('hex').slice(0, 16);
  return `1${BigInt(`0x${hash}`).toString().padStart(20, '0')}`;
};
