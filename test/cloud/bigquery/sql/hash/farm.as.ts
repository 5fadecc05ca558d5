/**
 * FarmHash Fingerprint64, behind FARM_FINGERPRINT.
 *
 * Source: G. Pike, FarmHash (https://github.com/google/farmhash), namespace farmhashna.
 */

const K0: u64 = 0xc3a5c85c97cb3127;
const K1: u64 = 0xb492b66fbe98f273;
const K2: u64 = 0x9ae16a3b2f90404f;

/** Where memory is free. */
export function heapBase(): usize {
  return __heap_base;
}

/** The fingerprint of `length` bytes. */
export function fingerprint(at: usize, length: usize): u64 {
  if (length <= 16) return upTo16(at, length);
  if (length <= 32) return upTo32(at, length);
  return length <= 64 ? upTo64(at, length) : longer(at, length);
}

@inline function word(at: usize): u64 {
  return load<u64>(at);
}

@inline function multiplier(length: usize): u64 {
  return K2 + <u64>length * 2;
}

@inline function shiftMix(value: u64): u64 {
  return value ^ (value >> 47);
}

@inline function hash16(u: u64, v: u64, mul: u64): u64 {
  const a = shiftMix((u ^ v) * mul);
  return shiftMix((v ^ a) * mul) * mul;
}

function upTo16(at: usize, length: usize): u64 {
  if (length >= 8) {
    const mul = multiplier(length);
    const a = word(at) + K2;
    const b = word(at + length - 8);
    return hash16(rotr(b, 37) * mul + a, (rotr(a, 25) + b) * mul, mul);
  }
  if (length >= 4) {
    const first = <u64>load<u32>(at);
    return hash16(<u64>length + (first << 3), load<u32>(at + length - 4), multiplier(length));
  }
  if (length == 0) return K2;
  const y = load<u8>(at) + (<u32>load<u8>(at + (length >> 1)) << 8);
  const z = <u32>length + (<u32>load<u8>(at + length - 1) << 2);
  return shiftMix(<u64>y * K2 ^ <u64>z * K0) * K2;
}

function upTo32(at: usize, length: usize): u64 {
  const mul = multiplier(length);
  const end = at + length;
  const a = word(at) * K1;
  const b = word(at + 8);
  const c = word(end - 8) * mul;
  const d = word(end - 16) * K2;
  return hash16(rotr(a + b, 43) + rotr(c, 30) + d, a + rotr(b + K2, 18) + c, mul);
}

function upTo64(at: usize, length: usize): u64 {
  const mul = multiplier(length);
  const end = at + length;
  const a = word(at) * K2;
  const b = word(at + 8);
  const c = word(end - 8) * mul;
  const d = word(end - 16) * K2;
  const y = rotr(a + b, 43) + rotr(c, 30) + d;
  const z = hash16(y, a + rotr(b + K2, 18) + c, mul);
  const e = word(at + 16) * mul;
  const f = word(at + 24);
  const g = (y + word(end - 32)) * mul;
  const h = (z + word(end - 24)) * mul;
  return hash16(rotr(e + f, 43) + rotr(g, 30) + h, e + rotr(f + a, 18) + g, mul);
}

// What a long text is folded into, 64 bytes at a time: five words, two of them pairs.
let x: u64;
let y: u64;
let z: u64;
let v0: u64;
let v1: u64;
let w0: u64;
let w1: u64;

function longer(at: usize, length: usize): u64 {
  x = 81 * K2 + word(at);
  y = 81 * K1 + 113;
  z = shiftMix(y * K2 + 113) * K2;
  v0 = 0;
  v1 = 0;
  w0 = 0;
  w1 = 0;
  const last = at + length - 64;
  const end = at + ((length - 1) & ~63);
  for (; at < end; at += 64) fold(at, K1, 1);
  const mul = K1 + ((z & 0xff) << 1);
  w0 += (length - 1) & 63;
  v0 += w0;
  w0 += v0;
  fold(last, mul, 9);
  return hash16(
    hash16(v0, w0, mul) + shiftMix(y) * K0 + z,
    hash16(v1, w1, mul) + x,
    mul,
  );
}

@inline function fold(at: usize, mul: u64, weight: u64): void {
  x = rotr(x + y + v0 + word(at + 8), 37) * mul;
  y = rotr(y + v1 + word(at + 48), 42) * mul;
  x ^= w1 * weight;
  y += v0 * weight + word(at + 40);
  z = rotr(z + w0, 33) * mul;
  // Weak hashes of 32 bytes each, with two seeds.
  let a = v1 * mul + word(at);
  let b = rotr(x + w0 + a + word(at + 24), 21);
  let sum = a + word(at + 8) + word(at + 16);
  v0 = sum + word(at + 24);
  v1 = b + rotr(sum, 44) + a;
  const seed = y + word(at + 16);
  a = z + w1 + word(at + 32);
  b = rotr(seed + a + word(at + 56), 21);
  sum = a + word(at + 40) + word(at + 48);
  w0 = sum + word(at + 56);
  w1 = b + rotr(sum, 44) + a;
  const swapped = z;
  z = x;
  x = swapped;
}
