/** `card.md`: the model card as people read it; every figure of it is in `card.json`. */
import { verdictOf } from '../bundle/manifest.ts';
import type { Interval } from '../statistics/bootstrap.ts';
import type { Card, CardFeature } from './document.ts';
import { fairnessSection } from './markdown_fairness.ts';
import { bullets, code, count, day, figure, interval, percent, table } from './markdown_text.ts';

/** Sections in the order of who reads them: what it is for, how good it is, what it is made of. */
export const cardMarkdown = (card: Card): string =>
  `${[
    `# ${card.title}: ${card.version}`,
    purpose(card),
    data(card),
    metrics(card),
    ...candidates(card),
    calibration(card),
    segments(card),
    fairnessSection(card),
    stability(card),
    gates(card),
    features(card),
    lineage(card),
    section('Limits', bullets(card.limits)),
    section('The query of its rows', `\`\`\`sql\n${card.data.query.trim()}\n\`\`\``),
  ].join('\n\n')}\n`;

const section = (title: string, ...parts: readonly string[]): string =>
  [`## ${title}`, ...parts.filter((part) => part !== '')].join('\n\n');

const NOT_KEPT = 'Not kept of versions of this age.';

function purpose(card: Card) {
  const { purpose, owner, label, policies } = card;
  const policy = policies.map(
    ({ version, effective_from, reference_population }) =>
      `Policy ${version}, from ${day(effective_from)}: reasons compare an applicant with: ${reference_population}`,
  );
  return section(
    'Purpose',
    purpose,
    bullets([
      `Owner: ${owner}.`,
      `Default: ${label.definition} Known after ${label.matures_after_days} days.`,
      ...madeOf(card),
      ...policy,
    ]),
  );
}

/** One model, or those that a blend sums up. */
function madeOf({ model_type, options, bigquery_model, members }: Card): string[] {
  const trained = (type: string, model: string) => `${type} of BigQuery ML, ${code(model)}`;
  if (members) {
    return [
      `Model: ${members.length} models of BigQuery ML as one, served as ONNX: the weighted sum of their log-odds.`,
      ...members.map(
        (one) =>
          `Member ${one.name}, weight ${figure(one.weight)}: ${trained(one.model_type, one.bigquery_model)}. Options: ${code(JSON.stringify(one.options))}.`,
      ),
    ];
  }
  return [
    `Model: ${trained(model_type, bigquery_model!)}, served as ONNX.`,
    `Options: ${code(JSON.stringify(options))}.`,
  ];
}

function data({ data }: Card): string {
  const { validation } = data;
  const test =
    validation.kind === 'out_of_time'
      ? `The youngest ${validation.test_days} days test it, the ${validation.calibration_days} before calibrate it; it was fitted on what is older than ${day(data.fitted_until)}.`
      : `Each of ${validation.folds} folds was scored by a model that had not seen it.`;
  return section(
    'Data',
    `${data.applications.title}. ${data.applications.description}`,
    bullets([
      `Applications from ${day(data.from)} to before ${day(data.until)}, with what was known on ${day(data.as_of)}.`,
      test,
      `Rows are kept in ${code(data.snapshot)}.`,
      ...checksText(data.checks),
    ]),
    table(
      ['used for', 'applications'],
      Object.entries(data.rows).map(([role, rows]) => [role.toLowerCase(), count(rows)]),
    ),
    Object.keys(data.excluded).length === 0
      ? 'No application of that time was left out.'
      : table(
          ['left out because', 'applications'],
          Object.entries(data.excluded).map(([why, rows]) => [why, count(rows)]),
        ),
  );
}

function checksText(checks: Card['data']['checks']): string[] {
  if (!checks) return [];
  const failed = checks.filter(({ passed }) => !passed).map(({ check }) => check);
  const kinds = [...new Set(checks.map(({ check }) => check))].sort().join(', ');
  const verdict = failed.length === 0 ? 'all passed' : `failed: ${failed.join(', ')}`;
  return [`Checks of the rows (${kinds}): ${checks.length}, ${verdict}.`];
}

function metrics({ metrics, measured_on, parity }: Card): string {
  const { applications, bad, intervals_of } = measured_on;
  const drawn =
    intervals_of === null ? '' : ` Intervals: bootstrap of ${count(intervals_of)}, 95%.`;
  return section(
    'Metrics',
    `On ${count(applications)} applications that nothing was fitted on, ${count(bad)} of them bad.${drawn}`,
    table(
      ['metric', 'figure', '95%', 'what it is'],
      metrics.map((one) => [one.metric, figure(one.figure), interval(one.interval), one.meaning]),
    ),
    `The warehouse and the served model agree on ${count(parity.rows)} applications to ${figure(parity.largest_difference)} (at most ${figure(parity.tolerance)}).`,
  );
}

/** Nothing where there was nothing to choose. */
function candidates({ candidates }: Card): string[] {
  if (!candidates) return [];
  const rows = candidates.map(({ name, model_type, metrics, chosen, why }) => [
    chosen ? `**${name}**` : name,
    model_type,
    `${figure(metrics.auc.mean)} ± ${figure(metrics.auc.spread)}`,
    `${figure(metrics.log_loss.mean)} ± ${figure(metrics.log_loss.spread)}`,
    why,
  ]);
  return [
    section(
      'Candidates',
      'Compared on applications that came later than those they were trained on; mean over splits and standard deviation.',
      table(['candidate', 'model', 'AUC', 'log loss', 'why'], rows),
    ),
  ];
}

