/** What would have led to approval: the smallest change of an application that a person can make. */

import type { Reading as PolicyReading } from '../policy/columns.ts';
import { cellStarts } from './cells.ts';
import type { Request, Value, Way } from './moves.ts';

/** What the search asks of a decision. */
export interface Judge {
  /** The row that the model reads, and what the policy reads. */
  read(request: Request): Reading;
  /** Calibrated PDs of row-major rows. */
  pds(rows: Float64Array): Promise<Float64Array>;
  approves(pd: number, reading: PolicyReading): boolean;
  /** Whether the contract lets somebody ask this. */
  allows(request: Request): boolean;
  /** Equal where a field's being moved made no difference to trees, rules and what fits. */
  cellOf(reading: Reading, field: string): string;
}

export interface Reading {
  readonly row: Float64Array;
  readonly policy: PolicyReading;
  /** Whether no field exceeds another that it must not. */
  readonly fits: boolean;
}

export interface Change {
  readonly field: string;
  readonly from: Value;
  readonly to: Value;
  /** What to do, in the portfolio's words. */
  readonly text: string;
}

/** Why there is none: it is approved as it is; nothing tried was; or the evaluations ran out. */
export type NoCounterfactual = 'approved' | 'none' | 'limit' | 'no_trees';

export type Counterfactual =
  | {
      /** One to three, in the portfolio's order; together they lead to approval. */
      readonly changes: readonly Change[];
      /** Sum of the changes' sizes, each as a share of its `span`. */
      readonly total: number;
      readonly pd: number;
      /** False where the evaluations ran out before every smaller change was tried. */
      readonly complete: boolean;
      readonly evaluations: number;
    }
  | {
      readonly changes: undefined;
      readonly why: NoCounterfactual;
      readonly evaluations: number;
    };

/** Engines may differ by this much: what is told must hold in either. */
const SLACK = 1e-6;

/** Places of each way that are combined, by how many ways there are. */
const COMBINED: Readonly<Record<2 | 3, number>> = { 2: 12, 3: 6 };

/** Combinations that are made smaller. */
const REFINED = 3;

/** A changed application: the place on each way, 0 where it is left alone. */
interface Point {
  readonly places: readonly number[];
  readonly request: Request;
  readonly reading: Reading;
  readonly total: number;
}

interface Found extends Point {
  readonly pd: number;
}

/** Tells that no evaluation is left. */
class Spent extends Error {}

/**
 * Fewest fields first, then the smallest total change, then the portfolio's order.
 *
 * Of one field the answer is the smallest there is on its way (see `cellStarts`). Of two and three,
 * combinations of places are tried and the best made smaller one field at a time, until none can be
 * closer to the application while the others stay: a smaller change of other fields may exist.
 *
 * @param most evaluations of a changed application that may be spent: what bounds the time
 */
export async function findCounterfactual(
  application: Request,
  ways: readonly Way[],
  judge: Judge,
  most: number,
): Promise<Counterfactual> {
  const search = new Search(application, ways, judge, most);
  let complete = true;
  try {
    if (await search.isApproved()) {
      return { changes: undefined, why: 'approved', evaluations: search.evaluations };
    }
    const starts = await search.ofOne();
    if (!search.best) await search.ofSeveral(2, starts);
    if (!search.best) await search.ofSeveral(3, starts);
  } catch (error) {
    if (!(error instanceof Spent)) throw error;
    complete = false;
  }
  const { best, evaluations } = search;
  if (!best) return { changes: undefined, why: complete ? 'none' : 'limit', evaluations };
  const changes = changesOf(application, best, ways);
  return { changes, total: best.total, pd: best.pd, complete, evaluations };
}

class Search {
  evaluations = 0;
  best: Found | undefined;
  readonly #application: Request;
  readonly #ways: readonly Way[];
  readonly #judge: Judge;
  readonly #most: number;
  readonly #origin: readonly number[];

  constructor(application: Request, ways: readonly Way[], judge: Judge, most: number) {
    this.#application = application;
    this.#ways = ways;
    this.#judge = judge;
    this.#most = most;
    this.#origin = ways.map(() => 0);
  }

  /** Whether there is nothing to change. */
  async isApproved(): Promise<boolean> {
    const { row, policy } = this.#pointAt(this.#origin).reading;
    const [pd] = await this.#judge.pds(row);
    return this.#judge.approves(pd!, policy);
  }

  /** Tries each way alone. @returns where cells start on each */
  async ofOne(): Promise<number[][]> {
    const starts: number[][] = [];
    for (const [way, { places }] of this.#ways.entries()) {
      const points = this.#along(this.#origin.with(way, places), way).slice(1);
      starts.push(points.map((point) => point.places[way]!));
      this.#keep(await this.#smallest(points, 1));
    }
    return starts;
  }

