/** What later applications are held against: how those that a version was made of are distributed. */
import type { Baseline, Distribution } from '../../shared/bundle/baseline.ts';
import { type Column, columnsOf, figuresInSql } from '../../shared/warehouse/figures.ts';
import { fill, identifier } from '../../shared/warehouse/sql.ts';
import type { Context } from './context.ts';
import type { Plan } from './plan.ts';
import { timestamp } from './snapshot.ts';

const PD: Column = { name: 'pd', isText: false };

/**
 * Numbers and texts that one statement makes rows of, at most: what it keeps of them in between then
 * stays below a gigabyte, however many applications there are.
 */
const MOST_FIGURES = 15_000_000;

export interface BaselineInputs {
  /** What features add, as importance found. */
  readonly attributions: Baseline['attributions'];
  /** Rows trained on. */
  readonly trained: number;
}

/** Of features on the rows trained on, of PDs on the rows measured on. */
export async function fixBaseline(
  context: Context,
  plan: Plan,
  { attributions, trained }: BaselineInputs,
): Promise<Baseline> {
  const columns = columnsOf(context.portfolio.features);
  const rows = `(SELECT * FROM ${identifier(plan.tables.snapshot)} WHERE role = 'TRAIN')`;
  const atOnce = Math.max(1, Math.floor(MOST_FIGURES / trained));
  const features: Distribution[] = [];
  for (let from = 0; from < columns.length; from += atOnce) {
    const some = columns.slice(from, from + atOnce);
    features.push(...(await distribute(context, plan.job(`baseline-${from}`), some, { rows })));
  }
  const [pd] = await distribute(context, plan.job('baseline-pd'), [PD], {
    rows: '(SELECT pd FROM evaluations WHERE as_of = @as_of AND version = @version)',
    parameters: { as_of: timestamp(plan.asOf), version: plan.version },
  });
  return { features, pd: pd as Baseline['pd'], attributions };
}

interface Source {
  readonly rows: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
}

async function distribute(
  { warehouse, sql }: Context,
  job: string,
  columns: readonly Column[],
  { rows, parameters }: Source,
): Promise<Distribution[]> {
  const cells = (await warehouse.run(job, {
    sql: fill(await sql('retrain/baseline.sql'), { rows, figures: figuresInSql(columns) }),
    ...(parameters ? { parameters } : {}),
  })) as unknown as Cell[];
  return columns.map(({ name, isText }) => {
    const own = cells.filter((cell) => cell.name === name);
    return isText ? textOf(name, own) : numberOf(name, own);
  });
}

/** A row of baseline.sql. */
export interface Cell {
  readonly name: string;
  readonly cell: 'missing' | 'unseen' | 'bin' | 'category';
  readonly place: number | null;
  readonly category: string | null;
  readonly edges: readonly number[];
  readonly lowest: number | null;
  readonly highest: number | null;
  readonly n: number;
}

const countOf = (cells: readonly Cell[], is: (cell: Cell) => boolean): number =>
  cells.filter(is).reduce((sum, { n }) => sum + n, 0);

/** @param cells of one number */
export function numberOf(name: string, cells: readonly Cell[]): Distribution {
  const { edges = [], lowest = null, highest = null } = cells[0] ?? {};
  const counts = Array.from({ length: edges.length + 1 }, (_, place) =>
    countOf(cells, (cell) => cell.cell === 'bin' && cell.place === place),
  );
  const missing = countOf(cells, ({ cell }) => cell === 'missing');
  return { kind: 'number', name, lowest, highest, edges: [...edges], missing, counts };
}

function textOf(name: string, cells: readonly Cell[]): Distribution {
  const known = cells.filter(({ cell }) => cell === 'category');
  return {
    kind: 'text',
    name,
    categories: known.map(({ category }) => category!),
    counts: known.map(({ n }) => n),
    missing: countOf(cells, ({ cell }) => cell === 'missing'),
    unseen: countOf(cells, ({ cell }) => cell === 'unseen'),
  };
}
