/** The same proof inside the warehouse: the ONNX file, imported there, beside the model it was made of. */
import type { InputEncoding } from '../../shared/bridge/encoding.ts';
import { readScoringGraph } from '../../shared/bridge/onnx/read.ts';
import { bundlePrefix } from '../../shared/bundle/bundle.ts';
import type { Gate, ImportedParity } from '../../shared/bundle/manifest.ts';
import type { PortfolioDocument } from '../../shared/portfolio/documents.ts';
import { createRowBuilder } from '../../shared/scorer/row_builder.ts';
import { WarehouseError } from '../../shared/warehouse/failures.ts';
import { fill, identifier, literal } from '../../shared/warehouse/sql.ts';
import type { Context } from './context.ts';
import type { Weighted } from './members.ts';
import { askWarehouse, type Reference, TOLERANCE, warehouseQuery } from './parity.ts';
import type { Plan } from './plan.ts';

/**
 * Imports the model and lets BigQuery compare. A warehouse that can't import or run it (no
 * reservation, another location than the bucket's) makes no version bad: what it said is the answer.
 * @param models those that it was made of
 * @param inputs as serving encodes features for this model
 */
export async function proveImported(
  context: Context,
  plan: Plan,
  models: readonly Weighted[],
  inputs: readonly InputEncoding[],
  model: Uint8Array,
): Promise<ImportedParity> {
  const references = await askWarehouse(context, plan, models);
  await loadVectors(context, plan, references, inputs, model);
  try {
    return await compareThere(context, plan, models, await putModel(context, plan, model));
  } catch (error) {
    if (!(error instanceof WarehouseError && error.final)) throw error;
    context.log.warning('the warehouse does not run the ONNX file', { why: error.message });
    return { rows: 0, largest_difference: null, refused: error.message };
  }
}

/** The rows that serving would make of the applications, under the name of the model's input. */
async function loadVectors(
  { portfolio, models, warehouse }: Context,
  plan: Plan,
  references: readonly Reference[],
  inputs: readonly InputEncoding[],
  model: Uint8Array,
): Promise<void> {
  const builder = createRowBuilder(portfolio.features, inputs);
  const { name } = readScoringGraph(model).input;
  const lines = references.map(({ application }, i) => {
    const { row } = builder.build(application);
    // JSON has no NaN; BigQuery reads the word.
    const values = Array.from(row, (x) => (Number.isFinite(x) ? x : String(x)));
    return JSON.stringify({ parity_row: i, [name]: values });
  });
  const object = `${bundlePrefix(portfolio.id, plan.version)}parity/vectors.ndjson`;
  const bytes = Buffer.from(`${lines.join('\n')}\n`);
  await models.objects.replace(object, bytes, 'application/x-ndjson');
  await warehouse.load(plan.job('vectors-load'), {
    bucket: models.bucket,
    object,
    table: plan.tables.vectors,
    schema: [
      { name: 'parity_row', type: 'INT64', mode: 'REQUIRED' },
      { name, type: 'FLOAT64', mode: 'REPEATED' },
    ],
  });
}

async function putModel(
  { portfolio, models }: Context,
  plan: Plan,
  model: Uint8Array,
): Promise<string> {
  const object = `${bundlePrefix(portfolio.id, plan.version)}parity/model.onnx`;
  await models.objects.replace(object, model, 'application/octet-stream');
  return `gs://${models.bucket}/${object}`;
}

async function compareThere(
  context: Context,
  plan: Plan,
  models: readonly Weighted[],
  uri: string,
): Promise<ImportedParity> {
  const { warehouse, sql } = context;
  const imported = identifier(plan.imported);
  await warehouse.run(plan.job('import'), {
    sql: fill(await sql('retrain/import.sql'), { model: imported, uri: literal(uri) }),
  });
  const [found] = await warehouse.run(plan.job('import-parity'), {
    sql: fill(await sql('retrain/import_parity.sql'), {
      trained: await warehouseQuery(context, plan, models),
      imported,
      vectors: identifier(plan.tables.vectors),
    }),
  });
  const { applications, unanswered, largest_difference } = found!;
  const rows = Number(applications);
  context.log.info('the warehouse ran the ONNX file', { rows, largest_difference });
  return {
    rows,
    largest_difference: unanswered === 0 ? Number(largest_difference) : null,
    ...(unanswered === 0 ? {} : { refused: `${unanswered} of ${rows} rows have no probability.` }),
  };
}

/** The gate of a portfolio that demands the proof. */
export function importedGates(
  { warehouse_parity }: Pick<PortfolioDocument, 'warehouse_parity'>,
  imported: ImportedParity | undefined,
): Gate[] {
  if (warehouse_parity !== 'required' || !imported) return [];
  const { largest_difference: figure, refused } = imported;
  return [
    {
      gate: 'warehouse_parity',
      figure,
      limit: TOLERANCE,
      passed: figure !== null && figure <= TOLERANCE,
      why: refused
        ? `The warehouse itself must run the ONNX file and agree; it said: ${refused}`
        : 'The warehouse itself must run the ONNX file and agree with the model that it trained.',
    },
  ];
}
