/** The model card of a version that was retrained: what it says is true, and of nobody. */
import assert from 'node:assert/strict';
import { findBundle, readListed } from '../../../shared/bundle/bundle.ts';
import type { Manifest } from '../../../shared/bundle/manifest.ts';
import {
  CARD_JSON,
  CARD_MARKDOWN,
  type Card,
  describeVersion,
} from '../../../shared/card/document.ts';
import { cardMarkdown } from '../../../shared/card/markdown.ts';
import { runRegistry } from '../../../shared/commands/registry.ts';
import { query, seedRows, useLender } from '../../functions/support/lender.ts';
import { LOANS, withDocument } from '../../functions/support/loans.ts';
import { retrainContext, retrained } from '../../functions/support/retrained.ts';
import { loanRows } from '../../functions/support/rows.ts';

describe('a model card', () => {
  const lender = useLender({
    ...withDocument(LOANS, {
      protected_attributes: ['employer'],
      personal: { customer_id: 'identifier', employed_since: 'content' },
      monotone: { income: 'decreasing' },
      gates: { ...LOANS['portfolio.json'].gates, monotone_reversal_at_most: 1 },
    }),
    'features.sql': LOANS['features.sql'].replace(
      '  amount,',
      '  -- What is asked for.\n  amount,',
    ),
  });
  let manifest: Manifest;
  let card: Card;
  let text: string;
  before(async () => {
    await seedRows(lender);
    const { version } = await retrained(lender);
    ({ manifest } = (await findBundle(lender.objects, 'loans', version))!);
    const read = async (name: string) =>
      Buffer.from((await readListed(lender.objects, manifest, name))!).toString();
    card = JSON.parse(await read(CARD_JSON));
    text = await read(CARD_MARKDOWN);
  });

  const sectionOf = (title: string): string => {
    const from = text.indexOf(`\n## ${title}\n`);
    assert.ok(from >= 0, title);
    const end = text.indexOf('\n## ', from + 1);
    return text.slice(from, end < 0 ? undefined : end);
  };

  it('has the metrics of the manifest, each with an interval around it', () => {
    for (const { metric, figure, interval, meaning } of card.metrics) {
      assert.equal(figure, manifest.metrics[metric as keyof Manifest['metrics']], metric);
      assert.ok(interval![0] < figure && figure < interval![1], metric);
      assert.match(
        sectionOf('Metrics'),
        new RegExp(`\\| ${metric} \\| .* to .* \\| ${meaning.slice(0, 12)}`),
      );
    }
    assert.equal(card.measured_on.intervals_of, manifest.metrics.rows);
  });

  it('says what data it is of, and what was left out', () => {
    const { data } = card;
    assert.deepEqual(data.rows, manifest.training.rows);
    assert.deepEqual(data.excluded, manifest.training.excluded);
    assert.deepEqual(
      [data.from, data.fitted_until, data.until],
      ['2026-04-02T00:00:00.000Z', '2026-05-20T00:00:00.000Z', '2026-06-01T00:00:00.000Z'],
    );
    assert.match(sectionOf('Data'), /from 2026-04-02 to before 2026-06-01/);
    assert.deepEqual(data.checks, manifest.checks);
    assert.match(sectionOf('Data'), new RegExp(`: ${manifest.checks!.length}, all passed\\.`));
    assert.match(sectionOf('Data'), /\| refused: no loan \| \d+ \|/);
    assert.ok(sectionOf('The query of its rows').includes(manifest.training.query.trim()));
  });

  it('counts segments and groups as the warehouse does', async () => {
    const [all] = await query(
      lender,
      `SELECT COUNT(*) AS n, COUNTIF(pd < review_from) AS approved, COUNTIF(defaulted = 1) AS bad
       FROM evaluations WHERE as_of > '2026-01-01' AND cut_off = 'standard'`,
    );
    const [segment] = card.segments!;
    assert.deepEqual(
      [segment!.segment, segment!.applications, segment!.approved, segment!.bad],
      ['cut-off standard', all!.n, all!.approved, all!.bad],
    );
    assert.equal(segment!.auc, manifest.metrics.auc);
    const groups = await query(
      lender,
      `SELECT employer, COUNT(*) AS n, COUNTIF(pd < review_from) AS approved
       FROM evaluations JOIN applications ON loan_id = application_id
       WHERE as_of > '2026-01-01' AND asked_at > '2026-01-01' AND employer IS NOT NULL
       GROUP BY employer ORDER BY employer`,
    );
    const [screen] = card.fairness.screens!;
    assert.deepEqual(
      screen!.groups.map(({ group, applications, approved }) => [group, applications, approved]),
      groups.map(({ employer, n, approved }) => [employer, n, approved]),
    );
    assert.match(sectionOf('Fairness'), /Neither a feature nor a rule reads employer/);
    assert.match(sectionOf('Fairness'), new RegExp(`Of ${screen!.unknown} applications employer`));
  });

  it('has every verdict', () => {
    assert.deepEqual(card.gates, manifest.gates);
    for (const { gate, why } of manifest.gates) {
      assert.ok(sectionOf('Gates').includes(`| ${gate} |`) && sectionOf('Gates').includes(why));
    }
    assert.match(sectionOf('Beside what serves'), /There was no champion when it was made/);
  });

  it('says of each feature what it is, what it is told as and which columns it is made of', () => {
    assert.deepEqual(
      card.features.map(({ name, columns }) => [name, columns.map(({ column }) => column)]),
      manifest.features.features.map(({ name, reads }) => [name, [...reads]]),
    );
    const of = (name: string) => card.features.find((one) => one.name === name)!;
    assert.equal(of('amount').meaning, 'What is asked for.');
    assert.deepEqual(of('monthly_payment').reason, { code: 'M01', text: 'The amount.' });
    assert.equal(of('income').monotone, 'decreasing');
    assert.deepEqual(of('employed_days').columns, [
      { column: 'asked_at', description: 'When.', personal: null },
      { column: 'employed_since', description: 'Null: is not.', personal: 'content' },
    ]);
    assert.ok(card.features.some(({ attribution }) => attribution !== null && attribution > 0));
    assert.match(
      sectionOf('Lineage'),
      /\| `monthly_payment` \| `amount`, `term_months` \| `amount \/ term_months` \|/,
    );
    assert.match(sectionOf('Lineage'), /\| `too_large` \| `amount` \|/);
    assert.match(sectionOf('Lineage'), /\| `employed_since` \| Null: is not\. \| content \|/);
  });

  it('holds no application, and nothing that one could be told by', () => {
    const both = text + JSON.stringify(card);
    for (const { loan_id, customer_id } of loanRows().applications) {
      for (const id of [loan_id, customer_id]) {
        assert.doesNotMatch(both, new RegExp(`\\b${id}\\b`));
      }
    }
    assert.ok(!('golden' in card));
    for (const { request } of manifest.golden) {
      assert.ok(!both.includes(String(request.asked_at)) && !both.includes(`${request.amount},`));
    }
  });

  it('has the same bytes for the same version', () => {
    const { golden, ...rest } = manifest;
    assert.ok(golden.length > 0);
    // Without the applications that its manifest holds, which it may not need.
    const again = describeVersion({ ...rest, golden: [] }, findingsOf(card));
    assert.deepEqual(JSON.parse(JSON.stringify(again)), card);
    assert.equal(cardMarkdown(again), text);
  });

  it('names what the version was chosen from, where it was', () => {
    const over = (mean: number) => ({ mean, spread: 0.01 });
    const metrics = { auc: over(0.8), log_loss: over(0.3), brier: over(0.1), profit: null };
    const candidates = (['main', 'logistic'] as const).map((name) => ({
      name,
      model_type: 'LOGISTIC_REG' as const,
      options: {},
      splits: [],
      metrics,
      chosen: name === 'logistic',
      why: `${name} it is`,
    }));
    const told = cardMarkdown(describeVersion({ ...manifest, candidates }, null));
    assert.match(told, /\| main \| LOGISTIC_REG \| 0\.8 ± 0\.01 \| 0\.3 ± 0\.01 \| main it is \|/);
    assert.match(told, /\| \*\*logistic\*\* \| .* logistic it is \|/);
    assert.doesNotMatch(text, /## Candidates/);
  });

  it('comes with the journal: who approved the version, and what it became', async () => {
    const { version } = manifest;
    const tools = {
      objects: lender.objects,
      copy: retrainContext(lender).registryEvents,
      now: () => new Date('2026-06-12T00:00:00Z'),
      user: 'ada',
    };
    const ask = async (line: string) => {
      const { text, code } = await runRegistry(line.split(' '), tools);
      assert.equal(code, 0, text);
      return text;
    };
    assert.match(await ask(`card loans ${version}`), /Nobody has approved it by name/);
    await ask(`approve loans ${version} --by grace --reason audited`);
    const told = await ask(`card loans ${version}`);
    assert.ok(told.startsWith(text), 'the card stays as it was written');
    assert.match(told, /## Approvals and history\n\nApproved by grace on 2026-06-12: audited\./);
    const { history, ...rest } = JSON.parse(await ask(`card loans ${version} --json`));
    assert.deepEqual(rest, card);
    assert.deepEqual(
      history.map(({ what, by }: { what: string; by: string }) => [what, by]),
      [
        ['created', 'test'],
        ['gated', 'test'],
        ['promoted', 'test'],
        ['approved', 'grace'],
      ],
    );
  });

  it('is made of the manifest alone for a version of before it was kept, and says what it lacks', () => {
    const older = cardMarkdown(describeVersion(manifest, null));
    for (const title of ['Segments', 'Fairness', 'Beside what serves']) {
      assert.match(older, new RegExp(`## ${title}\\n[^#]*Not kept of versions of this age`));
    }
    assert.match(
      older,
      new RegExp(`\\| auc \\| ${Number(manifest.metrics.auc.toPrecision(4))} \\|  \\|`),
    );
  });
});

/** What a card was made of, as far as it tells. */
function findingsOf(card: Card): Parameters<typeof describeVersion>[1] {
  return {
    intervals: {
      rows: card.measured_on.intervals_of!,
      of: Object.fromEntries(
        card.metrics.map(({ metric, interval }) => [metric, interval]),
      ) as never,
    },
    line: card.calibration_line,
    comparison: card.beside_champion!,
    shifts: card.stability!,
    screens: card.fairness.screens!,
    segments: card.segments!,
    coverage: card.reasons!,
    footprint: { bytes: card.model_bytes!, ms: null, timed: 0 },
    reversals: [],
    approved: null,
  };
}
