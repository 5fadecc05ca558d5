/** `npm run registry`: what serves, what may, and who made it so; on Google Cloud or the local one. */
import { setTimeout as sleep } from 'node:timers/promises';
import { eventsMarkdown } from '../card/journal.ts';
import { COMMON, ConfigError, MODELS, RETENTION, readConfig, WAREHOUSE } from '../config.ts';
import { AppError } from '../errors.ts';
import type { Objects } from '../google/objects.ts';
import { createLog } from '../log.ts';
import {
  addShadow,
  approveVersion,
  type Desk,
  promoteVersion,
  removeShadow,
  retireVersion,
  rollBack,
  setKillSwitch,
  splitTraffic,
} from '../registry/actions.ts';
import { createEventCopy, type EventCopy } from '../registry/event_copy.ts';
import { completeJournal, readEvents } from '../registry/journal.ts';
import { COMMON_DATASET } from '../warehouse/names.ts';
import { sqlFiles } from '../warehouse/sql.ts';
import { createWarehouse } from '../warehouse/warehouse.ts';
import { misunderstood, type Outcome, UsageError } from './command_line.ts';
import { type Asked, isRead, parseArguments } from './registry/arguments.ts';
import {
  cardOfVersion,
  diffVersions,
  listVersions,
  showDeployment,
  showVersion,
} from './registry/reports.ts';
import { deploymentText, diffText, listText, logText, versionText } from './registry/texts.ts';

const USAGE = `usage: npm run registry -- list     PORTFOLIO
       npm run registry -- show     PORTFOLIO [VERSION]
       npm run registry -- diff     PORTFOLIO VERSION VERSION
       npm run registry -- card     PORTFOLIO VERSION
       npm run registry -- log      PORTFOLIO
       npm run registry -- promote  PORTFOLIO VERSION   --reason TEXT
       npm run registry -- rollback PORTFOLIO           --reason TEXT
       npm run registry -- approve  PORTFOLIO VERSION   --reason TEXT
       npm run registry -- split    PORTFOLIO [VERSION] --share 0.1 --reason TEXT
       npm run registry -- shadow   PORTFOLIO VERSION [--off] --reason TEXT
       npm run registry -- retire   PORTFOLIO VERSION   --reason TEXT
       npm run registry -- kill     PORTFOLIO [--off]   --reason TEXT

--by NAME     who changes it; who is logged in otherwise
--share S     the challenger's share; 0 takes it away
--steps LIST  its share over time: 2026-12-01T09:00:00Z=0.1,2026-12-08T09:00:00Z=0.5
--guard JSON  what takes it out, where not the usual: {"slow_ms": 200}
--salt TEXT   draws customers anew
--json        data in place of tables

Reads GOOGLE_CLOUD_PROJECT, MODELS_BUCKET, BUNDLE_RETENTION_DAYS and BIGQUERY_LOCATION.
Ends with 0 when done, 1 when refused, 2 when not understood.`;

export interface RegistryTools {
  readonly objects: Objects;
  readonly copy: EventCopy;
  readonly now: () => Date;
  /** Who is logged in. */
  readonly user: string | undefined;
}

/** Never throws what a person can mend: that is said, and the code tells. */
export async function runRegistry(
  given: readonly string[],
  tools: RegistryTools,
): Promise<Outcome> {
  try {
    const asked = parseArguments(given, tools.user);
    if (!asked) return { text: USAGE, code: 0 };
    return isRead(asked.action) ? await report(asked, tools) : await change(asked, tools);
  } catch (error) {
    if (error instanceof UsageError) return misunderstood(error, USAGE);
    if (error instanceof AppError) return { text: error.message, code: 1 };
    throw error;
  }
}

const say = <T>({ json }: Asked, data: T, text: (data: T) => string): Outcome => ({
  text: json ? JSON.stringify(data, null, 2) : text(data),
  code: 0,
});

