import assert from 'node:assert/strict';
import { backoff, mayRetry, type RetryConfig } from './retries.ts';

const CONFIG: RetryConfig = {
  retryCount: 3,
  maxRetryDuration: 0,
  minBackoffDuration: 10,
  maxBackoffDuration: 300,
  maxDoublings: 3,
};
const waits = (config: RetryConfig, count: number) =>
  Array.from({ length: count }, (_, retry) => backoff(config, retry));

describe('retries', () => {
  it('wait as in the example of the API’s documentation', () => {
    assert.deepEqual(waits(CONFIG, 9), [10, 20, 40, 80, 160, 240, 300, 300, 300]);
  });

  it('wait longer by the same each time where nothing is doubled', () => {
    assert.deepEqual(waits({ ...CONFIG, maxDoublings: 0 }, 4), [10, 20, 30, 40]);
  });

  it('wait the same where minimum and maximum are the same', () => {
    const config = { ...CONFIG, maxBackoffDuration: 10 };
    assert.deepEqual(waits(config, 3), [10, 10, 10]);
  });

  it('end after their number', () => {
    const may = (retries: number) => mayRetry(CONFIG, retries, 1e9);
    assert.deepEqual([0, 1, 2, 3, 4].map(may), [true, true, true, false, false]);
  });

  it('end when both limits are reached', () => {
    const config = { ...CONFIG, retryCount: 1, maxRetryDuration: 60 };
    assert.equal(mayRetry(config, 0, 100), true);
    assert.equal(mayRetry(config, 5, 59), true);
    assert.equal(mayRetry(config, 1, 60), false);
  });

  it('are none where their number is zero', () => {
    assert.equal(mayRetry({ ...CONFIG, retryCount: 0, maxRetryDuration: 60 }, 0, 0), false);
  });
});
