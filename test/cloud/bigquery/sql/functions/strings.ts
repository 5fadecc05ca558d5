/** String and bytes functions. Source: "String functions" of the GoogleSQL reference. */
import { unsupported } from '../../../errors.ts';
import { typeText } from '../../types.ts';
import { groupsOf } from '../natives/patterns.ts';
import { castTemplate } from '../resolve/casting.ts';
import { queryError } from '../resolve/errors.ts';
import type { Typed } from '../resolve/typed.ts';
import type { Chosen, FunctionTable, Overload } from './overload.ts';

/** What TRIM takes off when it is not told: Unicode's White_Space. DuckDB takes spaces only. */
const WHITE_SPACE =
  "'" +
  '\t\n\u000b\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000' +
  "'";

const trim = (name: 'trim' | 'ltrim' | 'rtrim'): readonly Overload[] => [
  ['STRING(STRING)', `${name}($1, ${WHITE_SPACE})`],
  ['STRING(STRING, STRING)', `${name}($1, $2)`],
  ['BYTES(BYTES, BYTES)', `bq_bytes_${name}($1, $2)`],
];

/** DuckDB's function where all characters are one byte, ours otherwise. */
const ascii = (quick: string, careful: string): string =>
  `(CASE WHEN strlen($1) = length($1) THEN ${quick} ELSE ${careful} END)`;

const literalInteger = (expr: Typed | undefined): bigint | undefined =>
  expr?.constant?.kind === 'literal' && typeof expr.constant.value === 'bigint'
    ? expr.constant.value
    : undefined;

const LONGEST = 4_294_967_295n;

/** DuckDB counts from the end as GoogleSQL does, but a start before the first character differs. */
function substr(call: Chosen): string {
  const start = literalInteger(call.args[1]);
  const length = literalInteger(call.args[2]);
  const from =
    start !== undefined && start > 0n && start < LONGEST
      ? '$2'
      : '(CASE WHEN $2 = 0 OR $2 < -length($1) THEN 1 WHEN $2 > length($1) THEN length($1) + 1 ELSE $2 END)';
  if (call.args.length === 2) return `substring($1, ${from})`;
  if (length !== undefined && length >= 0n && length < LONGEST) return `substring($1, ${from}, $3)`;
  const negative = "CAST(bq_raise('Third argument in SUBSTR() cannot be negative') AS VARCHAR)";
  // DuckDB's least passes over NULL.
  const taken = `CASE WHEN $3 IS NOT NULL THEN least($3, ${LONGEST}) END`;
  return `(CASE WHEN $3 < 0 THEN ${negative} ELSE substring($1, ${from}, ${taken}) END)`;
}

/** The text of the call's only group, or of the whole match when the pattern has none. */
function extract(call: Chosen, found: (group: number) => string): string {
  const pattern = call.args[1]!.constant;
  if (pattern?.kind === 'literal') {
    const groups = groupsOf(String(pattern.value));
    if (groups > 1) throw unsupportedGroups(call);
    return found(groups);
  }
  return `(CASE bq_pattern_groups($2) WHEN 0 THEN ${found(0)} ELSE ${found(1)} END)`;
}

const unsupportedGroups = (call: Chosen) =>
  Object.assign(unsupported('regular expressions with more than one capturing group'), {
    at: call.at,
  });

/** A group that took no part in the match is NULL, which of DuckDB's only the list tells. */
const regexpExtract = (call: Chosen): string =>
  extract(call, (group) =>
    group === 0
      ? '(CASE WHEN regexp_matches($1, $2) THEN regexp_extract($1, $2) END)'
      : 'list_extract(regexp_extract_all($1, $2, 1), 1)',
  );

/** With a position, the match may begin only from there; what it may look at begins there too. */
function regexpExtractFrom(call: Chosen): string {
  if (literalInteger(call.args[2]) !== 1n)
    throw unsupported('REGEXP_EXTRACT from another position than 1');
  if (call.args.length === 3) return regexpExtract(call);
  return extract(call, (group) => `list_extract(regexp_extract_all($1, $2, ${group}), $4)`);
}

const regexpBytes = (name: string, signature: string): Overload => [
  signature,
  () => {
    throw unsupported(`${name} of BYTES`);
  },
];

