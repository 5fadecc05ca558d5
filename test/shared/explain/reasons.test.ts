import assert from 'node:assert/strict';
import { principalReasons } from '../../../shared/explain/reasons.ts';

const DOCUMENT = {
  reasons: ['A', 'B', 'C', 'D', 'E'].map((code) => ({
    code: `R${code}`,
    text: code,
    features: [`${code}1`, `${code}2`],
  })),
};

const codes = (contributions: Record<string, number>, most?: number) =>
  principalReasons(DOCUMENT, contributions, most).map(({ code }) => code);

describe('principal reasons', () => {
  it('are the strongest first, and at most four', () => {
    assert.deepEqual(codes({ A1: 0.1, B1: 0.5, C1: 0.3, D1: 0.2, E1: 0.4 }), [
      'RB',
      'RE',
      'RC',
      'RD',
    ]);
  });

  it('weigh all features of a reason together', () => {
    assert.deepEqual(codes({ A1: 0.5, A2: -0.4, B1: 0.2 }), ['RB', 'RA']);
  });

  it('leave out what did not count against the applicant', () => {
    assert.deepEqual(codes({ A1: -0.2, B1: 0, C1: 0.1 }), ['RC']);
  });

  it('are none where everything helped the applicant: the least help is no reason', () => {
    assert.deepEqual(codes({ A1: -0.2, B1: -0.1, C1: -0.3, D1: -0.4, E1: -0.5 }), []);
  });

  it('come in the same order when they weigh the same', () => {
    assert.deepEqual(codes({ D1: 0.1, B1: 0.1 }), ['RB', 'RD']);
  });
});
