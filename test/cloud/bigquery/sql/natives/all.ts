/** Every function written here, by the file that it is in. */
import { BYTES_NATIVES } from './bytes.ts';
import { CONVERSIONS } from './conversions.ts';
import { FORMAT_NATIVES } from './format.ts';
import { JSON_ACCESS } from './json_access.ts';
import { JSON_BUILDING } from './json_build.ts';
import { JSON_CONVERSIONS } from './json_convert.ts';
import type { Native } from './native.ts';
import { NUMBER_NATIVES } from './numbers.ts';
import { PATTERNS } from './patterns.ts';
import { STRING_NATIVES } from './strings.ts';
import { TIME_NATIVES } from './times.ts';

export const NATIVES: readonly Native[] = [
  ...CONVERSIONS,
  ...PATTERNS,
  ...STRING_NATIVES,
  ...BYTES_NATIVES,
  ...NUMBER_NATIVES,
  ...TIME_NATIVES,
  ...JSON_ACCESS,
  ...JSON_BUILDING,
  ...JSON_CONVERSIONS,
  ...FORMAT_NATIVES,
];
