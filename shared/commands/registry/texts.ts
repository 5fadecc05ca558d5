/** The registry's reports as a person reads them. */
import { type Manifest, verdictOf } from '../../bundle/manifest.ts';
import type { RegistryEvent } from '../../registry/events.ts';
import { table } from '../table.ts';
import type { Difference, showDeployment, showVersion, VersionLine } from './reports.ts';

const figure = (value: number | null): string => (value === null ? '' : value.toFixed(4));
const percent = (share: number): string => `${(share * 100).toFixed(2)} %`;
const minute = (time: string): string => time.replace('T', ' ').slice(0, 16);

export function listText(lines: readonly VersionLine[]): string {
  if (lines.length === 0) return 'There is no version yet.';
  return table([
    ['version', 'state', 'gates', 'AUC', 'mean PD', 'trained as of'],
    ...lines.map(({ version, state, gates, auc, mean_pd, as_of }) => [
      version,
      state,
      gates,
      figure(auc),
      mean_pd === null ? '' : percent(mean_pd),
      minute(as_of),
    ]),
  ]);
}

type DeploymentReport = Awaited<ReturnType<typeof showDeployment>>;

export function deploymentText(deployment: DeploymentReport): string {
  if (!deployment) return 'Nothing was ever deployed.';
  const { champion, challenger, shadows, kill_switch, salt } = deployment;
  const lines = [
    ['generation', String(deployment.generation)],
    ['champion', champion?.version ?? 'none'],
    ['challenger', challenger ? challengerText(challenger) : 'none'],
    ...(challenger?.steps ?? []).map(({ from, share }) => ['', `${percent(share)} from ${from}`]),
    ['shadows', shadows.map(({ version }) => version).join(', ') || 'none'],
    ['salt', salt],
    ['kill switch', kill_switch ? 'ON: policy alone decides' : 'off'],
    ['by', `${deployment.updated_by}, ${minute(deployment.updated_at)}`],
    ['reason', deployment.reason],
  ];
  return table(lines);
}

type ChallengerReport = NonNullable<NonNullable<DeploymentReport>['challenger']>;

const challengerText = ({ version, share, share_now, steps }: ChallengerReport): string =>
  steps?.length
    ? `${version}, ${percent(share_now)} now, ${percent(share)} before the first step`
    : `${version}, ${percent(share)}`;

const importedParity = (imported: Manifest['parity']['imported']): string[][] =>
  imported
    ? [
        [
          'parity in the warehouse',
          imported.refused ?? `${imported.largest_difference} over ${imported.rows} rows`,
        ],
      ]
    : [];

export function versionText(version: Awaited<ReturnType<typeof showVersion>>): string {
  const { model, training, metrics, gates, events, features } = version;
  const rows = Object.entries(training.rows).map(([role, n]) => `${n} ${role}`);
  const facts = table([
    ['version', version.version],
    ['state', version.state],
    ['manifest', version.manifest_sha256],
    ['model', `${model.model_type}, ${Object.keys(features).length} features`],
    ...(model.members ?? []).map(({ name, model_type, weight }) => [
      'of',
      `${weight} ${name}, ${model_type}`,
    ]),
    ['trained', `as of ${minute(training.as_of)} on ${rows.join(', ')}`],
    ...Object.entries(metrics).map(([name, value]) => [name, String(value)]),
    ['parity', `${version.parity.largest_difference} over ${version.parity.rows} rows`],
    ...importedParity(version.parity.imported),
    ['bundle', `${version.bytes} bytes`],
  ]);
  const verdicts = table([
    ['gate', 'figure', '95 %', 'limit', 'n', 'p', 'verdict'],
    ...gates.map((gate) => [
      gate.gate,
      String(gate.figure),
      gate.interval ? gate.interval.map((end) => end.toPrecision(4)).join(' to ') : '',
      String(gate.limit),
      gate.n === undefined ? '' : String(gate.n),
      gate.p_value === undefined ? '' : gate.p_value.toPrecision(2),
      verdictOf(gate).replace('_', ' '),
    ]),
  ]);
  return [facts, verdicts, logText(events)].join('\n\n');
}

export function diffText(
  differences: readonly Difference[],
  before: string,
  after: string,
): string {
  if (differences.length === 0) return `${before} and ${after} differ in nothing that is compared.`;
  const cell = (value: unknown) => (value === undefined ? '' : JSON.stringify(value));
  return table([
    ['what', before, after],
    ...differences.map((one) => [one.path, cell(one.before), cell(one.after)]),
  ]);
}

export function logText(events: readonly RegistryEvent[]): string {
  if (events.length === 0) return 'The journal is empty.';
  return table([
    ['when', 'what', 'version', 'champion', 'generation', 'who', 'why'],
    ...events.map((event) => [
      minute(event.occurred_at),
      event.kind,
      event.version ?? '',
      event.champion ?? '',
      event.generation === null ? '' : String(event.generation),
      event.actor,
      event.reason,
    ]),
  ]);
}