const REGEXP_EXTRACT: readonly Overload[] = [
  ['STRING(STRING, STRING)', regexpExtract],
  ['STRING(STRING, STRING, INT64, [INT64])', regexpExtractFrom],
  regexpBytes('REGEXP_EXTRACT', 'BYTES(BYTES, BYTES, [INT64], [INT64])'),
];

const LENGTH: readonly Overload[] = [
  ['INT64(STRING)', 'length($1)'],
  ['INT64(BYTES)', 'octet_length($1)'],
];

const SUBSTR: readonly Overload[] = [
  ['STRING(STRING, INT64, [INT64])', substr],
  ['BYTES(BYTES, INT64)', 'bq_bytes_substr($1, $2, 9223372036854775807)'],
  ['BYTES(BYTES, INT64, INT64)', 'bq_bytes_substr($1, $2, $3)'],
];

const pad = (side: 'left' | 'right'): readonly Overload[] => [
  ['STRING(STRING, INT64)', `bq_string_pad('${side}', $1, $2, ' ')`],
  ['STRING(STRING, INT64, STRING)', `bq_string_pad('${side}', $1, $2, $3)`],
  ['BYTES(BYTES, INT64)', `bq_bytes_pad('${side}', $1, $2, from_hex('20'))`],
  ['BYTES(BYTES, INT64, BYTES)', `bq_bytes_pad('${side}', $1, $2, $3)`],
];

const side = (name: 'left' | 'right'): readonly Overload[] => {
  const negative = `CAST(bq_raise('Second argument in ${name.toUpperCase()}() cannot be negative') AS VARCHAR)`;
  return [
    [
      'STRING(STRING, INT64)',
      `(CASE WHEN $2 < 0 THEN ${negative} ELSE ${name}($1, least($2, 4294967295)) END)`,
    ],
    ['BYTES(BYTES, INT64)', `bq_bytes_side('${name}', $1, $2)`],
  ];
};

function concatenated(call: Chosen): string {
  return `(${call.args.map((_, i) => `$${i + 1}`).join(' || ')})`;
}

/** What can be cast to STRING is. @throws {ApiError} for what cannot. */
function concatenatedTexts(call: Chosen): string {
  const texts = call.args.map(({ type }, i) => {
    const template = type.kind === 'BYTES' ? undefined : castTemplate(type, { kind: 'STRING' });
    return template?.replaceAll('$1', `$${i + 1}`);
  });
  if (!texts.includes(undefined)) return `(${texts.join(' || ')})`;
  throw queryError(
    `No matching signature for function CONCAT for argument types: ${call.args.map((arg) => typeText(arg.type)).join(', ')}. Supported signatures: CONCAT(STRING, [STRING, ...]); CONCAT(BYTES, [BYTES, ...])`,
    call.at,
  );
}

const sameFor = (types: readonly string[], signature: string, sql: string): readonly Overload[] =>
  types.map((type) => [signature.replaceAll('X', type), sql]);

const BOTH = ['STRING', 'BYTES'];

