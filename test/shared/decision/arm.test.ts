import assert from 'node:assert/strict';
import fc from 'fast-check';
import { armOf, bucketOf } from '../../../shared/decision/arm.ts';
import type { Deployment } from '../../../shared/registry/deployment.ts';

const REF = { version: 'v20260101_000000', manifest_sha256: '0'.repeat(64) };

const deployment = (share: number, salt = 'salt'): Deployment => ({
  portfolio: 'bnpl',
  champion: REF,
  challenger: { ...REF, share },
  shadows: [],
  salt,
  kill_switch: false,
  updated_at: '2026-01-01T00:00:00.000Z',
  updated_by: 'test',
  reason: 'test',
});

const entities = Array.from({ length: 20_000 }, (_, i) => `cust_${i}`);

describe('arms', () => {
  it('keep an entity where it is for as long as the salt stays', () => {
    // The figure that SHA-256('salt:cust_000001') gives in any language.
    assert.equal(bucketOf('cust_000001', 'salt'), 0x3f90d52962ac9 / 2 ** 52);
  });

  it('take the share that they are given, uniformly by chi-square over ten buckets', () => {
    const counts = new Array<number>(10).fill(0);
    for (const entity of entities) counts[Math.floor(bucketOf(entity, 'salt') * 10)]!++;
    const expected = entities.length / 10;
    const chiSquare = counts.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
    // The 99.9th percentile at nine degrees of freedom.
    assert.ok(chiSquare < 27.88, String(chiSquare));
  });

  it('only grow when the share grows: nobody leaves the challenger', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(share, share, fc.string(), (a, b, entity) => {
        const small = armOf(entity, deployment(Math.min(a, b)));
        const large = armOf(entity, deployment(Math.max(a, b)));
        assert.ok(small === 'champion' || large === 'challenger');
      }),
    );
  });

  it('are nobody at share 0 and everybody at share 1', () => {
    for (const entity of entities.slice(0, 500)) {
      assert.equal(armOf(entity, deployment(0)), 'champion');
      assert.equal(armOf(entity, deployment(1)), 'challenger');
    }
  });

  it('are drawn anew by a new salt', () => {
    const moved = entities.filter(
      (entity) => armOf(entity, deployment(0.5)) !== armOf(entity, deployment(0.5, 'other')),
    );
    assert.ok(Math.abs(moved.length / entities.length - 0.5) < 0.02);
  });
});
