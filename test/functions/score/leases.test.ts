import assert from 'node:assert/strict';
import { createLeases } from '../../../functions/score/leases.ts';
import type { ServingModel } from '../../../shared/serving/serving_model.ts';
import { keepLog } from '../support/log.ts';

/** A model that knows how often it was closed. */
function model(close: () => void = () => {}) {
  const closes = { count: 0 };
  const fake = {
    ref: { version: 'v20260601_000000', manifest_sha256: '' },
    close: async () => {
      closes.count++;
      close();
    },
  } as unknown as ServingModel;
  return { fake, closes };
}

describe('leases of models', () => {
  it('close at once what nobody holds', async () => {
    const { fake, closes } = model();
    await createLeases(keepLog()).drop([fake]);
    assert.equal(closes.count, 1);
  });

  it('close what is held when the last who holds it is done, and only once', async () => {
    const leases = createLeases(keepLog());
    const { fake, closes } = model();
    const ends = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const holders = ends.map(({ promise }) => leases.hold([fake], () => promise));
    await leases.drop([fake]);
    assert.equal(closes.count, 0);
    ends[0]!.resolve();
    await holders[0];
    assert.equal(closes.count, 0);
    ends[1]!.resolve();
    await holders[1];
    assert.equal(closes.count, 1);
  });

  it('keep open what was held and not dropped', async () => {
    const leases = createLeases(keepLog());
    const { fake, closes } = model();
    assert.equal(await leases.hold([fake], async () => 'done'), 'done');
    assert.equal(closes.count, 0);
  });

  it('end when the work fails, and with its error', async () => {
    const leases = createLeases(keepLog());
    const { fake, closes } = model();
    const failing = leases.hold([fake], async () => {
      await leases.drop([fake]);
      throw new Error('no');
    });
    await assert.rejects(failing, /^Error: no$/);
    assert.equal(closes.count, 1);
  });

  it('say what could not be closed, and let the work be', async () => {
    const log = keepLog();
    const leases = createLeases(log);
    const { fake } = model(() => {
      throw new Error('stuck');
    });
    const work = leases.hold([fake], async () => {
      await leases.drop([fake]);
      return 'done';
    });
    assert.equal(await work, 'done');
    const [said] = log.of('a model could not be closed');
    assert.equal(said!.version, 'v20260601_000000');
    assert.match(String(said!.stack_trace), /stuck/);
  });
});
