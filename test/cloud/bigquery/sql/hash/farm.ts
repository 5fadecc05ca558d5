/**
 * FarmHash Fingerprint64, behind FARM_FINGERPRINT.
 *
 * Source: G. Pike, FarmHash (https://github.com/google/farmhash), namespace farmhashna.
 */

const K0 = 0xc3a5c85c97cb3127n;
const K1 = 0xb492b66fbe98f273n;
const K2 = 0x9ae16a3b2f90404fn;
const MASK = 0xffffffffffffffffn;

const wrap = (value: bigint): bigint => value & MASK;
const times = (a: bigint, b: bigint): bigint => (a * b) & MASK;
const rotate = (value: bigint, by: bigint): bigint =>
  ((value >> by) | (value << (64n - by))) & MASK;
const shiftMix = (value: bigint): bigint => value ^ (value >> 47n);

function hash16(u: bigint, v: bigint, mul: bigint): bigint {
  let a = times(u ^ v, mul);
  a ^= a >> 47n;
  let b = times(v ^ a, mul);
  b ^= b >> 47n;
  return times(b, mul);
}

/** The fingerprint as a signed 64-bit integer. */
export function farmFingerprint(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return BigInt.asIntN(64, hashOf(view, bytes.byteLength));
}

function hashOf(view: DataView, length: number): bigint {
  if (length <= 16) return upTo16(view, length);
  if (length <= 32) return upTo32(view, length);
  return length <= 64 ? upTo64(view, length) : longer(view, length);
}

const word = (view: DataView, at: number): bigint => view.getBigUint64(at, true);
const multiplier = (length: number): bigint => wrap(K2 + BigInt(length) * 2n);

function upTo16(view: DataView, length: number): bigint {
  if (length >= 8) {
    const mul = multiplier(length);
    const a = wrap(word(view, 0) + K2);
    const b = word(view, length - 8);
    const c = wrap(times(rotate(b, 37n), mul) + a);
    return hash16(c, times(rotate(a, 25n) + b, mul), mul);
  }
  if (length >= 4) {
    const a = BigInt(view.getUint32(0, true));
    const b = BigInt(view.getUint32(length - 4, true));
    return hash16(BigInt(length) + (a << 3n), b, multiplier(length));
  }
  if (length === 0) return K2;
  const y = BigInt(view.getUint8(0) + (view.getUint8(length >> 1) << 8));
  const z = BigInt(length + (view.getUint8(length - 1) << 2));
  return times(shiftMix(times(y, K2) ^ times(z, K0)), K2);
}

function upTo32(view: DataView, length: number): bigint {
  const mul = multiplier(length);
  const a = times(word(view, 0), K1);
  const b = word(view, 8);
  const c = times(word(view, length - 8), mul);
  const d = times(word(view, length - 16), K2);
  return hash16(
    wrap(rotate(wrap(a + b), 43n) + rotate(c, 30n) + d),
    wrap(a + rotate(wrap(b + K2), 18n) + c),
    mul,
  );
}

function upTo64(view: DataView, length: number): bigint {
  const mul = multiplier(length);
  const a = times(word(view, 0), K2);
  const b = word(view, 8);
  const c = times(word(view, length - 8), mul);
  const d = times(word(view, length - 16), K2);
  const y = wrap(rotate(wrap(a + b), 43n) + rotate(c, 30n) + d);
  const z = hash16(y, wrap(a + rotate(wrap(b + K2), 18n) + c), mul);
  const e = times(word(view, 16), mul);
  const f = word(view, 24);
  const g = times(y + word(view, length - 32), mul);
  const h = times(z + word(view, length - 24), mul);
  return hash16(
    wrap(rotate(wrap(e + f), 43n) + rotate(g, 30n) + h),
    wrap(e + rotate(wrap(f + a), 18n) + g),
    mul,
  );
}

type Pair = [bigint, bigint];

/** A weak hash of 32 bytes with two seeds. */
function weak(view: DataView, at: number, a: bigint, b: bigint): Pair {
  const [w, x, y, z] = [0, 8, 16, 24].map((shift) => word(view, at + shift)) as [
    bigint,
    bigint,
    bigint,
    bigint,
  ];
  const first = wrap(a + w);
  const second = rotate(wrap(b + first + z), 21n);
  const sum = wrap(first + x + y);
  return [wrap(sum + z), wrap(second + rotate(sum, 44n) + first)];
}

function longer(view: DataView, length: number): bigint {
  let x = wrap(81n * K2 + word(view, 0));
  let y = wrap(81n * K1 + 113n);
  let z = times(shiftMix(wrap(times(y, K2) + 113n)), K2);
  let v: Pair = [0n, 0n];
  let w: Pair = [0n, 0n];
  const end = Math.floor((length - 1) / 64) * 64;
  const round = (at: number, mul: bigint, weight: bigint) => {
    x = times(rotate(wrap(x + y + v[0] + word(view, at + 8)), 37n), mul);
    y = times(rotate(wrap(y + v[1] + word(view, at + 48)), 42n), mul);
    x ^= wrap(w[1] * weight);
    y = wrap(y + v[0] * weight + word(view, at + 40));
    z = times(rotate(wrap(z + w[0]), 33n), mul);
    v = weak(view, at, times(v[1], mul), wrap(x + w[0]));
    w = weak(view, at + 32, wrap(z + w[1]), wrap(y + word(view, at + 16)));
    [z, x] = [x, z];
  };
  for (let at = 0; at < end; at += 64) round(at, K1, 1n);
  const mul = wrap(K1 + ((z & 0xffn) << 1n));
  w[0] = wrap(w[0] + BigInt((length - 1) & 63));
  v[0] = wrap(v[0] + w[0]);
  w[0] = wrap(w[0] + v[0]);
  round(length - 64, mul, 9n);
  return hash16(
    wrap(hash16(v[0], w[0], mul) + times(shiftMix(y), K0) + z),
    wrap(hash16(v[1], w[1], mul) + x),
    mul,
  );
}