function calibration({ calibration, calibration_line: line, expected_to_observed }: Card): string {
  const fitted = `PDs are calibrated by ${calibration.kind} on ${count(calibration.rows)} applications.`;
  const ratio =
    expected_to_observed === null
      ? ''
      : `Mean PD over bad rate: ${figure(expected_to_observed)}; above 1 it is too careful.`;
  if (!line) return section('Calibration', fitted, ratio);
  return section(
    'Calibration',
    `${fitted} ${ratio}`,
    table(
      ['of outcomes on log-odds', 'figure', '95%', 'perfect'],
      [
        ['slope', figure(line.slope), interval(line.slope_interval), '1'],
        ['intercept', figure(line.intercept), interval(line.intercept_interval), '0'],
      ],
    ),
  );
}

function segments({ segments }: Card): string {
  if (!segments) return section('Segments', NOT_KEPT);
  const rows = segments.map((one) => [
    one.segment,
    count(one.applications),
    percent(one.approved / one.applications),
    percent(one.mean_pd),
    percent(one.bad / one.applications),
    one.auc === null ? 'one class alone' : figure(one.auc),
  ]);
  return section(
    'Segments',
    rows.length === 0
      ? 'The policy tells no segments apart.'
      : table(['segment', 'applications', 'approved', 'mean PD', 'bad rate', 'AUC'], rows),
  );
}

function stability({ stability, beside_champion: beside, reasons, model_bytes }: Card): string {
  if (!stability || !beside || !reasons) return section('Beside what serves', NOT_KEPT);
  const psi = (shift: { psi: number; by_chance: number; rows: number } | null, whose: string) =>
    shift === null
      ? []
      : [
          `PSI of PDs against ${whose}: ${figure(shift.psi)} on ${count(shift.rows)} applications; chance exceeds ${figure(shift.by_chance)} once in twenty.`,
        ];
  return section(
    'Beside what serves',
    bullets([
      besideText(beside),
      ...psi(stability.champion, 'the champion'),
      ...psi(stability.training, 'training'),
      `Of ${count(reasons.adverse)} that are not approved, ${count(reasons.covered)} can be told reasons in words.`,
      ...(model_bytes === null ? [] : [`The model has ${count(model_bytes)} bytes.`]),
    ]),
  );
}

function besideText(beside: NonNullable<Card['beside_champion']>): string {
  switch (beside.kind) {
    case 'no_champion':
      return 'There was no champion when it was made.';
    case 'unknown':
      return `The champion was ${beside.version}, of which nothing could be read: ${beside.why}.`;
    case 'by_figures':
      return `AUC less that of ${beside.version}, each of its own test: ${beside.difference === null ? 'not known' : figure(beside.difference)} (${beside.why}).`;
    default:
      return `AUC less that of ${beside.version} on the same ${count(beside.rows)} applications: ${figure(beside.difference)} (${interval(beside.interval)}).`;
  }
}

const gates = ({ gates, release }: Card): string =>
  section(
    'Gates',
    table(
      ['gate', 'figure', '95%', 'limit', 'n', 'p', 'verdict', 'why'],
      gates.map((gate) => [
        gate.gate,
        gate.figure === null ? 'missing' : figure(gate.figure),
        interval((gate.interval as Interval | undefined) ?? null),
        figure(gate.limit),
        gate.n === undefined ? '' : count(gate.n),
        gate.p_value === undefined ? '' : figure(gate.p_value),
        verdictOf(gate).replace('_', ' '),
        gate.why,
      ]),
    ),
    `Approval: ${release.approval.replaceAll('_', ' ')}. Released as ${release.as}.`,
  );

const features = ({ features }: Card): string =>
  section(
    'Features',
    table(
      ['feature', 'what it is', 'told as', 'may only', 'adds on average'],
      features.map((one) => [
        code(one.name),
        one.meaning ?? '',
        one.reason ? `${one.reason.code}: ${one.reason.text}` : 'no reason',
        one.monotone === null ? '' : MONOTONE[one.monotone],
        one.attribution === null ? '' : figure(one.attribution),
      ]),
    ),
  );

const MONOTONE = { increasing: 'raise the PD', decreasing: 'lower the PD' } as const;

function lineage({ features, policy_columns }: Card): string {
  const rows = (list: readonly Pick<CardFeature, 'name' | 'sql' | 'columns'>[]) =>
    list.map(({ name, sql, columns }) => [
      code(name),
      columns.map(({ column }) => code(column)).join(', '),
      code(sql.replace(/\s+/g, ' ')),
    ]);
  const sources = new Map(
    [...features, ...policy_columns].flatMap(({ columns }) =>
      columns.map((one) => [one.column, one]),
    ),
  );
  return section(
    'Lineage',
    'Down to the columns of the raw table, as the compiler of features proved it.',
    table(['feature', 'reads', 'expression'], rows(features)),
    table(['the policy’s', 'reads', 'expression'], rows(policy_columns)),
    table(
      ['column', 'what it is', 'personal data'],
      [...sources.values()]
        .sort((a, b) => (a.column < b.column ? -1 : 1))
        .map(({ column, description, personal }) => [code(column), description, personal ?? '']),
    ),
  );
}
