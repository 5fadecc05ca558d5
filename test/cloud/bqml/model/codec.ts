/** Values as JSON without loss: typed arrays, maps and numbers that JSON has no words for. */

const ARRAYS = {
  Float64Array,
  Float32Array,
  Int32Array,
  Uint32Array,
  Uint8Array,
} as const;

type ArrayName = keyof typeof ARRAYS;

/** A Buffer is an Uint8Array, and comes back as one. */
const nameOf = (array: ArrayBufferView): string =>
  Buffer.isBuffer(array) ? 'Uint8Array' : array.constructor.name;

/** The value as plain JSON; `decode` gives it back with every bit of its arrays. */
export function encode(value: unknown): unknown {
  if (typeof value === 'number') {
    const plain = Number.isFinite(value) && !Object.is(value, -0);
    return plain ? value : { $number: Object.is(value, -0) ? '-0' : String(value) };
  }
  if (ArrayBuffer.isView(value)) {
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    return { $array: nameOf(value), base64: bytes.toString('base64') };
  }
  if (Array.isArray(value)) return value.map(encode);
  if (value instanceof Map) return { $map: [...value].map(encode) };
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return Object.fromEntries(entries.map(([key, inner]) => [key, encode(inner)]));
}

/** @throws {TypeError} for an array of a kind that `encode` never writes. */
export function decode(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(decode);
  if (typeof json !== 'object' || json === null) return json;
  const object = json as Record<string, unknown>;
  if ('$number' in object) return Number(object.$number);
  if ('$map' in object) return new Map(decode(object.$map) as [unknown, unknown][]);
  if ('$array' in object) return decodeArray(String(object.$array), String(object.base64));
  return Object.fromEntries(Object.entries(object).map(([key, inner]) => [key, decode(inner)]));
}

function decodeArray(name: string, base64: string): ArrayBufferView {
  if (!Object.hasOwn(ARRAYS, name)) throw new TypeError(`A model can't hold a ${name}.`);
  // A copy of its own, so that the bytes lie where the array's elements may.
  const bytes = Uint8Array.from(Buffer.from(base64, 'base64'));
  return new ARRAYS[name as ArrayName](bytes.buffer);
}
