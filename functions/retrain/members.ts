/** What a version is made of: one model that BigQuery ML trains, or several whose log-odds are summed up. */
import type { Candidate } from '../../shared/bundle/candidates.ts';
import { MAIN } from '../../shared/portfolio/model_document.ts';
import { type Recipe, recipeSchema } from '../../shared/portfolio/recipe.ts';
import { fill, identifier, literal, type SqlFiles } from '../../shared/warehouse/sql.ts';
import type { Plan } from './plan.ts';

/** A model of the warehouse, and what its log-odds count for. */
export interface Weighted {
  readonly model: string;
  readonly weight: number;
}

/** One of the models that a version is made of; the only one counts for all. */
export interface Member extends Weighted, Recipe {
  /** As a candidate. */
  readonly name: string;
  /** Where in a bundle lies what it was converted from. */
  readonly folder: string;
}

/** The members of what was chosen that count for something, or the portfolio's only model. */
export function membersOf(
  { model }: Pick<Plan, 'model'>,
  first: Recipe,
  candidates: readonly Candidate[] = [],
): Member[] {
  const chosen = candidates.find((candidate) => candidate.chosen);
  if (!chosen?.members) {
    const { model_type, options } = chosen ? recipeOf(chosen) : first;
    const name = chosen?.name ?? MAIN;
    return [{ name, model_type, options, model, weight: 1, folder: 'export/' }];
  }
  return chosen.members
    .filter(({ weight }) => weight > 0)
    .map(({ name, weight }) => ({
      name,
      ...recipeOf(candidates.find((candidate) => candidate.name === name)!),
      model: `${model}_${name}_member`,
      weight,
      folder: `export/${name}/`,
    }));
}

/** Of a candidate that is no blend. */
const recipeOf = ({ model_type, options }: Candidate): Recipe =>
  recipeSchema.parse({ model_type, options });

/**
 * A query that gives each of some rows the probability of default that the models together say: of one model
 * what it says, of several the sigmoid of the weighted sum of their log-odds.
 * @param rows a query
 */
export async function probabilities(
  sql: SqlFiles,
  models: readonly Weighted[],
  rows: string,
): Promise<string> {
  const [only] = models;
  if (only && models.length === 1) {
    return fill(await sql('retrain/probability.sql'), { model: identifier(only.model), rows });
  }
  const template = await sql('retrain/log_odds.sql');
  const summed = models.reduce(
    (inner, { model, weight }) =>
      fill(template, { model: identifier(model), weight: literal(weight), rows: inner }),
    `SELECT *, 0.0 AS blended_log_odds FROM (${rows})`,
  );
  return fill(await sql('retrain/blended.sql'), { rows: summed });
}
