/** Bodies that somebody broke: one application, bent in every way that a wire, a client or an attacker has. */
import { mulberry32 } from './rows.ts';

/** Uniform choices, the same for the same seed. */
export interface Chance {
  /** An integer from 0 to below. */
  below(n: number): number;
  pick<T>(items: readonly T[]): T;
}

export function chanceOf(seed: number): Chance {
  const random = mulberry32(seed);
  const below = (n: number) => Math.floor(random() * n);
  return { below, pick: (items) => items[below(items.length)]! };
}

type Application = Readonly<Record<string, unknown>>;

/** Texts that stand where JSON has a value; some are none. */
const VALUES = [
  'null true false 0 -0 -1 1 0.5 -0.0 1e308 -1e308 1e309 -1e309 1e-400 1E+3 9007199254740993',
  '00 01 +1 .5 1. 0x10 NaN Infinity -Infinity undefined nul True \'a\' "" "x" "\\u0000" "\\ud800"',
  '"\\udc00\\ud800" "\\ud83c\\udfe6" "\\x41" "\\u12" [] {} [[]] {"":{}} [null] "2026-02-30" 1e',
  '"2026-06-01" "2026-06-01T00:00:00Z" "2026-06-01T24:00:00Z" "0000-00-00" "9999-12-31T23:59:59Z"',
  `"2026-06-01T00:00:00.1234567Z" "car" "${'x'.repeat(500)}" ${'9'.repeat(400)}`,
]
  .join(' ')
  .split(' ');

const NAMES = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'a/b~c', '', 'status'];

/** Changes a list of `"name":value` texts. */
type Bend = (members: string[], chance: Chance, names: readonly string[]) => void;

const BENDS: readonly Bend[] = [
  // Another value.
  (members, chance, names) => {
    const i = chance.below(names.length);
    members[i] = `${JSON.stringify(names[i])}:${chance.pick(VALUES)}`;
  },
  // The value of another field.
  (members, chance, names) => {
    const [i, j] = [chance.below(names.length), chance.below(names.length)];
    members[i] = `${JSON.stringify(names[i])}:${members[j]!.slice(members[j]!.indexOf(':') + 1)}`;
  },
  // A field less.
  (members, chance) => {
    members.splice(chance.below(members.length), 1);
  },
  // A field more.
  (members, chance) => {
    const member = `${JSON.stringify(chance.pick(NAMES))}:${chance.pick(VALUES)}`;
    members.splice(chance.below(members.length + 1), 0, member);
  },
  // A name twice: with the same value, or another one, before or after.
  (members, chance, names) => {
    const name = chance.pick(names);
    const member = `${JSON.stringify(name)}:${chance.pick(VALUES)}`;
    if (chance.below(2) === 0) members.push(member);
    else members.unshift(member);
  },
  // A name in another spelling of the same characters, or nearly.
  (members, chance, names) => {
    const i = chance.below(names.length);
    const code = names[i]!.charCodeAt(0).toString(16).padStart(4, '0');
    const spelt = chance.pick([
      `\\u${code}${names[i]!.slice(1)}`,
      ` ${names[i]}`,
      `${names[i]}\\u0000`,
    ]);
    members[i] = `"${spelt}":${members[i]!.slice(members[i]!.indexOf(':') + 1)}`;
  },
  // A bomb of brackets in the place of a value.
  (members, chance, names) => {
    const i = chance.below(names.length);
    const depth = chance.pick([1, 5, 7, 8, 9, 100, 20_000]);
    const isClosed = chance.below(4) > 0;
    const bomb = chance.pick([
      '['.repeat(depth) + (isClosed ? ']'.repeat(depth) : ''),
      '{"a":'.repeat(depth) + (isClosed ? `0${'}'.repeat(depth)}` : ''),
    ]);
    members[i] = `${JSON.stringify(names[i])}:${bomb}`;
  },
  // Fields without end.
  (members, chance) => {
    const count = chance.pick([50, 101, 3000]);
    for (let i = 0; i < count; i++) members.push(`"f${i}":0`);
  },
];

/** Changes the bytes of a text. */
type Damage = (bytes: Buffer, chance: Chance) => Buffer;

