import assert from 'node:assert/strict';
import fc from 'fast-check';
import { fitPlatt } from '../../../functions/retrain/platt.ts';
import type { OutcomesAt } from '../../../shared/bridge/calibration.ts';

const sigmoid = (z: number) => 1 / (1 + Math.exp(-z));

/** Outcomes exactly as often as a calibration says, for very many applications. */
const ideal = (slope: number, intercept: number): OutcomesAt[] =>
  Array.from({ length: 61 }, (_, i) => {
    const margin = -6 + i / 10;
    const applications = 10_000_000;
    return { margin, applications, bad: applications * sigmoid(slope * margin + intercept) };
  });

describe("Platt's calibration", () => {
  it('finds the slope and the intercept that made the outcomes', () => {
    const slope = fc.double({ min: 0.2, max: 3, noNaN: true });
    const intercept = fc.double({ min: -2, max: 2, noNaN: true });
    fc.assert(
      fc.property(slope, intercept, (a, b) => {
        const fit = fitPlatt(ideal(a, b));
        assert.ok(Math.abs(fit.slope - a) < 1e-4, `${fit.slope} for ${a}`);
        assert.ok(Math.abs(fit.intercept - b) < 1e-4, `${fit.intercept} for ${b}`);
      }),
      { numRuns: 50 },
    );
  });

  it('leaves the mean probability equal to the bad rate', () => {
    const points = [
      { margin: -3, applications: 4000, bad: 90 },
      { margin: -1, applications: 900, bad: 180 },
      { margin: 0.5, applications: 100, bad: 71 },
    ];
    const { slope, intercept } = fitPlatt(points);
    const expected = points.reduce(
      (sum, p) => sum + p.applications * sigmoid(slope * p.margin + intercept),
      0,
    );
    // The smoothed targets shift the sum by less than one bad and one good.
    assert.ok(Math.abs(expected - 341) < 1);
  });

  it('stays finite when outcomes are separable, one-sided or without spread', () => {
    const cases: OutcomesAt[][] = [
      [
        { margin: -1, applications: 100, bad: 0 },
        { margin: 1, applications: 100, bad: 100 },
      ],
      [{ margin: -2, applications: 1000, bad: 0 }],
      [{ margin: 0, applications: 10, bad: 5 }],
    ];
    for (const points of cases) {
      const { slope, intercept } = fitPlatt(points);
      assert.ok(Number.isFinite(slope) && Number.isFinite(intercept));
    }
  });

  it('turns the order around when the model has it backwards', () => {
    assert.ok(fitPlatt(ideal(-0.7, 0.1)).slope < 0);
  });
});
