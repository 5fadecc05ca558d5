import assert from 'node:assert/strict';
import { dayOf } from '../dates.ts';
import { volumeFactor } from './volume.ts';

const on = (date: string) => volumeFactor(dayOf(date));
const close = (actual: number, expected: number) =>
  assert.ok(Math.abs(actual - expected) < 1e-12, `${actual} is not ${expected}`);

describe('the volume model', () => {
  it('multiplies weekday, day of month and month on a day without events', () => {
    close(on('2026-03-04'), 1.05 * 1.15 * 0.95);
    close(on('2026-03-14'), 0.85 * 0.95 * 0.95);
    close(on('2026-07-19'), 0.7 * 1.1 * 1.05);
    close(on('2026-10-30'), 1.25 * 0.9 * 1.05);
  });

  it('keeps Mother’s and Father’s Day on Sundays', () => {
    close(on('2026-05-10'), 0.7 * 0.95 * 1 * 1.2);
    close(on('2026-05-11'), 1.15 * 0.95 * 1 * 1.15);
    close(on('2026-06-21'), 0.7 * 1.1 * 1.05 * 1.1);
    close(on('2026-06-22'), 1.15 * 0.9 * 1.05);
  });

  it('takes the most of several events that fill shops', () => {
    close(on('2026-11-27'), 1.25 * 0.9 * 1.1 * 1.6);
    close(on('2026-11-25'), 1.05 * 0.9 * 1.1 * 1.3);
    close(on('2026-09-07'), 1.15 * 1.15 * 1 * 1.2);
  });

  it('takes the least where one of them closes shops', () => {
    close(on('2026-11-26'), 1.1 * 0.9 * 1.1 * 0.2);
    close(on('2026-12-25'), 1.25 * 0.9 * 1.2 * 0.1);
    close(on('2026-12-24'), 1.1 * 0.9 * 1.2 * 0.3);
    close(on('2026-12-28'), 1.15 * 0.9 * 1.2 * 0.5);
  });

  it('pauses on both sides of New Year', () => {
    close(on('2025-12-20'), 0.85 * 1.1 * 1.2 * 0.5);
    close(on('2026-01-01'), 1.1 * 1.15 * 0.75 * 0.2);
    close(on('2026-01-05'), 1.15 * 1.15 * 0.75 * 0.5);
    close(on('2026-01-06'), 1.1 * 1.15 * 0.75);
  });

  it('has a mean of 1.06 over a year', () => {
    let sum = 0;
    for (let day = dayOf('2025-01-01'); day <= dayOf('2025-12-31'); day += 1) {
      sum += volumeFactor(day);
    }
    assert.ok(Math.abs(sum / 365 - 1.06) < 0.005, `${sum / 365}`);
  });
});
