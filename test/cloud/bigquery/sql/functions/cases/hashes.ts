/** Hash functions. Source: "Hash functions" of the GoogleSQL reference; RFC 1321; FIPS 180-4. */
import type { Case } from './case.ts';

export const HASH_CASES: readonly Case[] = [
  [
    "FARM_FINGERPRINT(CONCAT(CAST(1 AS STRING), 'foo', CAST(TRUE AS STRING)))",
    'INT64',
    '-1541654101129638711',
  ],
  [
    "FARM_FINGERPRINT(CONCAT(CAST(2 AS STRING), 'apple', CAST(FALSE AS STRING)))",
    'INT64',
    '2794438866806483259',
  ],
  [
    "FARM_FINGERPRINT(CONCAT(CAST(3 AS STRING), '', CAST(TRUE AS STRING)))",
    'INT64',
    '-4880158226897771312',
  ],
  ["FARM_FINGERPRINT(b'foo') = FARM_FINGERPRINT('foo')", 'BOOL', 'true'],
  ['FARM_FINGERPRINT(CAST(NULL AS STRING))', 'INT64', null],
  ["TO_HEX(MD5(''))", 'STRING', 'd41d8cd98f00b204e9800998ecf8427e'],
  ["TO_HEX(MD5('abc'))", 'STRING', '900150983cd24fb0d6963f7d28e17f72'],
  ["MD5('Hello World')", 'BYTES', 'sQqNsWTgdUEFt6mb5y4/5Q=='],
  ["TO_HEX(SHA1('abc'))", 'STRING', 'a9993e364706816aba3e25717850c26c9cd0d89d'],
  ["SHA1('Hello World')", 'BYTES', 'Ck1VqNd45QIvq3AZd8XYQLvEhtA='],
  [
    "TO_HEX(SHA256(b'abc'))",
    'STRING',
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  ],
  [
    "TO_HEX(SHA512('abc'))",
    'STRING',
    'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
  ],
  [
    "TO_HEX(SHA512(b''))",
    'STRING',
    'cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e',
  ],
  ['SHA256(CAST(NULL AS BYTES))', 'BYTES', null],
];
