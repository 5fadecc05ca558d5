/** What `npm run batch` is told, checked before anything is asked of the cloud. */
import { runId } from '../../batch/request.ts';
import { versionId } from '../../bundle/manifest.ts';
import { portfolioId } from '../../portfolio/documents.ts';
import { readCommandLine, UsageError } from '../command_line.ts';

export type Asked =
  | {
      readonly action: 'score';
      readonly portfolio: string;
      readonly file: string;
      readonly model: string;
      readonly explain: boolean;
      /** Where the results go. */
      readonly out: string;
    }
  | {
      readonly action: 'status' | 'cancel' | 'resume';
      readonly portfolio: string;
      readonly run: string;
      readonly by: string;
    };

const OPTIONS = {
  portfolio: { type: 'string' },
  model: { type: 'string' },
  explain: { type: 'boolean' },
  out: { type: 'string' },
  by: { type: 'string' },
  help: { type: 'boolean' },
} as const;

const ACTIONS = ['status', 'cancel', 'resume'] as const;

/**
 * @param user who is logged in, where nobody is named
 * @returns undefined where help is asked for
 * @throws {UsageError}
 */
export function parseArguments(
  given: readonly string[],
  user: string | undefined,
): Asked | undefined {
  const { values, positionals } = readCommandLine(given, OPTIONS);
  if (values.help) return undefined;
  const [first, second, ...more] = positionals;
  if (first === undefined) throw new UsageError('Say which file, or what to do.');
  const portfolio = values.portfolio ?? '';
  if (!portfolioId.safeParse(portfolio).success) {
    throw new UsageError('Say which portfolio: --portfolio bnpl.');
  }
  const action = ACTIONS.find((name) => name === first);
  if (action) {
    if (!runId.safeParse(second).success || more.length > 0) {
      throw new UsageError(`${action} wants the id of one run.`);
    }
    return { action, portfolio, run: second!, by: values.by ?? user ?? 'somebody' };
  }
  if (second !== undefined) throw new UsageError('One file at a time.');
  if (!first.endsWith('.csv')) throw new UsageError(`${first} is no .csv file.`);
  const model = values.model ?? 'champion';
  if (model !== 'champion' && !versionId.safeParse(model).success) {
    throw new UsageError(`"${model}" is no version: vYYYYMMDD_HHMMSS.`);
  }
  const out = values.out ?? first.replace(/\.csv$/, '.scores.csv');
  return { action: 'score', portfolio, file: first, model, explain: values.explain ?? false, out };
}
