/** Screens by protected attribute: groups of known approval rates, large and small. */
import assert from 'node:assert/strict';
import { fairnessGates, screensOf } from '../../../../functions/retrain/gates/fairness.ts';
import { type Gate, verdictOf } from '../../../../shared/bundle/manifest.ts';
import type { PortfolioDocument } from '../../../../shared/portfolio/documents.ts';
import { type JudgedRow, judgedOf } from './judged_rows.ts';

const GATES = { gates: { adverse_impact_ratio_at_least: 0.8 } } as PortfolioDocument;

/** A group of which so many of so many are below the cut-off. */
const group = (value: unknown, approved: number, of: number): JudgedRow[] =>
  Array.from({ length: of }, (_, i) => ({
    pd: i < approved ? 0.1 : 0.3,
    bad: i % 10 === 0 ? 1 : 0,
    application: { sex: value, age: value },
  }));

const screen = (rows: JudgedRow[], attribute = 'sex', groups: Record<string, number[]> = {}) => {
  const portfolio = { protected_attributes: [attribute], protected_groups: groups };
  const [found] = screensOf(judgedOf(rows), portfolio);
  const [gate] = fairnessGates(GATES, [found!]);
  return { found: found!, gate: gate as Gate };
};

describe('the screen of a protected attribute', () => {
  it('lets pass what treats groups alike, and says which it holds against which', () => {
    const { found, gate } = screen([...group('f', 160, 200), ...group('m', 164, 200)]);
    assert.deepEqual([gate.gate, verdictOf(gate), gate.limit], ['fairness_sex', 'passed', 0.8]);
    assert.ok(Math.abs(gate.figure! - 160 / 164) < 1e-12);
    assert.equal(gate.n, 200);
    assert.match(gate.why, /"f" over that of "m"/);
    assert.equal(found.reference, 'm');
    assert.deepEqual(
      found.groups.map(({ group, applications, approved, bad, ratio }) => [
        group,
        applications,
        approved,
        bad,
        ratio === null,
      ]),
      [
        ['f', 200, 160, 20, false],
        ['m', 200, 164, 20, true],
      ],
    );
  });

  it('refuses a ratio below four fifths that chance does not make, whichever group comes first', () => {
    for (const rows of [
      [...group('f', 100, 200), ...group('m', 160, 200)],
      [...group('m', 100, 200), ...group('f', 160, 200)],
    ]) {
      const { gate } = screen(rows);
      assert.deepEqual([verdictOf(gate), gate.figure], ['failed', 0.625]);
      assert.ok(gate.p_value! < 1e-8);
    }
  });

  it('does not judge a ratio below four fifths that chance may make', () => {
    const { gate } = screen([...group('f', 21, 40), ...group('m', 28, 40)]);
    assert.deepEqual([verdictOf(gate), gate.passed], ['not_measurable', false]);
    assert.ok(Math.abs(gate.figure! - 0.75) < 1e-12);
    assert.ok(gate.p_value! > 0.05);
    assert.match(gate.why, /too few to tell it from chance/);
  });

  it('refuses for the group that is surely worse, not for a small one that may be', () => {
    const rows = [...group('a', 140, 200), ...group('b', 110, 200), ...group('c', 16, 30)];
    const { gate } = screen(rows);
    assert.equal(verdictOf(gate), 'failed');
    assert.ok(Math.abs(gate.figure! - 110 / 140) < 1e-12 && /"b"/.test(gate.why));
  });

  it('has nothing to say of groups that are too small, unknown, or alone', () => {
    for (const rows of [
      [...group('f', 10, 29), ...group('m', 160, 200)],
      [...group(null, 10, 100), ...group('m', 160, 200)],
      group('m', 160, 200),
      [],
    ]) {
      const { gate } = screen(rows);
      assert.deepEqual([verdictOf(gate), gate.figure], ['not_measurable', null]);
    }
    assert.equal(screen([...group(null, 10, 100), ...group('m', 1, 2)]).found.unknown, 100);
  });

  it('counts groups of a few people together, and compares them with nobody', () => {
    const rows = [
      ...group('a', 1, 1),
      ...group('b', 2, 29),
      ...group('f', 40, 50),
      ...group('m', 40, 50),
    ];
    const { found, gate } = screen(rows);
    assert.deepEqual(
      found.groups.map(({ group, applications, ratio }) => [group, applications, ratio]),
      [
        ['f', 50, null],
        ['m', 50, 1],
        ['fewer than 30 each', 30, null],
      ],
    );
    assert.equal(verdictOf(gate), 'passed');
  });

  it('leaves out applications that no cut-off is known of', () => {
    const unknown = group('f', 0, 500).map((row) => ({ ...row, review_from: null }));
    const { gate } = screen([...unknown, ...group('f', 40, 50), ...group('m', 40, 50)]);
    assert.deepEqual([verdictOf(gate), gate.figure, gate.n], ['passed', 1, 50]);
  });

  it('cuts a number into groups where the portfolio says how, and refuses to guess', () => {
    const rows = [
      ...group(21, 30, 40),
      ...group(25, 32, 40),
      ...group(61, 32, 40),
      ...group(62, 30, 40),
    ];
    const { found } = screen(rows, 'age', { age: [25, 62] });
    assert.deepEqual(
      found.groups.map(({ group, applications }) => [group, applications]),
      [
        ['25 to 62', 80],
        ['62 and above', 40],
        ['below 25', 40],
      ],
    );
    const many = Array.from({ length: 13 }, (_, i) => group(20 + i, 30, 40)).flat();
    const { gate } = screen(many, 'age');
    assert.equal(verdictOf(gate), 'not_measurable');
    assert.match(gate.why, /age has 13 values: cut it into protected_groups/);
  });

  it('takes nobody approved anywhere for equal', () => {
    const { gate } = screen([...group('f', 0, 100), ...group('m', 0, 100)]);
    assert.deepEqual([verdictOf(gate), gate.figure, gate.p_value], ['passed', 1, 1]);
  });

  it('tells how far the mean PD of a group is from all, in standard deviations', () => {
    const { found } = screen([...group('f', 0, 100), ...group('m', 100, 100)]);
    const [f, m] = found.groups;
    assert.ok(Math.abs(f!.standardised_difference - 1) < 1e-9);
    assert.ok(Math.abs(m!.standardised_difference + 1) < 1e-9);
  });
});
