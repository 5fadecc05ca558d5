/**
 * Latent financial health: what drives everything and nobody sees. In standard deviations of new
 * applicants, higher is better. It is a level for life, a slow mean-reverting drift
 * (Ornstein–Uhlenbeck), and spells of trouble (lost job, illness: a two-state Markov process).
 */
import { DAY_MS } from '../dates.ts';
import type { Key } from './random.ts';
import { Random } from './random.ts';

export const LEVEL_SD = 0.87;
const DRIFT_SD = 0.35;
const DRIFT_DAYS = 120;

/** How far a spell of trouble takes health down. */
export const TROUBLE = 1.2;
/** Mean days between spells, and of one. */
const CALM_DAYS = 450;
const TROUBLE_DAYS = 60;
const TROUBLED_SHARE = TROUBLE_DAYS / (CALM_DAYS + TROUBLE_DAYS);
const MIXING = (1 / CALM_DAYS + 1 / TROUBLE_DAYS) / DAY_MS;

/** The chance of trouble at a moment `ms` after one at which the state was known. */
export const chanceOfTrouble = (troubledThen: boolean, ms: number): number =>
  TROUBLED_SHARE + ((troubledThen ? 1 : 0) - TROUBLED_SHARE) * Math.exp(-ms * MIXING);

/** How far the drift has come: all of a health's past that its future depends on. */
export interface Drift {
  readonly value: number;
  readonly at: number;
}

/** One customer's health over time. */
export class Health {
  private readonly level: number;
  /** Moments at which trouble starts or ends, ascending. */
  private readonly turns: readonly number[];
  private readonly startsTroubled: boolean;
  private reached: Drift;

  /**
   * @param span milliseconds from `from` in which {@link troubled} may be asked
   * @param drift where to go on; at its beginning where not given
   */
  constructor(key: Key, level: number, from: number, span: number, drift?: Drift) {
    const random = new Random(key);
    this.level = level;
    const value = DRIFT_SD * random.normal();
    this.reached = drift ?? { value, at: from };
    this.startsTroubled = random.chance(TROUBLED_SHARE);
    const turns: number[] = [];
    let troubled = this.startsTroubled;
    for (let at = from; at < from + span; troubled = !troubled) {
      at += random.exponential() * (troubled ? TROUBLE_DAYS : CALM_DAYS) * DAY_MS;
      turns.push(at);
    }
    this.turns = turns;
  }

  get drift(): Drift {
    return this.reached;
  }

  /** Health outside trouble at a moment not before the last one asked; draws once. */
  calm(at: number, random: Random): number {
    const { value, at: before } = this.reached;
    const kept = Math.exp(-(at - before) / (DRIFT_DAYS * DAY_MS));
    const moved = DRIFT_SD * Math.sqrt(1 - kept * kept) * random.normal();
    this.reached = { value: value * kept + moved, at };
    return this.level + this.reached.value;
  }

  troubled(at: number): boolean {
    let passed = 0;
    while (passed < this.turns.length && this.turns[passed]! <= at) passed += 1;
    return this.startsTroubled !== (passed % 2 === 1);
  }
}
