/**
 * Starting of retrainings by breaches: once, whatever is repeated or runs at the same time.
 *
 * Who starts one first claims it, by a conditional write of `retraining/<portfolio>.json`; whoever
 * else finds the claim waits for its end. A claim that nobody brings to an end (its owner was killed)
 * is taken over: Cloud Scheduler knows whether the job was run since.
 */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { Breach } from '../alerts/breach.ts';
import { AppError } from '../errors.ts';
import type { Objects } from '../google/objects.ts';
import type { Scheduler } from '../google/scheduler.ts';
import type { Log } from '../log.ts';
import {
  type Asked,
  answersTo,
  askedSchema,
  type Cause,
  causeOf,
  type RetrainingPolicy,
  recent,
} from './policy.ts';

export interface RetrainingParts {
  readonly portfolio: { readonly id: string; readonly retraining?: RetrainingPolicy | undefined };
  /** The bucket of claims: that of alerts. */
  readonly objects: Objects;
  readonly scheduler: Scheduler;
  /** Keeps a row of what was started; may be told the same again. */
  readonly keep: (started: Asked, breaches: number, job: string) => Promise<void>;
  readonly log: Log;
  readonly now: () => Date;
  readonly sleep: (milliseconds: number) => Promise<void>;
}

/** What a run of the watch did about a retraining. */
export type Retraining =
  | { readonly state: 'not asked for' }
  | { readonly state: 'started' | 'started before'; readonly id: string; readonly cause: Cause };

const recordSchema = z.strictObject({ asked: z.array(askedSchema) });

/** To run a job and to say so takes seconds; a claim that is older has lost its owner. */
const CLAIM_MS = 60_000;
const LOOK_EVERY_MS = 1000;
const MOST_ATTEMPTS = 10;
const REMEMBERED = 50;

export const recordName = (portfolio: string): string => `retraining/${portfolio}.json`;

/** The job of Cloud Scheduler that retrains a portfolio. */
export const retrainJob = (portfolio: string): string => `retrain-${portfolio}`;

/**
 * Runs the portfolio's retrain job if its policy asks for it, once in a cooldown for each kind of
 * breach and severity.
 * @param at when the run was due that found the breaches
 * @throws {Error} when Cloud Scheduler can't be asked; a repeated run tries again
 */
export async function startRetraining(
  parts: RetrainingParts,
  breaches: readonly Breach[],
  at: Date,
): Promise<Retraining> {
  const { retraining: policy } = parts.portfolio;
  const cause = policy && causeOf(policy, breaches);
  if (!cause) return { state: 'not asked for' };
  const { asked, isMine } = await claim(parts, policy, cause, at);
  const { id } = asked;
  if (asked.state === 'started') return { state: 'started before', id, cause: asked.cause };
  const isStarted = isMine
    ? await run(parts, asked, breaches.length)
    : !(await isEnded(parts, id)) && (await takeOver(parts, id, breaches.length));
  return { state: isStarted ? 'started' : 'started before', id, cause: asked.cause };
}

/** Finds the retraining that answers, or claims one. */
async function claim(
  parts: RetrainingParts,
  policy: RetrainingPolicy,
  cause: Cause,
  at: Date,
): Promise<{ asked: Asked; isMine: boolean }> {
  const mine: Asked = {
    id: idOf(parts.portfolio.id, cause, at),
    at: at.toISOString(),
    cause,
    state: 'claimed',
    claimed_at: parts.now().toISOString(),
  };
  let found: Asked | undefined;
  await change(parts, (all) => {
    const answering = answersTo(cause, recent(all, at, policy));
    // One that is still to be started comes first.
    found = answering?.find(({ state }) => state === 'claimed') ?? answering?.[0];
    return found ? all : [...all, mine].slice(-REMEMBERED);
  });
  return found ? { asked: found, isMine: false } : { asked: mine, isMine: true };
}

function idOf(portfolio: string, cause: Cause, at: Date): string {
  const kinds = Object.entries(cause).sort();
  const identity = JSON.stringify([portfolio, kinds, at.toISOString()]);
  return createHash('sha256').update(identity).digest('hex').slice(0, 32);
}

/** Waits for the end of a claim. @returns false where it has lost its owner */
async function isEnded(parts: RetrainingParts, id: string): Promise<boolean> {
  for (;;) {
    const asked = (await read(parts)).all.find((one) => one.id === id);
    if (!asked || asked.state === 'started') return true;
    if (parts.now().getTime() - Date.parse(asked.claimed_at) >= CLAIM_MS) return false;
    await parts.sleep(LOOK_EVERY_MS);
  }
}

/**
 * One of those who find that a claim has lost its owner renews it and brings it to an end.
 * @returns whether it ran the job
 */
async function takeOver(parts: RetrainingParts, id: string, breaches: number): Promise<boolean> {
  const { portfolio, scheduler, now } = parts;
  let lost: Asked | undefined;
  await change(parts, (all) => {
    lost = all.find((one) => one.id === id);
    const isLost =
      lost?.state === 'claimed' && now().getTime() - Date.parse(lost.claimed_at) >= CLAIM_MS;
    if (!isLost) {
      lost = undefined;
      return all;
    }
    const renewed = { ...lost!, claimed_at: now().toISOString() };
    return all.map((one) => (one.id === id ? renewed : one));
  });
  if (!lost) return false;
  const last = await scheduler.lastAttemptAt(retrainJob(portfolio.id));
  const hasRun = last !== undefined && last.getTime() >= Date.parse(lost.claimed_at);
  if (!hasRun) return run(parts, lost, breaches);
  await end(parts, lost, breaches);
  return false;
}

async function run(parts: RetrainingParts, asked: Asked, breaches: number): Promise<true> {
  await parts.scheduler.run(retrainJob(parts.portfolio.id));
  await end(parts, asked, breaches);
  return true;
}

async function end(parts: RetrainingParts, asked: Asked, breaches: number): Promise<void> {
  const job = retrainJob(parts.portfolio.id);
  await parts.keep(asked, breaches, job);
  await change(parts, (all) =>
    all.map((one) => (one.id === asked.id ? { ...one, state: 'started' as const } : one)),
  );
  const { id, cause } = asked;
  parts.log.notice('retraining started', {
    retraining: id,
    portfolio: parts.portfolio.id,
    cause,
    job,
  });
}

async function read({ objects, portfolio }: RetrainingParts) {
  const stored = await objects.read(recordName(portfolio.id));
  const { asked } = stored
    ? recordSchema.parse(JSON.parse(Buffer.from(stored.bytes).toString()))
    : { asked: [] };
  return { all: asked as readonly Asked[], generation: stored?.generation ?? 0 };
}

/** Changes the record over nobody else's change; the same list changes nothing. */
async function change(
  parts: RetrainingParts,
  next: (all: readonly Asked[]) => readonly Asked[],
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const { all, generation } = await read(parts);
    const asked = next(all);
    if (asked === all) return;
    const bytes = Buffer.from(`${JSON.stringify({ asked }, null, 1)}\n`);
    try {
      await parts.objects.write(
        recordName(parts.portfolio.id),
        bytes,
        'application/json',
        generation,
      );
      return;
    } catch (error) {
      const lost = error instanceof AppError && error.code === 'conflict';
      if (!lost || attempt === MOST_ATTEMPTS) throw error;
    }
  }
}
