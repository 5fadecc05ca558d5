/** The protocol of keyed decisions alone: every order of its steps, and an end between any two. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createKeyedDecisions } from '../../../functions/score/keyed.ts';
import type { DecisionEvent } from '../../../shared/decision/decide.ts';
import type { Objects } from '../../../shared/google/objects.ts';
import { createKeptDecisions } from '../../../shared/idempotency/kept_decisions.ts';
import { keepLog } from '../support/log.ts';
import { memoryObjects } from '../support/memory_objects.ts';

/** Where a caller's instance dies, counted in calls to the cloud; the call may be done or not. */
interface Death {
  readonly call: number;
  readonly done: boolean;
}

interface Caller {
  readonly amount: number;
  readonly death: Death | undefined;
}

/** What a caller is told: an answer, that the key is another's, or nothing. */
type Told = { readonly answer: Answer; readonly replayed: boolean } | 'reused' | 'nothing';

interface Answer {
  readonly decision_id: string;
  /** Which of the decisions that were made it is. */
  readonly made: number;
  readonly amount: number;
}

class Died extends Error {}

const NEVER_MS = 60_000;

/** Instances that share a Cloud Storage and a Pub/Sub, whose calls are done in the scheduler's order. */
class World {
  readonly published: string[] = [];
  private readonly scheduler: fc.Scheduler;
  private readonly stored = memoryObjects();
  private made = 0;

  constructor(scheduler: fc.Scheduler) {
    this.scheduler = scheduler;
  }

  /** All at once, each at an instance of its own. */
  async ask(callers: readonly Caller[]): Promise<Told[]> {
    const told = Promise.all(callers.map((caller) => this.one(caller)));
    await this.scheduler.waitFor(told);
    return told;
  }

  private async one({ amount, death }: Caller): Promise<Told> {
    const keyed = this.instance(death);
    const request = { portfolio: 'loans', key: 'k', body: { amount }, log: keepLog() };
    try {
      const { body, headers } = await keyed.once(request, async (decision_id) => {
        this.made += 1;
        const answer: Answer = { decision_id, made: this.made, amount };
        const event = { ...answer, portfolio: 'loans', outcome: 'approve' };
        return { event: event as unknown as DecisionEvent, answer };
      });
      const answer = body as Answer;
      assert.ok(this.published.some((event) => JSON.parse(event).made === answer.made));
      return { answer, replayed: headers?.['idempotent-replayed'] === 'true' };
    } catch (error) {
      const { code, cause } = error as { code?: string; cause?: unknown };
      if (code === 'idempotency_key_reused') return 'reused';
      assert.ok(error instanceof Died || cause instanceof Died, String(error));
      return 'nothing';
    }
  }

  private instance(death: Death | undefined) {
    let calls = 0;
    const step = async <T>(work: () => Promise<T>): Promise<T> => {
      calls += 1;
      await this.scheduler.schedule(Promise.resolve());
      if (death?.call !== calls) return work();
      if (death.done) await work();
      throw new Died();
    };
    const { stored, published } = this;
    const objects: Objects = {
      ...stored,
      read: (name) => step(() => stored.read(name)),
      write: (...object) => step(() => stored.write(...object)),
    };
    return createKeyedDecisions(createKeptDecisions(objects, NEVER_MS), (event) =>
      step(async () => void published.push(JSON.stringify(event))),
    );
  }
}

const caller: fc.Arbitrary<Caller> = fc.record({
  amount: fc.integer({ min: 1, max: 2 }),
  death: fc.option(fc.record({ call: fc.integer({ min: 1, max: 4 }), done: fc.boolean() }), {
    nil: undefined,
  }),
});

const answersOf = (told: readonly Told[]) => told.filter((one) => typeof one === 'object');

describe('a decision with a key', () => {
  it('is one for all who ask, and published before anybody knows it, whoever dies where', async () => {
    const some = fc.array(caller, { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), some, async (scheduler, callers) => {
        const world = new World(scheduler);
        const told = await world.ask(callers);
        const survivor = { amount: callers[0]!.amount, death: undefined };
        const [last] = await world.ask([survivor]);
        const all: [Caller, Told][] = [...callers.entries()].map(([i, one]) => [one, told[i]!]);
        all.push([survivor, last!]);

        assert.notEqual(last, 'nothing');
        const answers = answersOf([...told, last!]);
        const first = answers[0]?.answer;
        for (const { answer } of answers) assert.deepEqual(answer, first);
        assert.ok(answers.filter(({ replayed }) => !replayed).length <= 1);
        assert.ok(new Set(world.published).size <= 1);
        for (const [{ amount }, one] of first ? all : []) {
          if (one !== 'nothing') assert.equal(one === 'reused', amount !== first!.amount);
        }
      }),
      { numRuns: 1000 },
    );
  });

  const event = { decision_id: 'd', portfolio: 'loans', outcome: 'approve' };
  const made = { event: event as unknown as DecisionEvent, answer: event };
  const request = { portfolio: 'loans', key: 'k', body: {}, log: keepLog() };

  it('is published once by an instance that is asked for it again and again', async () => {
    let published = 0;
    const kept = createKeptDecisions(memoryObjects(), NEVER_MS);
    const keyed = createKeyedDecisions(kept, async () => void published++);
    for (let i = 0; i < 3; i++) await keyed.once(request, async () => made);
    assert.equal(published, 1);
  });

  it('that expires between the write that finds it and the read is to be asked for again', async () => {
    const keyed = createKeyedDecisions(
      { create: async () => false, read: async () => undefined },
      async () => assert.fail('nothing is published'),
    );
    await assert.rejects(
      keyed.once(request, async () => made),
      { status: 503, code: 'unavailable' },
    );
  });
});