async function report(asked: Asked, { objects, now }: RegistryTools): Promise<Outcome> {
  const { action, portfolio, versions } = asked;
  const [version, other] = versions;
  switch (action) {
    case 'list':
      return say(asked, await listVersions(objects, portfolio), listText);
    case 'log':
      return say(asked, await readEvents(objects, portfolio), logText);
    case 'card': {
      const { text, ...card } = await cardOfVersion(objects, portfolio, version!);
      return say(asked, card, ({ history }) => `${text}\n${eventsMarkdown(history)}`);
    }
    case 'diff':
      return say(asked, await diffVersions(objects, portfolio, version!, other!), (found) =>
        diffText(found, version!, other!),
      );
    default:
      return version === undefined
        ? say(asked, await showDeployment(objects, portfolio, now()), deploymentText)
        : say(asked, await showVersion(objects, portfolio, version), versionText);
  }
}

/** The change takes effect first; then the journal follows, in both places. */
async function change(asked: Asked, tools: RegistryTools): Promise<Outcome> {
  const { objects, copy, now } = tools;
  const { portfolio, by, reason } = asked;
  await act(asked, { objects, portfolio, act: { by, reason, at: now() } });
  const done = say(asked, await showDeployment(objects, portfolio, now()), deploymentText);
  try {
    await completeJournal(objects, copy, portfolio, now());
    return done;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const warning = `The change is made; the journal or its copy in BigQuery waits: ${why}\nThe next change, or retraining, makes up for it.`;
    return { ...done, warning };
  }
}

async function act(asked: Asked, desk: Desk): Promise<unknown> {
  const [version] = asked.versions;
  switch (asked.action) {
    case 'promote':
      return promoteVersion(desk, version!);
    case 'rollback':
      return rollBack(desk);
    case 'approve':
      return approveVersion(desk, version!);
    case 'split':
      return splitTraffic(desk, { ...asked, version, share: asked.share ?? 0 });
    case 'shadow':
      return asked.off ? removeShadow(desk, version!) : addShadow(desk, version!);
    case 'retire':
      return retireVersion(desk, version!);
    default:
      return setKillSwitch(desk, !asked.off);
  }
}

/** The tools of whoever runs the command, by environment. @throws {ConfigError} */
async function toolsOf(environment: NodeJS.ProcessEnv): Promise<RegistryTools> {
  const config = readConfig(environment, { ...COMMON, ...WAREHOUSE, ...MODELS, ...RETENTION });
  // The clients take a moment to load, and help needs none of them.
  const { BigQuery } = await import('@google-cloud/bigquery');
  const { Storage } = await import('@google-cloud/storage');
  const { createObjects } = await import('../google/objects.ts');
  const projectId = config.GOOGLE_CLOUD_PROJECT;
  const now = () => new Date();
  const bucket = new Storage({ projectId }).bucket(config.MODELS_BUCKET);
  const warehouse = createWarehouse({
    bigquery: new BigQuery({ projectId }),
    datasetId: COMMON_DATASET,
    location: config.BIGQUERY_LOCATION,
    log: createLog((line) => process.stderr.write(line)),
    sleep,
    labels: { command: 'registry' },
  });
  return {
    objects: createObjects(bucket, { days: config.BUNDLE_RETENTION_DAYS, now }),
    copy: createEventCopy(warehouse, sqlFiles(config.SQL_DIRECTORY)),
    now,
    user: environment.USER,
  };
}

if (import.meta.main) {
  const given = process.argv.slice(2);
  try {
    const { text, warning, code } = given.includes('--help')
      ? ({ text: USAGE, code: 0 } as Outcome)
      : await runRegistry(given, await toolsOf(process.env));
    (code === 0 ? process.stdout : process.stderr).write(`${text}\n`);
    if (warning !== undefined) process.stderr.write(`${warning}\n`);
    process.exitCode = code;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 2;
  }
}
