/** ML.PREDICT of an imported model: "the output of the ONNX model's predict method". */
import type { Tensor } from '../../../../shared/scorer/onnxruntime.ts';
import type { Column, InputTable, MlCall, MlCallShape } from '../../bigquery/ports.ts';
import type { BqType, Field } from '../../bigquery/types.ts';
import { typeText } from '../../bigquery/types.ts';
import { findField, readColumn } from '../data/columns.ts';
import { coerces } from '../data/values.ts';
import { type Answer, fail, valuesOf } from '../functions/function.ts';
import { type ImportedModel, withSession } from './onnx_model.ts';
import { columnType, rowsOf, type TensorSpec, toTensor } from './tensors.ts';

/** Rows of one run, unless the model says how many it takes. */
const BATCH = 4096;

/** @throws {ApiError} for another function, for settings, and for columns that don't fit the inputs */
export function describeImported(model: ImportedModel, call: MlCallShape): Field[] {
  const { functionName, settings, inputFields } = call;
  if (functionName !== 'PREDICT') {
    throw fail(functionName, 'Imported ONNX models can only be used with ML.PREDICT.');
  }
  const [setting] = settings.keys();
  if (setting !== undefined) {
    throw fail(functionName, `${setting} is not for imported ONNX models.`);
  }
  for (const input of model.inputs) checkColumn(input, inputFields!);
  return model.outputs.map((output) => ({ name: output.name, type: columnType(output) }));
}

function checkColumn(input: TensorSpec, fields: readonly Field[]): void {
  const column = findField(fields, input.name);
  const type = columnType(input);
  if (!column) {
    const where = 'in the input data to the PREDICT function.';
    throw fail('PREDICT', `Column ${input.name} is not found ${where}`);
  }
  if (!fits(column.type, type)) {
    const types = `${typeText(column.type)}, but the model takes ${typeText(type)}`;
    throw fail('PREDICT', `Column ${input.name} in the input data is of type ${types}.`);
  }
}

const fits = (from: BqType, to: BqType): boolean =>
  from.kind === 'ARRAY' && to.kind === 'ARRAY'
    ? coerces(from.element, to.element)
    : coerces(from, to);

/** Runs the model on rows that `describeImported` has let pass. */
export async function predictImported(model: ImportedModel, call: MlCall): Promise<Answer[]> {
  const input = call.input!;
  const columns = await inputColumns(model, input);
  const answers = model.outputs.map((): unknown[] => []);
  await withSession(model.onnx, async (session) => {
    for (const range of ranges(input.rowCount, batchOf(model))) {
      const feeds = Object.fromEntries(
        model.inputs.map((spec, i) => [
          spec.name,
          toTensor(spec, columns[i]!, range, (problem) => fail('PREDICT', problem)),
        ]),
      );
      const results = await session.run(feeds);
      model.outputs.forEach((spec, i) => {
        const rows = rowsOf(spec, results[spec.name] as Tensor);
        for (const row of checkedRows(spec, rows, range)) answers[i]!.push(row);
      });
    }
  });
  return model.outputs.map((spec, i) => {
    const type = columnType(spec);
    return type.kind === 'ARRAY' || type.kind === 'STRUCT'
      ? { values: answers[i]! }
      : valuesOf(type.kind, answers[i]!);
  });
}

async function inputColumns({ inputs }: ImportedModel, input: InputTable): Promise<Column[]> {
  const columns: Column[] = [];
  for (const { name } of inputs) columns.push(await readColumn(input, name));
  return columns;
}

/** How many rows the model takes at a time. */
const batchOf = ({ inputs }: ImportedModel): number =>
  inputs.reduce((least, { batch = BATCH }) => Math.min(least, batch), BATCH);

function* ranges(count: number, batch: number): Generator<readonly [number, number]> {
  for (let from = 0; from < count; from += batch) yield [from, Math.min(from + batch, count)];
}

function checkedRows(
  { name }: TensorSpec,
  rows: readonly unknown[],
  [from, until]: readonly [number, number],
): readonly unknown[] {
  if (rows.length === until - from) return rows;
  throw fail('PREDICT', `The model output '${name}' has ${rows.length} rows for ${until - from}.`);
}
