import assert from 'node:assert/strict';
import { bucketFields, objectFields } from './fields.ts';

describe('fields', () => {
  it('that the service itself sets are left out', () => {
    const given = {
      name: 'x',
      size: '5',
      generation: '1',
      contentType: 'a/b',
      metadata: { k: 'v', gone: null },
    };
    assert.deepEqual(objectFields(given), { contentType: 'a/b', metadata: { k: 'v', gone: null } });
    assert.deepEqual(bucketFields({ name: 'x', id: 'x', labels: { a: 'b' } }), {
      labels: { a: 'b' },
    });
  });

  for (const given of [
    { contentType: 5 },
    { metadata: 'x' },
    { metadata: { a: 1 } },
    { customTime: 'yesterday' },
    { storageClass: 'HOT' },
    { retention: 'long' },
    { retention: { mode: 'Locked' } },
    { retention: { retainUntilTime: '2030-01-01T00:00:00Z' } },
    { retention: { mode: 'Closed', retainUntilTime: '2030-01-01T00:00:00Z' } },
    { retention: { mode: 'Unlocked', retainUntilTime: 'tomorrow' } },
  ]) {
    it(`of the wrong kind are refused: ${JSON.stringify(given)}`, () => {
      assert.throws(() => objectFields(given), { status: 400 });
    });
  }

  for (const given of [{ temporaryHold: true }, { eventBasedHold: true }, { acl: [{}] }]) {
    it(`that would not work are refused by name: ${JSON.stringify(given)}`, () => {
      assert.throws(() => objectFields(given), { status: 501 });
    });
  }

  for (const given of [
    { retentionPolicy: { retentionPeriod: '5' } },
    { softDeletePolicy: { retentionDurationSeconds: '604800' } },
    { hierarchicalNamespace: { enabled: true } },
    { billing: { requesterPays: true } },
    { iamConfiguration: { uniformBucketLevelAccess: { enabled: false } } },
    { encryption: { defaultKmsKeyName: 'k' } },
  ]) {
    it(`of buckets that would not work are refused by name: ${JSON.stringify(given)}`, () => {
      assert.throws(() => bucketFields(given), { status: 501 });
    });
  }

  it('that ask for what holds anyway are taken', () => {
    const harmless = {
      softDeletePolicy: { retentionDurationSeconds: '0' },
      hierarchicalNamespace: { enabled: false },
      iamConfiguration: { uniformBucketLevelAccess: { enabled: true } },
    };
    assert.deepEqual(bucketFields(harmless), harmless);
    assert.deepEqual(objectFields({ temporaryHold: false }), { temporaryHold: false });
  });
});
