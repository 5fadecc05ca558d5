/** A portfolio: data, not code. Reads a folder of SQL and JSON and refuses one that contradicts itself. */
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { AppError } from '../errors.ts';
import { compileFeatures, type FeatureProgram } from '../features/compile.ts';
import { actionFaults } from './actions.ts';
import { type Contract, contractSchema, inputFields } from './contract.ts';
import {
  type ModelDocument,
  modelSchema,
  type PolicyDocument,
  type PortfolioDocument,
  policySchema,
  portfolioId,
  portfolioSchema,
  type ReasonsDocument,
  reasonsSchema,
} from './documents.ts';

export interface Portfolio extends PortfolioDocument {
  readonly application: Contract;
  readonly outcome: Contract;
  readonly model: ModelDocument;
  readonly policy: PolicyDocument;
  readonly reasons: ReasonsDocument;
  /** GoogleSQL: labelled applications, the features of one, the knock-out rules of one. */
  readonly sql: { readonly label: string; readonly features: string; readonly rules: string };
  /** Compiled from the SQL above. */
  readonly features: FeatureProgram;
  readonly rules: FeatureProgram;
}

/** A portfolio's folder that cannot be used, with every fault and the file it is in. */
export class PortfolioError extends Error {
  override readonly name = 'PortfolioError';
}

/**
 * A portfolio that somebody who may know of its SQL asked for by name.
 * @throws {AppError} 404 where there is none, 500 naming file and place where it cannot be used
 */
export async function findPortfolio(directory: string, id: string): Promise<Portfolio> {
  try {
    await access(join(directory, id, 'portfolio.json'));
  } catch (error) {
    throw new AppError('not_found', 404, `There is no portfolio "${id}".`, { cause: error });
  }
  return loadPortfolio(directory, id).catch((error) => {
    if (!(error instanceof PortfolioError)) throw error;
    throw new AppError('portfolio_unusable', 500, error.message, { cause: error });
  });
}

/** @throws {PortfolioError} */
export async function loadPortfolio(directory: string, id: string): Promise<Portfolio> {
  const folder = join(directory, portfolioId.parse(id));
  const text = (file: string) => readText(folder, id, file);
  const json = async <T>(file: string, schema: z.ZodType<T>): Promise<T> =>
    parseDocument(`${id}/${file}`, await text(file), schema);
  const document = await json('portfolio.json', portfolioSchema);
  const application = await json('application.schema.json', contractSchema);
  const sql = {
    label: await text('label.sql'),
    features: await text('features.sql'),
    rules: await text('rules.sql'),
  };
  const inputs = inputFields(application);
  const portfolio: Portfolio = {
    ...document,
    application,
    outcome: await json('outcome.schema.json', contractSchema),
    model: await json('model.json', modelSchema),
    policy: await json('policy.json', policySchema),
    reasons: await json('reasons.json', reasonsSchema),
    sql,
    features: compileIn(`${id}/features.sql`, sql.features, inputs),
    rules: compileIn(`${id}/rules.sql`, sql.rules, inputs),
  };
  const faults = findFaults(portfolio, id);
  if (faults.length > 0) throw new PortfolioError(`${id}: ${faults.join('; ')}`);
  return portfolio;
}

async function readText(folder: string, id: string, file: string): Promise<string> {
  try {
    return await readFile(join(folder, file), 'utf8');
  } catch (error) {
    throw new PortfolioError(`The portfolio "${id}" lacks ${file} (looked in ${folder}).`, {
      cause: error,
    });
  }
}

function parseDocument<T>(file: string, text: string, schema: z.ZodType<T>): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new PortfolioError(`${file} is not JSON: ${(error as Error).message}`, { cause: error });
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    throw new PortfolioError(`${file}: ${z.prettifyError(parsed.error)}`);
  }
  return parsed.data;
}

function compileIn(
  file: string,
  sql: string,
  inputs: ReturnType<typeof inputFields>,
): FeatureProgram {
  try {
    return compileFeatures(sql, inputs);
  } catch (error) {
    throw new PortfolioError(`${file}: ${(error as Error).message}`, { cause: error });
  }
}

