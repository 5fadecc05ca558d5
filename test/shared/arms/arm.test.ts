import assert from 'node:assert/strict';
import fc from 'fast-check';
import { assign, bucketOf, shareAt } from '../../../shared/arms/arm.ts';
import type { Deployment } from '../../../shared/registry/deployment.ts';

const REF = { version: 'v20260101_000000', manifest_sha256: '0'.repeat(64) };
const NOW = new Date('2026-06-01T00:00:00Z');

type Challenger = Partial<NonNullable<Deployment['challenger']>>;

const deployment = (challenger: Challenger, salt = 'salt'): Deployment => ({
  portfolio: 'bnpl',
  champion: REF,
  challenger: { ...REF, share: 0, ...challenger },
  shadows: [],
  salt,
  kill_switch: false,
  updated_at: '2026-01-01T00:00:00.000Z',
  updated_by: 'test',
  reason: 'test',
});

const armOf = (entity: string, share: number, salt?: string) =>
  assign(entity, deployment({ share }, salt), NOW).arm;

/** 100,000 ids as a portfolio has them; no randomness, so the figures below never change. */
const ENTITIES = Array.from({ length: 100_000 }, (_, i) => `cust_${String(i).padStart(6, '0')}`);

/** Σ (found − expected)² / expected over cells that should be equally full. */
function chiSquare(cells: readonly number[]): number {
  const expected = cells.reduce((sum, n) => sum + n, 0) / cells.length;
  return cells.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
}

const share = fc.double({ min: 0, max: 1, noNaN: true });

describe('arms', () => {
  it('keep an entity where it is for as long as the salt stays', () => {
    // The figure that SHA-256('salt:cust_000001') gives in any language.
    assert.equal(bucketOf('cust_000001', 'salt'), 0x3f90d52962ac9 / 2 ** 52);
  });

  it('are uniform: 100,000 ids over 100 buckets pass a chi-square test', () => {
    const cells = new Array<number>(100).fill(0);
    for (const entity of ENTITIES) cells[Math.floor(bucketOf(entity, 'salt') * 100)]!++;
    // The 99.9th percentile of chi-square at 99 degrees of freedom.
    assert.ok(chiSquare(cells) < 148.23, String(chiSquare(cells)));
  });

  it('are drawn anew by a new salt: buckets under two salts are independent by chi-square', () => {
    const cells = new Array<number>(100).fill(0);
    for (const entity of ENTITIES) {
      const row = Math.floor(bucketOf(entity, 'salt') * 10);
      const column = Math.floor(bucketOf(entity, 'other') * 10);
      cells[row * 10 + column]!++;
    }
    const sums = (of: (cell: number) => number) => {
      const totals = new Array<number>(10).fill(0);
      cells.forEach((n, cell) => {
        totals[of(cell)]! += n;
      });
      return totals;
    };
    const [rows, columns] = [sums((cell) => Math.floor(cell / 10)), sums((cell) => cell % 10)];
    const statistic = cells.reduce((sum, n, cell) => {
      const expected = (rows[Math.floor(cell / 10)]! * columns[cell % 10]!) / ENTITIES.length;
      return sum + (n - expected) ** 2 / expected;
    }, 0);
    // The 99.9th percentile at 9 × 9 degrees of freedom.
    assert.ok(statistic < 126.08, String(statistic));
  });

  it('only grow when the share grows: nobody leaves the challenger', () => {
    fc.assert(
      fc.property(share, share, fc.string(), (a, b, entity) => {
        const small = armOf(entity, Math.min(a, b));
        const large = armOf(entity, Math.max(a, b));
        assert.ok(small === 'champion' || large === 'challenger');
      }),
    );
  });

  it('are nobody at share 0 and everybody at share 1', () => {
    for (const entity of ENTITIES.slice(0, 500)) {
      assert.equal(armOf(entity, 0), 'champion');
      assert.equal(armOf(entity, 1), 'challenger');
    }
  });

  it('say bucket and share, and nothing of either without a challenger', () => {
    const given = assign('cust_000001', deployment({ share: 0.5 }), NOW);
    assert.deepEqual(given, {
      arm: 'challenger',
      share: 0.5,
      bucket: bucketOf('cust_000001', 'salt'),
      control: false,
    });
    const alone = assign('cust_000001', { ...deployment({}), challenger: null }, NOW);
    assert.deepEqual(alone, { arm: 'champion', share: null, bucket: null, control: false });
  });

  it('set against the challenger as many of the champion’s, or all where those are fewer', () => {
    for (const part of [0, 0.05, 0.3, 0.5, 0.8, 1]) {
      const given = ENTITIES.slice(0, 20_000).map((entity) =>
        assign(entity, deployment({ share: part }), NOW),
      );
      const control = given.filter((one) => one.control);
      assert.ok(control.every(({ arm }) => arm === 'champion'));
      const expected = Math.min(part, 1 - part);
      assert.ok(Math.abs(control.length / given.length - expected) < 0.02, String(part));
    }
  });
});

describe('a gradual rollout', () => {
  const begin = Date.parse('2026-06-01T00:00:00Z');
  const HOUR = 3_600_000;
  const iso = (hours: number) => new Date(begin + hours * HOUR).toISOString();
  const ramp = [
    { from: iso(1), share: 0.01 },
    { from: iso(24), share: 0.1 },
    { from: iso(48), share: 0.5 },
  ];
  const at = (ms: number, steps = ramp) => shareAt({ ...REF, share: 0, steps }, new Date(ms));

  it('has the share of the last step that has begun, from its first millisecond on', () => {
    assert.equal(at(begin), 0);
    assert.equal(at(begin + HOUR - 1), 0);
    assert.equal(at(begin + HOUR), 0.01);
    assert.equal(at(begin + 24 * HOUR), 0.1);
    assert.equal(at(begin + 48 * HOUR - 1), 0.1);
    assert.equal(at(begin + 10_000 * HOUR), 0.5);
  });

  it('compares moments and not texts: the same time in two zones is the same step', () => {
    const steps = [{ from: '2026-06-01T02:00:00+02:00', share: 0.2 }];
    assert.equal(at(begin - 1, steps), 0);
    assert.equal(at(begin, steps), 0.2);
  });

  it('without steps is one share for good', () => {
    assert.equal(shareAt({ ...REF, share: 0.3 }, NOW), 0.3);
    assert.equal(shareAt({ ...REF, share: 0.3, steps: [] }, NOW), 0.3);
  });

  it('that rises never sends a customer back', () => {
    const rising = fc
      .array(share, { minLength: 1, maxLength: 6 })
      .map((list) =>
        list.toSorted((a, b) => a - b).map((part, i) => ({ from: iso(i), share: part })),
      );
    fc.assert(
      fc.property(rising, fc.string(), (steps, entity) => {
        let before = 'champion';
        for (let hour = -1; hour <= steps.length; hour++) {
          const given = deployment({ share: 0, steps });
          const { arm } = assign(entity, given, new Date(begin + hour * HOUR));
          assert.ok(before === 'champion' || arm === 'challenger');
          before = arm;
        }
      }),
    );
  });
});
