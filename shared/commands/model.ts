/** `npm run model`: what a model file is, as ONNX, and whether and why it answers as it does. */
import { writeFile } from 'node:fs/promises';
import { ModelFormatError } from '../bridge/errors.ts';
import { fail, type Outcome, readCommandLine, UsageError } from './command_line.ts';
import { explain, inspect, verify } from './model/actions.ts';
import { counterfactuals } from './model/counterfactual.ts';
import { type OpenModel, openModel } from './model/open.ts';
import { readRows } from './model/rows.ts';
import { type Files, files } from './model/storage.ts';

const USAGE = `usage: npm run model -- inspect MODEL
       npm run model -- convert MODEL OUT.onnx
       npm run model -- verify  MODEL ROWS.ndjson
       npm run model -- explain MODEL ROWS.ndjson
       npm run model -- counterfactual MANIFEST REQUESTS.ndjson

MODEL  a file, or gs://bucket/object: XGBoost's legacy binary, JSON or UBJSON, or ONNX of ours.
       Of a BigQuery ML export give model.bst; the assets/ beside it are read too.
ROWS   one a line: [1.5, null, …] in the model's order, or {"feature": value, …}, which may
       hold "expected", what the model must answer.
MANIFEST   manifest.json of a model version, whose model.onnx lies beside it.
REQUESTS   one a line, as a checkout sends it.

--positive LABEL    whose probability a model of two labels gives; its first label otherwise
--background ROWS   rows to explain against; the training population otherwise, which
                    only trees know
--at TIME           when requests are decided (RFC 3339): says which policy is in force; now otherwise

Ends with 0 when done, 1 when a model or a row is not as it should be, 2 when not understood.`;

/**
 * @throws {ModelFormatError} with what is wrong and where
 * @throws {UsageError}
 */
export async function runModel(
  arguments_: readonly string[],
  from: Files,
  now: () => Date = () => new Date(),
): Promise<Outcome> {
  const { values, positionals } = readCommandLine(arguments_, {
    positive: { type: 'string' },
    background: { type: 'string' },
    at: { type: 'string' },
    help: { type: 'boolean' },
  });
  if (values.help) return { text: USAGE, code: 0 };
  const [action, path, second, ...more] = positionals;
  const needsTwo = action !== 'inspect';
  if (!action || !path || more.length > 0 || needsTwo !== (second !== undefined)) {
    throw new UsageError(`Say what to do with ${needsTwo ? 'which two files' : 'which file'}.`);
  }
  const open = () => openModel(from, path, values.positive);
  switch (action) {
    case 'inspect':
      return { text: inspect(path, await open()), code: 0 };
    case 'convert': {
      const { onnx } = await open();
      await writeFile(second!, onnx);
      return { text: `${second}: ${onnx.length} bytes`, code: 0 };
    }
    case 'verify': {
      const model = await open();
      const { text, agrees } = await verify(model, await rowsOf(from, second!, model));
      return { text, code: agrees ? 0 : 1 };
    }
    case 'explain': {
      const model = await open();
      const rows = await rowsOf(from, second!, model);
      const background =
        values.background === undefined ? undefined : await rowsOf(from, values.background, model);
      return { text: explain(model, rows, background), code: 0 };
    }
    case 'counterfactual':
      return {
        text: await counterfactuals(
          from,
          path,
          await textOf(from, second!),
          timeOf(values.at) ?? now(),
        ),
        code: 0,
      };
    default:
      throw new UsageError(`"${action}" is nothing that this command does.`);
  }
}

function timeOf(text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) throw new ModelFormatError(`--at ${text} is no time.`);
  return time;
}

const rowsOf = async (from: Files, path: string, model: OpenModel) =>
  readRows(await textOf(from, path), model);

async function textOf(from: Files, path: string): Promise<string> {
  const bytes = await from.read(path);
  if (!bytes) throw new ModelFormatError(`There is no file ${path}.`);
  return new TextDecoder().decode(bytes);
}

if (import.meta.main) {
  try {
    const { text, code } = await runModel(process.argv.slice(2), files);
    process.stdout.write(`${text}\n`);
    process.exitCode = code;
  } catch (error) {
    fail(error, USAGE, 1);
  }
}
