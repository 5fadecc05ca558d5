/** What may name a bucket or an object, and the order of names. */
import { invalid } from '../errors.ts';

/** Source: Cloud Storage, "About Cloud Storage buckets", bucket name requirements. */
export function checkBucketName(name: string): void {
  const length = name.includes('.')
    ? name.length <= 222 && name.split('.').every((part) => part.length >= 1 && part.length <= 63)
    : name.length <= 63;
  const valid =
    length &&
    /^[a-z0-9][a-z0-9._-]+[a-z0-9]$/.test(name) &&
    !/^\d+\.\d+\.\d+\.\d+$/.test(name) &&
    !name.startsWith('goog') &&
    !/g[o0][o0]g[l1]e/.test(name);
  if (!valid) throw invalid(`Invalid bucket name: '${name}'`);
}

/** Source: Cloud Storage, "About Cloud Storage objects", object name requirements. */
export function checkObjectName(name: string): void {
  const bytes = Buffer.byteLength(name);
  if (bytes === 0) throw invalid('Required parameter: name', 'name');
  if (bytes > 1024) {
    throw invalid(`The maximum object length is 1024 bytes, but got a name with ${bytes} bytes.`);
  }
  if (/[\r\n]/.test(name) || !name.isWellFormed()) {
    throw invalid(`Disallowed unicode characters present in object name '${name}'`);
  }
  if (name === '.' || name === '..' || name.startsWith('.well-known/acme-challenge/')) {
    throw invalid(`Invalid object name: '${name}'`);
  }
}

/** The order in which objects are listed: that of their names' UTF-8 bytes. */
export function compareNames(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    // In UTF-16, unlike UTF-8, what lies beyond U+FFFF sorts before U+E000: it is put last.
    if (x !== y) return Number(isSurrogate(x)) - Number(isSurrogate(y)) || x - y;
  }
  return a.length - b.length;
}

const isSurrogate = (unit: number): boolean => (unit & 0xf800) === 0xd800;
