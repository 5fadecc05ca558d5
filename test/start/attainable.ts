/** How well anybody could separate bads from goods: the simulator's own probabilities on the very rows of the test. */
import { BigQuery } from '@google-cloud/bigquery';
import { fetchRecords, type Source } from '../../functions/ingest/source.ts';
import { datasetOf } from '../../shared/warehouse/names.ts';

interface TestRow {
  readonly application_id: string;
  readonly defaulted: number;
  readonly applied_at: { readonly value: string };
}

/** AUC of the true probabilities of default on a version's test rows. */
export async function bestAttainableAuc(
  projectId: string,
  portfolio: string,
  version: string,
  source: Source,
): Promise<number> {
  const rows = await testRows(projectId, portfolio, version);
  const days = rows.map(({ applied_at }) => applied_at.value.slice(0, 10)).sort();
  const truth = new Map<string, number>();
  const range = { start: days[0]!, end: days.at(-1)! };
  for await (const records of fetchRecords(source, 'bnpl_truth', range)) {
    for (const { transaction_id, default_probability } of records as Record<string, unknown>[]) {
      truth.set(String(transaction_id), Number(default_probability));
    }
  }
  return auc(
    rows.map(({ application_id, defaulted }) => {
      const probability = truth.get(application_id);
      if (probability === undefined)
        throw new Error(`The world knows no checkout ${application_id}.`);
      return { score: probability, bad: defaulted === 1 };
    }),
  );
}

async function testRows(projectId: string, portfolio: string, version: string): Promise<TestRow[]> {
  const [rows] = await new BigQuery({ projectId }).query({
    query: `SELECT application_id, defaulted, applied_at FROM \`snapshot_${version}\` WHERE role = 'TEST'`,
    defaultDataset: { projectId, datasetId: datasetOf(portfolio) },
  });
  return rows as TestRow[];
}

/** The chance that a bad scores above a good; ties count half. NaN where either kind is missing. */
export function auc(rows: readonly { readonly score: number; readonly bad: boolean }[]): number {
  const sorted = [...rows].sort((a, b) => a.score - b.score);
  let [goodsBelow, pairs, bads] = [0, 0, 0];
  for (let start = 0; start < sorted.length; ) {
    let end = start;
    let [bad, good] = [0, 0];
    while (end < sorted.length && sorted[end]!.score === sorted[start]!.score) {
      if (sorted[end++]!.bad) bad++;
      else good++;
    }
    pairs += bad * (goodsBelow + good / 2);
    goodsBelow += good;
    bads += bad;
    start = end;
  }
  return pairs / (bads * goodsBelow);
}