const cut = (bytes: Buffer, from: number, to: number): Buffer =>
  Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
const insert = (bytes: Buffer, at: number, more: Buffer): Buffer =>
  Buffer.concat([bytes.subarray(0, at), more, bytes.subarray(at)]);
const somewhere = (bytes: Buffer, chance: Chance): number => chance.below(bytes.length + 1);

const DAMAGES: readonly Damage[] = [
  // Broken off.
  (bytes, chance) => bytes.subarray(0, somewhere(bytes, chance)),
  // Bits that fell over.
  (bytes, chance) => {
    const flipped = Buffer.from(bytes);
    for (let i = chance.below(4); i >= 0 && flipped.length > 0; i--) {
      flipped[chance.below(flipped.length)]! ^= 1 << chance.below(8);
    }
    return flipped;
  },
  // A piece lost.
  (bytes, chance) => {
    const from = somewhere(bytes, chance);
    return cut(bytes, from, from + chance.below(20));
  },
  // A piece twice.
  (bytes, chance) => {
    const from = somewhere(bytes, chance);
    return insert(bytes, from, bytes.subarray(from, from + chance.below(40)));
  },
  // Bytes that are no UTF-8, or no JSON.
  (bytes, chance) =>
    insert(
      bytes,
      somewhere(bytes, chance),
      Buffer.from(
        chance.pick(['ff', 'c0af', 'eda080', 'f4908080', '00', '0a', '22', '5c', '7d']),
        'hex',
      ),
    ),
  // Something before or after: white space and a byte order mark are allowed there, the rest is not.
  (bytes, chance) =>
    insert(
      bytes,
      chance.pick([0, bytes.length]),
      Buffer.from(chance.pick([' ', '\n\t', '\ufeff', '\u00a0', '{}', ',', '\0', '// a', ']'])),
    ),
  // Too much.
  (bytes, chance) => insert(bytes, bytes.length, Buffer.alloc(chance.pick([1000, 66_000]), ' ')),
];

/** Something else altogether. */
const WHOLES: readonly ((chance: Chance) => Buffer)[] = [
  (chance) => Buffer.from(chance.pick(VALUES)),
  (chance) => Buffer.from(Array.from({ length: chance.below(300) }, () => chance.below(256))),
  (chance) => Buffer.from(chance.pick(['[', '{"a":']).repeat(chance.pick([1, 100, 10_000]))),
  () => Buffer.from('amount=1&term_months=2'),
  () => Buffer.from('<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r>&x;</r>'),
];

/** One of the applications, broken; now and then what comes out is still as good as it was. */
export function mutate(applications: readonly Application[], chance: Chance): Buffer {
  if (chance.below(12) === 0) return chance.pick(WHOLES)(chance);
  const application = chance.pick(applications);
  const names = Object.keys(application);
  const members = names.map(
    (name) => `${JSON.stringify(name)}:${JSON.stringify(application[name])}`,
  );
  for (let i = chance.below(3); i > 0 && members.length >= names.length; i--) {
    chance.pick(BENDS)(members, chance, names);
  }
  let bytes: Buffer = Buffer.from(`{${members.join(chance.pick([',', ', ', ' ,\n']))}}`);
  for (let i = chance.below(3); i > 0; i--) bytes = chance.pick(DAMAGES)(bytes, chance);
  return bytes;
}

/** A list of them, one of which is broken, or the list itself. */
export function mutateList(applications: readonly Application[], chance: Chance): Buffer {
  const whole = JSON.stringify(chance.pick(applications));
  const items = Array.from({ length: chance.pick([0, 1, 2, 99, 100]) }, () => whole);
  const name = chance.pick(['applications', 'applications', 'applications', 'Applications', '']);
  const more = chance.pick(['', '', '', ',"a":1', ',"applications":[]']);
  const list = Buffer.from(`{"${name}":[${items.join()}]${more}}`);
  if (chance.below(3) === 0) return chance.pick(DAMAGES)(list, chance);
  const at = list.indexOf('[') + 1;
  const comma = Buffer.from(items.length > 0 ? ',' : '');
  return insert(list, at, Buffer.concat([mutate(applications, chance), comma]));
}
