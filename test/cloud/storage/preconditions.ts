/**
 * Conditions on which a request is carried out.
 *
 * Source: Cloud Storage, "Request preconditions": a Match that fails answers 412, a NotMatch 304.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { ApiError, invalid } from '../errors.ts';

/** What a request demands of generations and entity tags. */
export interface Preconditions {
  readonly generationMatch?: number;
  readonly generationNotMatch?: number;
  readonly metagenerationMatch?: number;
  readonly metagenerationNotMatch?: number;
  /** `If-Match` and `If-None-Match`, as sent. */
  readonly etagMatch?: string;
  readonly etagNotMatch?: string;
}

/** What the conditions are about: the live version, and the version or bucket that is meant. */
export interface Subject {
  readonly liveGeneration?: number;
  readonly metageneration?: number;
  readonly etag?: string;
}

type Parameters = { get(name: string): string | null };

/** Reads `ifGenerationMatch` and its like; with the prefix `ifSource`, those of a copy's source. */
export function preconditionsOf(
  query: Parameters,
  headers: IncomingHttpHeaders = {},
  prefix: 'if' | 'ifSource' = 'if',
): Preconditions {
  const number = (suffix: string): number | undefined => {
    const text = query.get(prefix + suffix);
    if (text === null) return undefined;
    if (!/^\d{1,16}$/.test(text)) throw invalid(`Invalid value for ${prefix + suffix}: ${text}`);
    return Number(text);
  };
  const all = {
    generationMatch: number('GenerationMatch'),
    generationNotMatch: number('GenerationNotMatch'),
    metagenerationMatch: number('MetagenerationMatch'),
    metagenerationNotMatch: number('MetagenerationNotMatch'),
    etagMatch: headers['if-match'],
    etagNotMatch: headers['if-none-match'],
  };
  return Object.fromEntries(
    Object.entries(all).filter(([, value]) => value !== undefined),
  ) as Preconditions;
}

/** @throws {ApiError} 412 conditionNotMet, 304 notModified */
export function checkPreconditions(conditions: Preconditions, subject: Subject): void {
  const { liveGeneration = 0, metageneration, etag } = subject;
  const matches: [unknown, boolean][] = [
    [conditions.generationMatch, conditions.generationMatch === liveGeneration],
    [conditions.metagenerationMatch, conditions.metagenerationMatch === metageneration],
    [conditions.etagMatch, names(conditions.etagMatch, etag)],
  ];
  if (matches.some(([condition, holds]) => condition !== undefined && !holds)) {
    throw new ApiError(
      412,
      'conditionNotMet',
      'At least one of the pre-conditions you specified did not hold.',
    );
  }
  // "If no live object exists, the precondition fails", also that of another generation.
  const absent = liveGeneration === 0;
  const differences: [unknown, boolean][] = [
    [conditions.generationNotMatch, !absent && conditions.generationNotMatch !== liveGeneration],
    [conditions.metagenerationNotMatch, conditions.metagenerationNotMatch !== metageneration],
    [conditions.etagNotMatch, !names(conditions.etagNotMatch, etag)],
  ];
  if (differences.some(([condition, holds]) => condition !== undefined && !holds)) {
    throw new ApiError(304, 'notModified', 'Not Modified');
  }
}

/** Whether a list of entity tags, or `*`, names this one. */
const names = (header: string | undefined, etag: string | undefined): boolean =>
  etag !== undefined &&
  (header?.trim() === '*' ||
    (header
      ?.split(',')
      .some((tag) => tag.trim().replace(/^W\//, '').replaceAll('"', '') === etag) ??
      false));
