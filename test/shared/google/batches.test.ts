import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { BacklogError, type BatchLimits, createBatches } from '../../../shared/google/batches.ts';

const LIMITS: BatchLimits = { items: 4, bytes: 100, calls: 1, waitMs: 60_000, heldBytes: 1000 };

/** A call that ends when it is told to. */
interface Call {
  readonly items: readonly number[];
  end(error?: Error): Promise<void>;
}

/** Items are their own sizes. */
function watched(limits: Partial<BatchLimits> = {}) {
  const calls: Call[] = [];
  const put = createBatches<number>(
    (items) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      calls.push({
        items,
        async end(error) {
          if (error) reject(error);
          else resolve();
          await turn();
        },
      });
      return promise;
    },
    (size) => size,
    { ...LIMITS, ...limits },
  );
  return { calls, put, sent: () => calls.map(({ items }) => items) };
}

describe('batches', () => {
  it('send together what comes in one turn, and what comes meanwhile when that is back', async () => {
    const { calls, put, sent } = watched();
    const first = [put(1), put(2)];
    assert.deepEqual(sent(), []);
    await turn();
    assert.deepEqual(sent(), [[1, 2]]);
    const second = [put(3)];
    await turn();
    second.push(put(4));
    await turn();
    assert.deepEqual(sent(), [[1, 2]]);
    await calls[0]!.end();
    await Promise.all(first);
    assert.deepEqual(sent(), [
      [1, 2],
      [3, 4],
    ]);
    await calls[1]!.end();
    await Promise.all(second);
    void put(5);
    await turn();
    assert.deepEqual(sent().at(-1), [5]);
  });

  it('are under way at the same time as often as is allowed', async () => {
    const { calls, put, sent } = watched({ calls: 2 });
    for (const item of [1, 2, 3]) {
      void put(item);
      await turn();
    }
    assert.deepEqual(sent(), [[1], [2]]);
    void put(4);
    await calls[1]!.end();
    assert.deepEqual(sent(), [[1], [2], [3, 4]]);
  });

  it('acknowledge an item when its own batch is safe, not before', async () => {
    const { calls, put } = watched();
    const safe: number[] = [];
    for (const item of [1, 2]) {
      void put(item).then(() => safe.push(item));
      await turn();
    }
    assert.deepEqual(safe, []);
    await calls[0]!.end();
    assert.deepEqual(safe, [1]);
    await calls[1]!.end();
    assert.deepEqual(safe, [1, 2]);
  });

  it('let nobody wait long behind a slow call', async () => {
    const { put, sent } = watched({ waitMs: 1 });
    void put(1);
    await turn();
    void put(2);
    while (sent().length < 2) await turn();
    assert.deepEqual(sent(), [[1], [2]]);
  });

  it('leave when they are full, by number or bytes', async () => {
    const { put, sent } = watched();
    for (const item of [2, 3, 4, 5, 6, 90, 20, 200]) void put(item);
    assert.deepEqual(sent(), [[2, 3, 4, 5], [6, 90], [20]]);
  });

  it('fail those whose call fails, and nobody else', async () => {
    const { calls, put } = watched();
    const first = put(1);
    await turn();
    const second = put(2);
    const refused = assert.rejects(first, /down/);
    await calls[0]!.end(new Error('down'));
    await refused;
    await calls[1]!.end();
    await second;
  });

  it('fail their items where the call itself throws', async () => {
    const put = createBatches<number>(
      async () => {
        throw new Error('no client');
      },
      () => 1,
      LIMITS,
    );
    await assert.rejects(put(1), /no client/);
    await assert.rejects(put(2), /no client/);
  });

  it('take no more than may be held, and take again when some is safe', async () => {
    const { calls, put } = watched({ heldBytes: 10 });
    void put(6);
    await turn();
    void put(4);
    await assert.rejects(put(1), BacklogError);
    await calls[0]!.end();
    const later = put(6);
    await calls[1]!.end();
    await calls[2]!.end();
    await later;
  });

  it('send every item once, within the limits, whatever comes when', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.oneof(fc.integer({ min: 1, max: 90 }), fc.constantFrom('end', 'fail', 'turn')),
          {
            maxLength: 60,
          },
        ),
        fc.integer({ min: 1, max: 3 }),
        async (steps, most) => {
          const { calls, put, sent } = watched({ calls: most, heldBytes: Number.MAX_SAFE_INTEGER });
          const items: Promise<number>[] = [];
          const outcomes: boolean[] = [];
          const endNext = async (well: boolean) => {
            const call = calls[outcomes.length];
            if (!call) return;
            outcomes.push(well);
            await call.end(well ? undefined : new Error('down'));
          };
          for (const step of steps) {
            if (step === 'turn') await turn();
            else if (typeof step === 'string') await endNext(step === 'end');
            else
              items.push(
                put(step).then(
                  () => step,
                  () => -step,
                ),
              );
          }
          await turn();
          while (outcomes.length < calls.length) await endNext(true);
          const told = sent().flatMap((batch, i) =>
            batch.map((item) => (outcomes[i] ? item : -item)),
          );
          assert.deepEqual(await Promise.all(items), told);
          for (const batch of sent()) {
            assert.ok(batch.length <= LIMITS.items);
            assert.ok(batch.reduce((sum, size) => sum + size) <= LIMITS.bytes);
          }
        },
      ),
    ));
});
