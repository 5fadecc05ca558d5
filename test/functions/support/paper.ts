/** What the trees of `versions.ts` say of an application, worked out without any code of the product. */
import { type Branch, CALIBRATION, treesOf } from './versions.ts';

export type Features = Readonly<Record<string, number | null>>;

/** The features that the trees ask for, as features.sql means them. */
export function featuresOnPaper(request: Readonly<Record<string, unknown>>): Features {
  const asked = String(request.asked_at);
  const since = request.employed_since as string | null;
  const day = (text: string) => Math.floor(Date.parse(text) / 86_400_000);
  return {
    amount: request.amount as number,
    term_months: request.term_months as number,
    income: request.income as number | null,
    purpose_rank: { home: 0, car: 1, other: 2, debt: 3 }[String(request.purpose)]!,
    is_customer: request.is_customer ? 1 : 0,
    employed_days: since === null ? -1 : day(asked) - day(since),
  };
}

export interface OnPaper {
  readonly probability: number;
  readonly pd: number;
}

export function scoreOnPaper(request: Readonly<Record<string, unknown>>, lift = 0): OnPaper {
  const features = featuresOnPaper(request);
  const all = new Set(Object.keys(features));
  const margin = expectedMargin(features, all, lift);
  const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
  return {
    probability: sigmoid(margin),
    pd: sigmoid(CALIBRATION.slope * margin + CALIBRATION.intercept),
  };
}

/** The log-odds when only some features are known: of the others' branches the mean over training rows. */
function expectedMargin(features: Features, known: ReadonlySet<string>, lift: number): number {
  const expected = (branch: Branch): number => {
    if (typeof branch === 'number') return branch;
    const { feature, below, yes, no, rows } = branch;
    if (known.has(feature)) {
      const value = features[feature] ?? null;
      return expected(value === null || value < below ? yes : no);
    }
    return (rows[0] * expected(yes) + rows[1] * expected(no)) / (rows[0] + rows[1]);
  };
  return treesOf(lift).reduce((sum, { sign, root }) => sum + sign * expected(root), 0);
}

/** Shapley values against the training population. */
export function shapleyOnPaper(
  request: Readonly<Record<string, unknown>>,
  lift = 0,
): Record<string, number> {
  const features = featuresOnPaper(request);
  return shapley(Object.keys(features), (known) => expectedMargin(features, known, lift));
}

/** Shapley values against other requests, whose features take the place of those not known. */
export function shapleyAgainstOnPaper(
  request: Readonly<Record<string, unknown>>,
  others: readonly Readonly<Record<string, unknown>>[],
): Record<string, number> {
  const features = featuresOnPaper(request);
  const background = others.map(featuresOnPaper);
  const all = new Set(Object.keys(features));
  return shapley([...all], (known) =>
    background.reduce((sum, other) => {
      const mixed = Object.entries(features).map(([name, value]) => [
        name,
        known.has(name) ? value : other[name]!,
      ]);
      return sum + expectedMargin(Object.fromEntries(mixed), all, 0) / background.length;
    }, 0),
  );
}

/** Shapley values by their definition, over all subsets of the other features. */
function shapley(
  names: readonly string[],
  marginOf: (known: ReadonlySet<string>) => number,
): Record<string, number> {
  const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));
  return Object.fromEntries(
    names.map((name) => {
      const others = names.filter((other) => other !== name);
      let value = 0;
      for (let subset = 0; subset < 1 << others.length; subset++) {
        const known = others.filter((_, i) => subset & (1 << i));
        const weight =
          (factorial(known.length) * factorial(others.length - known.length)) /
          factorial(names.length);
        value += weight * (marginOf(new Set([...known, name])) - marginOf(new Set(known)));
      }
      return [name, value];
    }),
  );
}
