/** What applicants could have changed: for a person with a model version and requests in hand. */
import { ModelFormatError } from '../../bridge/errors.ts';
import { readScoringGraph } from '../../bridge/onnx/read.ts';
import { MODEL_FILE, parseManifest, sha256 } from '../../bundle/bundle.ts';
import type { Counterfactual, NoCounterfactual } from '../../explain/counterfactual.ts';
import { createCheck } from '../../portfolio/contract.ts';
import { createCounterfactualFinder } from '../../serving/counterfactuals.ts';
import { beside, type Files } from './storage.ts';

const WHY: Readonly<Record<NoCounterfactual, string>> = {
  approved: 'is approved as it is',
  none: 'no change of up to three fields was found that leads to approval',
  limit: 'the evaluations ran out before a change was found',
  no_trees: 'a linear model has no thresholds to search by',
};

/**
 * The smallest change to approval of each request.
 *
 * @param path of a version's `manifest.json`; its model lies beside it
 * @param text one request a line, as a checkout sends it
 * @param at when it is decided: says which policy is in force
 * @throws {ModelFormatError} for a request outside the contract, by line
 */
export async function counterfactuals(
  from: Files,
  path: string,
  text: string,
  at: Date,
): Promise<string> {
  const { manifest, graph } = await openVersion(from, path);
  const find = createCounterfactualFinder(manifest, graph);
  const check = createCheck(manifest.contract, 'checkout');
  const answers: string[] = [];
  for (const [i, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const checked = check(parseLine(line, i));
    if (!checked.ok) {
      const faults = checked.faults.map(({ pointer, problem }) => `${pointer} ${problem}`.trim());
      throw new ModelFormatError(`Request ${i + 1}: ${faults.join('; ')}.`);
    }
    answers.push(describe(`request ${i + 1}`, await find(checked.value, at)));
  }
  return answers.join('\n\n');
}

async function openVersion(from: Files, path: string) {
  const bytes = await from.read(path);
  if (!bytes) throw new ModelFormatError(`There is no file ${path}.`);
  const manifest = parseManifest(path, bytes);
  const place = beside(path, MODEL_FILE);
  const model = await from.read(place);
  if (!model) throw new ModelFormatError(`There is no file ${place}, which ${path} describes.`);
  const listed = manifest.files.find(({ name }) => name === MODEL_FILE);
  if (listed?.sha256 !== sha256(model)) {
    throw new ModelFormatError(`${place} is not the model that ${path} describes.`);
  }
  return { manifest, graph: readScoringGraph(model) };
}

function parseLine(line: string, index: number): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    throw new ModelFormatError(`Request ${index + 1} is not JSON: ${(error as Error).message}.`);
  }
}

function describe(title: string, answer: Counterfactual): string {
  const { changes, evaluations } = answer;
  if (!changes) return `${title}: ${WHY[answer.why]} (evaluations: ${evaluations})`;
  const size = answer.total.toFixed(3);
  const smallest = answer.complete ? '' : ', perhaps not the smallest: the evaluations ran out';
  return [
    `${title}: PD ${answer.pd.toFixed(6)} after a change of ${size} (evaluations: ${evaluations}${smallest})`,
    ...changes.map(({ field, from, to, text }) => `  ${field} ${from} → ${to}  ${text}`),
  ].join('\n');
}