export const STRINGS: FunctionTable = {
  ASCII: sameFor(BOTH, 'INT64(X)', 'bq_ascii(CAST($1 AS BLOB))'),
  UNICODE: [
    ['INT64(STRING)', "(CASE WHEN $1 = '' THEN 0::BIGINT ELSE CAST(unicode($1) AS BIGINT) END)"],
  ],
  CHR: [['STRING(INT64)', '(CASE WHEN $1 = 0 THEN chr(0) ELSE bq_chr($1) END)']],
  LENGTH,
  CHAR_LENGTH: [['INT64(STRING)', 'length($1)']],
  CHARACTER_LENGTH: [['INT64(STRING)', 'length($1)']],
  BYTE_LENGTH: [
    ['INT64(STRING)', 'strlen($1)'],
    ['INT64(BYTES)', 'octet_length($1)'],
  ],
  OCTET_LENGTH: [
    ['INT64(STRING)', 'strlen($1)'],
    ['INT64(BYTES)', 'octet_length($1)'],
  ],
  CONCAT: [
    ['STRING(STRING, STRING...)', concatenated],
    ['BYTES(BYTES, BYTES...)', concatenated],
    ['STRING(ANY, ANY...)', concatenatedTexts],
  ],
  LOWER: [
    ['STRING(STRING)', ascii('lower($1)', 'bq_lower($1)')],
    ['BYTES(BYTES)', 'bq_bytes_lower($1)'],
  ],
  UPPER: [
    ['STRING(STRING)', ascii('upper($1)', 'bq_upper($1)')],
    ['BYTES(BYTES)', 'bq_bytes_upper($1)'],
  ],
  INITCAP: [
    ['STRING(STRING)', `bq_initcap($1, ' \t\n\u000b\f\r[](){}/|<>!?@"^#$&~_,.:;*%+-')`],
    ['STRING(STRING, STRING)', 'bq_initcap($1, $2)'],
  ],
  TRIM: trim('trim'),
  LTRIM: trim('ltrim'),
  RTRIM: trim('rtrim'),
  LPAD: pad('left'),
  RPAD: pad('right'),
  LEFT: side('left'),
  RIGHT: side('right'),
  SUBSTR,
  SUBSTRING: SUBSTR,
  REPEAT: [
    [
      'STRING(STRING, INT64)',
      "(CASE WHEN $2 < 0 THEN CAST(bq_raise('Second argument in REPEAT() cannot be negative') AS VARCHAR) " +
        "WHEN strlen($1) * CAST($2 AS DOUBLE) > 1048576 THEN CAST(bq_raise('Output of REPEAT exceeds max allowed output size of 1MB') AS VARCHAR) " +
        'ELSE repeat($1, $2) END)',
    ],
    ['BYTES(BYTES, INT64)', 'bq_bytes_repeat($1, $2)'],
  ],
  REPLACE: [
    ['STRING(STRING, STRING, STRING)', 'replace($1, $2, $3)'],
    ['BYTES(BYTES, BYTES, BYTES)', 'bq_bytes_replace($1, $2, $3)'],
  ],
  REVERSE: [
    ['STRING(STRING)', ascii('reverse($1)', 'bq_reverse($1)')],
    ['BYTES(BYTES)', 'bq_bytes_reverse($1)'],
  ],
  TRANSLATE: [
    ['STRING(STRING, STRING, STRING)', 'bq_translate($1, $2, $3)'],
    ['BYTES(BYTES, BYTES, BYTES)', 'bq_bytes_translate($1, $2, $3)'],
  ],
  STARTS_WITH: [
    ['BOOL(STRING, STRING)', 'starts_with($1, $2)'],
    ['BOOL(BYTES, BYTES)', 'starts_with(hex($1), hex($2))'],
  ],
  ENDS_WITH: [
    ['BOOL(STRING, STRING)', 'ends_with($1, $2)'],
    ['BOOL(BYTES, BYTES)', 'bq_bytes_ends_with($1, $2)'],
  ],
  STRPOS: [
    ['INT64(STRING, STRING)', 'strpos($1, $2)'],
    ['INT64(BYTES, BYTES)', 'bq_bytes_instr($1, $2, 1, 1)'],
  ],
  INSTR: [
    ['INT64(STRING, STRING)', 'strpos($1, $2)'],
    ['INT64(STRING, STRING, INT64)', 'bq_instr($1, $2, $3, 1)'],
    ['INT64(STRING, STRING, INT64, INT64)', 'bq_instr($1, $2, $3, $4)'],
    ['INT64(BYTES, BYTES)', 'bq_bytes_instr($1, $2, 1, 1)'],
    ['INT64(BYTES, BYTES, INT64)', 'bq_bytes_instr($1, $2, $3, 1)'],
    ['INT64(BYTES, BYTES, INT64, INT64)', 'bq_bytes_instr($1, $2, $3, $4)'],
  ],
  SPLIT: [
    ['ARRAY<STRING>(STRING)', "string_split($1, ',')"],
    [
      'ARRAY<STRING>(STRING, STRING)',
      "(CASE WHEN $2 = '' AND $1 <> '' THEN bq_characters($1) ELSE string_split($1, $2) END)",
    ],
    ['ARRAY<BYTES>(BYTES, BYTES)', 'bq_bytes_split($1, $2)'],
  ],
  CONTAINS_SUBSTR: [['BOOL(STRING, STRING)', 'bq_contains_substr($1, $2)']],
  EDIT_DISTANCE: [
    [
      'INT64(STRING, STRING, [max_distance => INT64])',
      (call) =>
        `bq_edit_distance($1, $2, ${call.named.get('max_distance')?.sql ?? '9223372036854775807'})`,
    ],
  ],
  SOUNDEX: [['STRING(STRING)', 'bq_soundex($1)']],
  NORMALIZE: [
    ['STRING(STRING)', "bq_normalize($1, 'NFC')"],
    ['STRING(STRING, PART)', (call) => `bq_normalize($1, '${call.parts[0]!.text.toUpperCase()}')`],
  ],
  NORMALIZE_AND_CASEFOLD: [
    ['STRING(STRING)', "bq_casefold($1, 'NFC')"],
    ['STRING(STRING, PART)', (call) => `bq_casefold($1, '${call.parts[0]!.text.toUpperCase()}')`],
  ],

  REGEXP_CONTAINS: [
    ['BOOL(STRING, STRING)', 'regexp_matches($1, $2)'],
    regexpBytes('REGEXP_CONTAINS', 'BOOL(BYTES, BYTES)'),
  ],
  REGEXP_EXTRACT,
  REGEXP_SUBSTR: REGEXP_EXTRACT,
  REGEXP_EXTRACT_ALL: [
    [
      'ARRAY<STRING>(STRING, STRING)',
      // Here a group that took no part is an empty text.
      (call) =>
        extract(call, (group) =>
          group === 0
            ? 'regexp_extract_all($1, $2)'
            : "list_transform(regexp_extract_all($1, $2, 1), lambda found: coalesce(found, ''))",
        ),
    ],
    regexpBytes('REGEXP_EXTRACT_ALL', 'ARRAY<BYTES>(BYTES, BYTES)'),
  ],
  REGEXP_REPLACE: [
    ['STRING(STRING, STRING, STRING)', "regexp_replace($1, $2, bq_rewrite($3, $2), 'g')"],
    regexpBytes('REGEXP_REPLACE', 'BYTES(BYTES, BYTES, BYTES)'),
  ],

  TO_HEX: [['STRING(BYTES)', 'lower(hex($1))']],
  FROM_HEX: [['BYTES(STRING)', 'bq_from_hex($1)']],
  TO_BASE64: [['STRING(BYTES)', 'to_base64($1)']],
  FROM_BASE64: [['BYTES(STRING)', 'bq_from_base64($1)']],
  TO_BASE32: [['STRING(BYTES)', 'bq_to_base32($1)']],
  FROM_BASE32: [['BYTES(STRING)', 'bq_from_base32($1)']],
  TO_CODE_POINTS: [
    ['ARRAY<INT64>(STRING)', 'bq_to_code_points($1)'],
    ['ARRAY<INT64>(BYTES)', 'bq_bytes_to_code_points($1)'],
  ],
  CODE_POINTS_TO_STRING: [['STRING(ARRAY<INT64>)', 'bq_code_points_to_string($1)']],
  CODE_POINTS_TO_BYTES: [['BYTES(ARRAY<INT64>)', 'bq_code_points_to_bytes($1)']],
  SAFE_CONVERT_BYTES_TO_STRING: [['STRING(BYTES)', 'bq_lossy_string($1)']],

  MD5: sameFor(BOTH, 'BYTES(X)', 'from_hex(md5($1))'),
  SHA1: sameFor(BOTH, 'BYTES(X)', 'from_hex(sha1($1))'),
  SHA256: sameFor(BOTH, 'BYTES(X)', 'from_hex(sha256($1))'),
  SHA512: [
    ['BYTES(STRING)', 'bq_sha512(encode($1))'],
    ['BYTES(BYTES)', 'bq_sha512($1)'],
  ],
  FARM_FINGERPRINT: [
    ['INT64(STRING)', 'bq_farm_fingerprint(encode($1))'],
    ['INT64(BYTES)', 'bq_farm_fingerprint($1)'],
  ],
};
