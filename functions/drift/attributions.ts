/** Whether features weigh as they did: of some of the applications, explained as a decline would be. */

import { readScoringGraph } from '../../shared/bridge/onnx/read.ts';
import { createExplainer, referenceOf } from '../../shared/explain/explainer.ts';
import { type Attribution, attributionDrift } from '../../shared/monitoring/attributions.ts';
import type { Finding } from '../../shared/monitoring/finding.ts';
import { createRowBuilder } from '../../shared/scorer/row_builder.ts';
import { fill, identifier } from '../../shared/warehouse/sql.ts';
import type { Context } from './context.ts';
import { withKey } from './features.ts';
import { bounds } from './plan.ts';

/** A mean of contributions is then known to about 3% of their spread; it takes a second or two. */
const ROWS = 1000;

export async function watchAttributions(context: Context): Promise<Finding[]> {
  const { warehouse, sql, plan, portfolio, champion } = context;
  const baseline = champion?.manifest.baseline;
  if (!champion || !baseline) return [];
  const { manifest, model, background } = champion;
  const sample = await warehouse.run(plan.job('sample'), {
    sql: fill(await sql('monitor/sample.sql'), {
      time: identifier(portfolio.keys.time),
      features: withKey(manifest.sql.features, portfolio.keys.application),
    }),
    parameters: { ...bounds(plan.window), rows: ROWS },
  });
  const builder = createRowBuilder(manifest.features, manifest.inputs);
  const reference = referenceOf(manifest.portfolio, manifest.inputs, background);
  const explainer = createExplainer(readScoringGraph(model), reference);
  const contributions = sample.map((features) => {
    const each = new Float64Array(builder.width);
    explainer.explain(builder.encode(features), each);
    return builder.byFeature(each);
  });
  const found = manifest.inputs.map(({ name }): Attribution => {
    const sizes = contributions.map((each) => Math.abs(each[name]!));
    const mean = sizes.reduce((sum, size) => sum + size / sizes.length, 0);
    const squares = sizes.reduce((sum, size) => sum + (size - mean) ** 2, 0);
    const deviation = Math.sqrt(squares / Math.max(1, sizes.length - 1));
    return { feature: name, rows: sizes.length, mean, deviation };
  });
  const about = { model_version: manifest.version, ...plan.window };
  const { limits, fewest } = portfolio.monitoring;
  return attributionDrift(about, baseline.attributions, found, limits, fewest);
}
