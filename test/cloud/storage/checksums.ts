import { createHash } from 'node:crypto';
import { invalid } from '../errors.ts';
import { crc32c } from './crc32c.ts';

/** Both in base64, as the JSON API writes them: CRC-32C big-endian. */
export interface Checksums {
  readonly crc32c: string;
  readonly md5Hash: string;
}

/** The checksums of bytes, read once and not kept. */
export async function checksumsOf(bytes: AsyncIterable<Uint8Array>): Promise<Checksums> {
  const md5 = createHash('md5');
  let crc = 0;
  for await (const chunk of bytes) {
    md5.update(chunk);
    crc = crc32c(chunk, crc);
  }
  const bigEndian = Buffer.alloc(4);
  bigEndian.writeUInt32BE(crc);
  return { crc32c: bigEndian.toString('base64'), md5Hash: md5.digest('base64') };
}

/** What a client says the checksums are: in the object's metadata, and in `X-Goog-Hash`. */
export function claimedChecksums(
  metadata: Readonly<Record<string, unknown>>,
  header: string | undefined,
): Partial<Checksums>[] {
  const claims = [{ crc32c: metadata.crc32c, md5Hash: metadata.md5Hash }];
  for (const part of header?.split(',') ?? []) {
    const [, kind, value] = /^\s*(crc32c|md5)=(.+?)\s*$/.exec(part) ?? [];
    if (kind === 'crc32c') claims.push({ crc32c: value, md5Hash: undefined });
    if (kind === 'md5') claims.push({ crc32c: undefined, md5Hash: value });
  }
  return claims as Partial<Checksums>[];
}

/** @throws {ApiError} 400 when a claim is not what the bytes have. */
export function checkClaims(claims: readonly Partial<Checksums>[], actual: Checksums): void {
  for (const claim of claims) {
    if (claim.crc32c !== undefined && claim.crc32c !== actual.crc32c) {
      throw invalid(
        `Provided CRC32C "${claim.crc32c}" doesn't match calculated CRC32C "${actual.crc32c}".`,
      );
    }
    if (claim.md5Hash !== undefined && claim.md5Hash !== actual.md5Hash) {
      throw invalid(
        `Provided MD5 hash "${claim.md5Hash}" doesn't match calculated MD5 hash "${actual.md5Hash}".`,
      );
    }
  }
}