/** What no single file can know. */
function findFaults(portfolio: Portfolio, folder: string): string[] {
  return [
    ...(portfolio.id === folder ? [] : [`portfolio.json says its id is "${portfolio.id}"`]),
    ...keyFaults(portfolio),
    ...personalFaults(portfolio),
    ...featureFaults(portfolio),
    ...ruleFaults(portfolio),
    ...reasonFaults(portfolio),
    ...actionFaults(portfolio),
  ];
}

function keyFaults({ keys, outcome_keys, application, outcome }: Portfolio): string[] {
  const lacks = (contract: Contract, file: string, columns: object) =>
    Object.values(columns)
      .filter((column) => !contract.required.includes(column))
      .map((column) => `${file} must require the key "${column}"`);
  return [
    ...lacks(application, 'application.schema.json', keys),
    ...lacks(outcome, 'outcome.schema.json', outcome_keys),
  ];
}

/** Ingestion looks records up by their keys and times, and may not read personal data. */
function personalFaults({ personal, keys, outcome_keys, application, outcome }: Portfolio) {
  const read = [keys.application, keys.time, ...Object.values(outcome_keys)];
  return Object.entries(personal).flatMap(([column, kind]) => {
    const fields = [application, outcome].flatMap(({ properties }) => properties[column] ?? []);
    const isText = fields.every(({ type }) => [type].flat()[0] === 'string');
    return [
      ...(fields.length === 0 ? ['which neither contract has'] : []),
      ...(read.includes(column) ? ['which records are found by'] : []),
      ...(kind === 'identifier' && !isText ? ['an identifier that is no string'] : []),
    ].map((fault) => `portfolio.json: personal names ${column}, ${fault}`);
  });
}

/** Law forbids scoring with these; so does using anything computed from them. */
function featureFaults({
  features,
  rules,
  protected_attributes,
  keys,
  model,
}: Portfolio): string[] {
  const uses = (program: FeatureProgram, file: string, column: string) =>
    program.features
      .filter(({ reads }) => reads.includes(column))
      .map(({ name }) => `${file}: ${name} reads ${column}`);
  const forbidden = protected_attributes.flatMap((column) =>
    [...uses(features, 'features.sql', column), ...uses(rules, 'rules.sql', column)].map(
      (use) => `${use}, a protected attribute`,
    ),
  );
  const identity = [keys.application, keys.entity].flatMap((column) =>
    uses(features, 'features.sql', column).map(
      (use) => `${use}, which identifies and predicts nothing`,
    ),
  );
  // Trees read text by the vocabulary of their export.
  const readable = new Set(['INT64', 'FLOAT64']);
  if (model.model_type === 'BOOSTED_TREE_CLASSIFIER') readable.add('STRING');
  const unusable = features.features
    .filter(({ type }) => !readable.has(type))
    .map(
      ({ name, type }) =>
        `features.sql: ${name} is ${type}; write it as a number, for a ${model.model_type}`,
    );
  return [...forbidden, ...identity, ...unusable];
}

function ruleFaults({ rules, policy }: Portfolio): string[] {
  const compiled = rules.features.map(({ name }) => name);
  return [
    ...rules.features
      .filter(({ type }) => type !== 'BOOL')
      .map(({ name, type }) => `rules.sql: ${name} is ${type}; a rule is BOOL`),
    ...compiled
      .filter((name) => !(name in policy.rules))
      .map((name) => `policy.json lacks the rule ${name} of rules.sql`),
    ...Object.keys(policy.rules)
      .filter((name) => !compiled.includes(name))
      .map((name) => `rules.sql lacks the rule ${name} of policy.json`),
  ];
}

/** Every feature can become a principal reason, so each has exactly one. */
function reasonFaults({ features, reasons }: Portfolio): string[] {
  const explained = reasons.reasons.flatMap((reason) => reason.features);
  const names = features.features.map(({ name }) => name);
  return [
    ...names
      .filter((name) => explained.filter((other) => other === name).length !== 1)
      .map((name) => `reasons.json must name the feature ${name} in exactly one reason`),
    ...explained
      .filter((name) => !names.includes(name))
      .map((name) => `reasons.json names ${name}, which features.sql lacks`),
  ];
}
