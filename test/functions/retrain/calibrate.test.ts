import assert from 'node:assert/strict';
import fc from 'fast-check';
import { calibrate, describeCalibration, piecesOf } from '../../../functions/retrain/calibrate.ts';
import { type Calibration, calibrator, sigmoid } from '../../../shared/bridge/calibration.ts';
import { manifestSchema } from '../../../shared/bundle/manifest.ts';
import { AppError } from '../../../shared/errors.ts';

/** What evaluations.sql makes of pieces. */
function pdOf(calibration: Calibration): (margin: number) => number {
  const { starts, levels, slopes, of_log_odds } = piecesOf(calibration);
  return (margin) => {
    const bucket = starts.filter((start) => start <= margin).length;
    const piece = Math.max(1, bucket) - 1;
    const height = levels[piece]! + slopes[piece]! * (margin - starts[piece]!);
    return of_log_odds ? sigmoid(height) : height;
  };
}

/** Margins of thousandths, as the warehouse groups them; few of them, with ties in how bad they are. */
const outcomes = fc.uniqueArray(
  fc.record({
    margin: fc.integer({ min: -8000, max: 8000 }).map((thousandths) => thousandths / 1000),
    applications: fc.constantFrom(1, 2, 4, 100),
    share: fc.constantFrom(0, 0.25, 0.5, 1),
  }),
  { selector: ({ margin }) => margin, minLength: 2, maxLength: 30 },
);

const pointsOf = (drawn: { margin: number; applications: number; share: number }[]) =>
  drawn.map(({ margin, applications, share }) => {
    return { margin, applications, bad: Math.round(applications * share) };
  });

/** Calibrations of what can be calibrated. */
const fitsOf = (kind: 'platt' | 'isotonic') =>
  outcomes
    .map(pointsOf)
    .map((points) => {
      try {
        return calibrate(kind, points);
      } catch (error) {
        assert.ok(error instanceof AppError && kind === 'isotonic');
        return undefined;
      }
    })
    .filter((fit) => fit !== undefined);

for (const kind of ['platt', 'isotonic'] as const) {
  describe(`the calibration "${kind}"`, () => {
    const fits = fitsOf(kind);

    it('is in pieces what is served, at its corners and everywhere', () => {
      const margins = fc.array(fc.double({ min: -21, max: 21, noNaN: true }), { minLength: 5 });
      fc.assert(
        fc.property(fits, margins, (fit, sample) => {
          const [served, measured] = [calibrator(fit), pdOf(fit)];
          for (const margin of [...sample, ...piecesOf(fit).starts]) {
            const off = Math.abs(served(margin) - measured(margin));
            assert.ok(off < 1e-11, `${off} at ${margin}`);
          }
        }),
      );
    });

    it('starts its pieces in ascending order, as RANGE_BUCKET demands', () => {
      fc.assert(
        fc.property(fits, (fit) => {
          const { starts } = piecesOf(fit);
          assert.deepEqual(
            starts,
            starts.toSorted((a, b) => a - b),
          );
        }),
      );
    });

    it('loses nothing in the manifest', () => {
      fc.assert(
        fc.property(fits, (fit) => {
          const text = JSON.stringify(describeCalibration(fit, 7));
          const {
            kind: kept,
            rows,
            ...numbers
          } = manifestSchema.shape.calibration.parse(JSON.parse(text));
          assert.deepEqual([kept, rows], [kind, 7]);
          for (const [name, found] of Object.entries(numbers)) {
            const there = fit[name as keyof typeof fit] as number | Float64Array;
            // JSON has no −0.
            assert.deepEqual(
              found,
              typeof there === 'number' ? there + 0 : [...there].map((x) => x + 0),
            );
          }
          assert.equal(Object.keys(numbers).length, Object.keys(fit).length);
        }),
      );
    });
  });
}

describe('an isotonic calibration', () => {
  it('is nowhere steeper than engines can agree on, whatever the outcomes', () => {
    fc.assert(
      fc.property(fitsOf('isotonic'), (fit) => {
        for (const slope of piecesOf(fit).slopes) assert.ok(slope >= 0 && slope <= 0.5 + 1e-12);
      }),
    );
  });

  it('rises gently, however near its scores lie together, and stays true on average', () => {
    // A score a thousandth and a few applications each: a curve through all of them has cliffs.
    const points = Array.from({ length: 3000 }, (_, i) => {
      const margin = (i - 2000) / 1000;
      const drawn = [0, 1, 2, 3].map((k) => ((i * 7919 + k * 104_729) % 1009) / 1009);
      return { margin, applications: 4, bad: drawn.filter((u) => u < sigmoid(margin)).length };
    });
    const fit = calibrate('isotonic', points);
    const pd = pdOf(fit);
    const { slopes } = piecesOf(fit);
    assert.ok(Math.max(...slopes) <= 0.5 && slopes.length > 10, `${slopes.length} pieces`);
    const bads = points.reduce((sum, { bad }) => sum + bad, 0);
    const expected = points.reduce((sum, { margin }) => sum + 4 * pd(margin), 0);
    assert.ok(Math.abs(expected / bads - 1) < 0.01, `${expected} of ${bads}`);
    for (const margin of [-1.5, -1, -0.5, 0, 0.5]) {
      assert.ok(Math.abs(pd(margin) - sigmoid(margin)) < 0.05, `${pd(margin)} at ${margin}`);
    }
  });

  it('needs two applications some way apart, the riskier one bad', () => {
    const good = { margin: -1, applications: 1, bad: 0 };
    const bad = { margin: 1, applications: 1, bad: 1 };
    const pd = pdOf(calibrate('isotonic', [good, bad]));
    assert.deepEqual([pd(-9), pd(0), pd(9)], [0.5 / 3, 0.5, 1 - 0.5 / 3]);
    for (const points of [
      [],
      [good],
      [good, { ...bad, margin: -0.6 }],
      [good, { ...good, margin: 2 }],
      [{ ...bad, margin: -2 }, good],
    ]) {
      assert.throws(() => calibrate('isotonic', points), { code: 'calibration_impossible' });
    }
  });
});
