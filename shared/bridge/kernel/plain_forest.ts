import { type Booster, sumsFromBase } from '../booster.ts';
import type { Forest } from './forest.ts';
import { layOut, PACK_WORDS, TWO } from './layout.ts';

/** The walk of `forest.as.ts` in plain TypeScript: its oracle, and its stand-in. */
export function createPlainForest(booster: Booster): Forest {
  const { featureCount, groupCount, baseMargins } = booster;
  const baseFirst = sumsFromBase(booster);
  const { words, packs } = layOut(booster, 0, 1);
  const floats = new Float32Array(words.buffer);
  const row = new Float32Array(2 * featureCount);

  const put = (feature: number, value: number): void => {
    row[feature] = value;
    row[feature + featureCount] = Number.isNaN(value) ? Infinity : value;
  };
  /** Where what the leaf holds stands. */
  const walk = (root: number, depth: number): number => {
    let at = root;
    for (let i = 0; i < depth; i++) {
      // A Number of a comparison needs no branch, which could be predicted wrongly.
      const goesRight = Number(row[words[at + 1]!]! >= floats[at]!);
      at = words[at + 2]! + (goesRight << 2);
    }
    return at + 3;
  };
  const score = (out: Float32Array, to: number): void => {
    for (let k = 0; k < groupCount; k++) out[to + k] = baseFirst ? baseMargins[k]! : 0;
    for (let pack = packs; pack < words.length; pack += PACK_WORDS) {
      const group = words[pack + 1]!;
      for (let lane = 2; lane < PACK_WORDS; lane++) {
        const at = walk(words[pack + lane]!, words[pack]!);
        if (group !== TWO) {
          out[to + group]! += floats[at]!;
        } else {
          out[to]! += floats[words[at]!]!;
          out[to + 1]! += floats[words[at]! + 1]!;
        }
      }
    }
    if (baseFirst) return;
    for (let k = 0; k < groupCount; k++) out[to + k]! += baseMargins[k]!;
  };
  return {
    margins(rows, out) {
      for (let i = 0; i < out.length / groupCount; i++) {
        for (let f = 0; f < featureCount; f++) put(f, rows[i * featureCount + f]!);
        score(out, i * groupCount);
      }
    },
    marginsOfColumns(columns, out) {
      for (let i = 0; i < out.length / groupCount; i++) {
        for (let f = 0; f < featureCount; f++) put(f, columns[f]![i]!);
        score(out, i * groupCount);
      }
    },
  };
}