  /** Tries so many fields together, and makes the best of it smaller. */
  async ofSeveral(fields: 2 | 3, starts: readonly (readonly number[])[]): Promise<void> {
    const found: Found[] = [];
    const choices = starts.map((places, way) =>
      spread([...new Set([...places, this.#ways[way]!.places])], COMBINED[fields]),
    );
    for (const group of groupsOf(this.#ways, fields)) {
      const points = combinations(this.#origin, group, choices).map((at) => this.#pointAt(at));
      const some = await this.#smallest(points, REFINED);
      this.#keep(some);
      found.push(...some);
    }
    for (const point of found.sort(bySize).slice(0, REFINED)) await this.#refine(point);
  }

  /** Brings one field after another closer to the application, as long as one can be. */
  async #refine(start: Found): Promise<void> {
    let point = start;
    for (let before: Found | undefined; before !== point; ) {
      before = point;
      for (const way of this.#ways.keys()) {
        if (point.places[way] === 0) continue;
        const closer = await this.#smallest(this.#along(point.places, way), 1);
        if (closer[0] && isSmaller(closer[0], point)) point = closer[0];
        this.#keep(closer);
      }
    }
  }

  #pointAt(places: readonly number[]): Point {
    if (this.evaluations >= this.#most) throw new Spent();
    this.evaluations++;
    const request: Record<string, unknown> = { ...this.#application };
    let total = 0;
    places.forEach((place, i) => {
      if (place === 0) return;
      const way = this.#ways[i]!;
      request[way.field] = way.valueAt(place);
      total += way.sizeAt(place);
    });
    return { places, request, reading: this.#judge.read(request), total };
  }

  /** Place 0 of a way and the first of every cell, up to the place that `places` has there. */
  #along(places: readonly number[], way: number): Point[] {
    const points = new Map<number, Point>();
    const starts = cellStarts(places[way]!, (place) => {
      const point = this.#pointAt(places.with(way, place));
      points.set(place, point);
      return this.#judge.cellOf(point.reading, this.#ways[way]!.field);
    });
    return [0, ...starts].map((start) => points.get(start)!);
  }

  /** Those that lead to approval and may be asked, smallest first; of equals the earlier. */
  async #smallest(points: readonly Point[], most: number): Promise<Found[]> {
    if (points.length === 0) return [];
    const width = points[0]!.reading.row.length;
    const rows = new Float64Array(points.length * width);
    points.forEach(({ reading }, i) => {
      rows.set(reading.row, i * width);
    });
    const pds = await this.#judge.pds(rows);
    const approved = points
      .map((point, i) => ({ ...point, pd: pds[i]! }))
      .filter(({ reading }) => reading.fits)
      .filter(({ pd, reading }) => this.#judge.approves(pd + SLACK, reading.policy))
      .sort(bySize);
    const found: Found[] = [];
    for (const point of approved) {
      if (found.length === most) break;
      if (this.#judge.allows(point.request)) found.push(point);
    }
    return found;
  }

  #keep([first]: readonly Found[]): void {
    if (first && (!this.best || isSmaller(first, this.best))) this.best = first;
  }
}

const fieldsOf = ({ places }: Point): number => places.filter((place) => place > 0).length;

const bySize = (a: Point, b: Point): number => fieldsOf(a) - fieldsOf(b) || a.total - b.total;

const isSmaller = (a: Point, b: Point): boolean => bySize(a, b) < 0;

/** Every choice of so many ways of different fields, in order. */
function groupsOf(ways: readonly Way[], size: number, from = 0): number[][] {
  if (size === 0) return [[]];
  return ways.flatMap((way, i) =>
    i < from
      ? []
      : groupsOf(ways, size - 1, i + 1)
          .filter((others) => others.every((other) => ways[other]!.field !== way.field))
          .map((others) => [i, ...others]),
  );
}

/** Every combination of the chosen places on a group of ways. */
const combinations = (
  origin: readonly number[],
  group: readonly number[],
  choices: readonly (readonly number[])[],
): (readonly number[])[] =>
  group.reduce<(readonly number[])[]>(
    (points, way) =>
      points.flatMap((point) => choices[way]!.map((place) => point.with(way, place))),
    [origin],
  );

/** So many items at most: the first, the last, and some evenly between. */
function spread(items: readonly number[], most: number): number[] {
  if (items.length <= most) return [...items];
  return Array.from(
    { length: most },
    (_, i) => items[Math.round((i * (items.length - 1)) / (most - 1))]!,
  );
}

const changesOf = (application: Request, { places }: Point, ways: readonly Way[]): Change[] =>
  ways.flatMap(({ field, text, valueAt }, i) => {
    const place = places[i]!;
    if (place === 0) return [];
    return [{ field, from: application[field] as Value, to: valueAt(place), text }];
  });
