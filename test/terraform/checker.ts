/**
 * Terraform without a registry and without credentials: the checker that is kept beside the project
 * runs the real command line on a copy, with providers that know their schemas and nothing else.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { referenceData } from '../shared/shared_data.ts';

export const ENVIRONMENTS = ['dev', 'prod'] as const;
export type Environment = (typeof ENVIRONMENTS)[number];

/** What the environments are planned with. */
export const SETTINGS = {
  project_id: 'flit-check',
  source_url: 'https://source.example.com',
  state_bucket: 'flit-check-state',
} as const;

/** Keys that prod is planned with. */
export const KEYS = {
  data: 'projects/keys/locations/us/keyRings/flit/cryptoKeys/data',
  functions: 'projects/keys/locations/us-central1/keyRings/flit/cryptoKeys/functions',
} as const;

const VARIABLES: Readonly<Record<Environment, readonly string[]>> = {
  dev: ['trigger=null'],
  prod: [
    'analysts={bnpl=["group:bnpl-risk@example.com"],cards=["group:cards-risk@example.com"]}',
    'auditors=["group:audit@example.com"]',
    'personal_data_readers=["group:privacy@example.com"]',
    `kms_keys={data="${KEYS.data}",functions="${KEYS.functions}"}`,
    'edge={domain="credit.example.com"}',
    'budget={amount=500,billing_account="000000-000000-000000"}',
    'trigger={approval=true,branch="^main$",repository="projects/flit-check/locations/us-central1/connections/c/repositories/r"}',
  ],
};

const COMMON = [
  ...Object.entries(SETTINGS).map(([name, value]) => `${name}=${value}`),
  'alert_emails={oncall="oncall@example.com"}',
  'score_invokers={shop="serviceAccount:checkout@shop.iam.gserviceaccount.com"}',
  'source_parameters={base_daily_volume=2000}',
];

/** One resource as it would be after an apply; what only an apply tells is absent. */
export interface Planned {
  readonly address: string;
  readonly type: string;
  /** Last part of its address: the key of a for_each. */
  readonly key: string;
  readonly values: Readonly<Record<string, unknown>>;
}

export interface Check {
  /** What the checker said, to its verdict. */
  readonly report: string;
  readonly passed: boolean;
  readonly resources: readonly Planned[];
}

/** Skips a suite, and says why, where Terraform cannot be run. */
export function needTerraform(context: Mocha.Context): void {
  const missing = missingTool();
  if (missing !== undefined) skip(context, missing);
}

/** Skips a suite where there is not even the command line. */
export function needCommandLine(context: Mocha.Context): void {
  if (!hasCommandLine()) skip(context, 'terraform is not installed');
}

function skip(context: Mocha.Context, why: string): void {
  context.test!.parent!.eachTest((test) => {
    test.title += ` (skipped: ${why})`;
  });
  context.skip();
}

const hasCommandLine = (): boolean => spawnSync('terraform', ['version']).status === 0;

const checker = (): string | undefined =>
  process.env.TERRAFORM_CHECK ?? referenceData('tools/terraform/check');

function missingTool(): string | undefined {
  if (!hasCommandLine()) return 'terraform is not installed';
  const path = checker();
  if (path === undefined || !existsSync(path)) return '../shared/tools/terraform is absent';
  // Without arguments it explains itself; before that it installs what it needs, at its first use.
  const { status, stderr } = spawnSync(path, { encoding: 'utf8' });
  const USAGE = 2;
  return status === USAGE ? undefined : `its checker cannot be run: ${stderr.trim().slice(-200)}`;
}

const checks = new Map<Environment, Check>();
let built = false;

/** The plan of an environment and the verdict on it; made once, of the functions as they are now. */
export function check(environment: Environment): Check {
  build();
  const known = checks.get(environment) ?? run(environment);
  checks.set(environment, known);
  return known;
}

function build(): void {
  if (built) return;
  execFileSync(process.execPath, ['functions/build.ts'], { stdio: 'pipe' });
  built = true;
}

function run(environment: Environment): Check {
  const folder = mkdtempSync(join(tmpdir(), 'flit-plan-'));
  try {
    const plan = join(folder, 'plan.json');
    const variables = [...COMMON, ...VARIABLES[environment]].flatMap((text) => ['-var', text]);
    const { status, stdout, stderr } = spawnSync(
      checker()!,
      [`terraform/envs/${environment}`, '--policy', '--strict', '--plan-json', plan, ...variables],
      { encoding: 'utf8', maxBuffer: 2 ** 26 },
    );
    const resources = existsSync(plan) ? plannedIn(readFileSync(plan, 'utf8')) : [];
    return { report: stdout + stderr, passed: status === 0, resources };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Change {
  readonly address: string;
  readonly mode: string;
  readonly type: string;
  readonly name: string;
  readonly index?: string | number;
  readonly change: { readonly after: Record<string, unknown> | null };
}

function plannedIn(json: string): Planned[] {
  const { resource_changes } = JSON.parse(json) as { resource_changes: Change[] };
  return resource_changes
    .filter(({ mode, change }) => mode === 'managed' && change.after !== null)
    .map(({ address, type, name, index, change }) => ({
      address,
      type,
      key: String(index ?? name),
      values: change.after!,
    }));
}

export interface ModuleTests {
  readonly passed: boolean;
  readonly report: string;
}

/** Runs `terraform test` in modules; the checker's copy lends its providers. */
export function testModules(modules: readonly string[]): Map<string, ModuleTests> {
  const kept = spawnSync(checker()!, ['terraform/envs/dev', '--no-fmt', '--keep'], {
    encoding: 'utf8',
  });
  const folder = /^kept: (.+)$/m.exec(kept.stdout)?.[1];
  if (folder === undefined) throw new Error(`The checker kept nothing: ${kept.stdout}`);
  try {
    return new Map(modules.map((name) => [name, testModule(folder, name)]));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function testModule(folder: string, name: string): ModuleTests {
  const options = {
    cwd: join(folder, 'tree/terraform/modules', name),
    encoding: 'utf8',
    env: {
      ...process.env,
      TF_CLI_CONFIG_FILE: join(folder, 'terraform.rc'),
      TF_DISABLE_PLUGIN_TLS: '1',
      TF_IN_AUTOMATION: '1',
      CHECKPOINT_DISABLE: '1',
    },
  } as const;
  const steps = [
    ['init', '-input=false', '-no-color'],
    ['test', '-no-color'],
  ].map((args) => spawnSync('terraform', args, options));
  return {
    passed: steps.every(({ status }) => status === 0),
    report: steps.map(({ stdout, stderr }) => stdout + stderr).join('\n'),
  };
}
