import assert from 'node:assert/strict';
import { daysBefore } from './days.ts';

describe('days before a date', () => {
  it('go over months, years and leap days, and forwards where they are negative', () => {
    assert.equal(daysBefore('2026-08-30', 0), '2026-08-30');
    assert.equal(daysBefore('2026-01-01', 1), '2025-12-31');
    assert.equal(daysBefore('2028-03-01', 1), '2028-02-29');
    assert.equal(daysBefore('2027-03-01', 1), '2027-02-28');
    assert.equal(daysBefore('2026-08-30', 730), '2024-08-30');
    assert.equal(daysBefore('2026-12-31', -2), '2027-01-02');
  });
});
