/** What can be wrong with the candidates of model.json. */
import type { FeatureProgram } from '../features/compile.ts';
import type { PortfolioDocument } from './documents.ts';
import { type BlendDocument, MAIN, type ModelDocument } from './model_document.ts';
import type { Recipe } from './recipe.ts';

interface Compared extends Pick<PortfolioDocument, 'validation'> {
  readonly model: ModelDocument;
  readonly features: FeatureProgram;
}

/** Candidates are compared by what came later than they were trained on, and by something. */
export function candidateFaults({ model, validation, features }: Compared): string[] {
  const { candidates, blends = [], selection } = model;
  const both = (candidates === undefined) === (selection === undefined);
  const recipes = new Map<string, Recipe>([[MAIN, model]]);
  for (const candidate of candidates ?? []) recipes.set(candidate.name, candidate);
  const isText = features.features.some(({ type }) => type === 'STRING');
  const names = [...recipes.keys(), ...blends.map(({ name }) => name)];
  return [
    ...(both ? [] : ['model.json must have candidates and selection, or neither']),
    ...(candidates && validation.kind !== 'out_of_time'
      ? [
          'model.json has candidates, which are compared in time: validation (portfolio.json) must be out_of_time',
        ]
      : []),
    ...(candidates ?? []).flatMap(({ name, options, tuning }) =>
      Object.keys(tuning?.spaces ?? {})
        .filter((option) => option in options)
        .map((option) => `model.json: ${name} both sets and tunes ${option}`),
    ),
    ...(blends.length > 0 && !candidates ? ['model.json has blends, and no candidates'] : []),
    ...blends.flatMap((blend) => [
      ...(names.indexOf(blend.name) === names.lastIndexOf(blend.name)
        ? []
        : [`model.json: the blend ${blend.name} has a name that is taken`]),
      ...blendFaults(blend, recipes, isText),
    ]),
  ];
}

/** Only trees that read the same row become one forest. */
function blendFaults(
  { name, members }: BlendDocument,
  recipes: ReadonlyMap<string, Recipe>,
  isText: boolean,
): string[] {
  const faults = members.flatMap((member) => {
    const recipe = recipes.get(member);
    if (!recipe) return [`names ${member}, which is no candidate`];
    if (recipe.model_type !== 'LOGISTIC_REG') return [];
    return [`names ${member}, a LOGISTIC_REG: only trees become one forest`];
  });
  const encodings = members.map(
    (member) => recipes.get(member)?.options.CATEGORY_ENCODING_METHOD ?? 'LABEL_ENCODING',
  );
  if (isText && new Set(encodings).size > 1) {
    faults.push('has members that read text in different ways (CATEGORY_ENCODING_METHOD)');
  }
  return faults.map((fault) => `model.json: the blend ${name} ${fault}`);
}
