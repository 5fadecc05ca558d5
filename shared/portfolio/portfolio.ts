/** A portfolio: data, not code. Reads a folder of SQL and JSON and refuses one that contradicts itself. */
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { AppError } from '../errors.ts';
import { compileFeatures, type FeatureProgram } from '../features/compile.ts';
import { type PolicyDocument, policySchema } from '../policy/document.ts';
import { policyFaults, reasonsOf } from '../policy/faults.ts';
import { actionFaults } from './actions.ts';
import { candidateFaults } from './candidates.ts';
import { type Contract, contractSchema, inputFields } from './contract.ts';
import {
  type PortfolioDocument,
  portfolioId,
  portfolioSchema,
  type ReasonsDocument,
  reasonsSchema,
} from './documents.ts';
import { type Expectation, expectationFaults, expectationsSchema } from './expectations.ts';
import { type ModelDocument, modelSchema } from './model_document.ts';
import { monitoringFaults } from './monitoring.ts';
import { forbiddenOf, protectedFaults } from './protected.ts';

export interface Portfolio extends PortfolioDocument {
  readonly application: Contract;
  readonly outcome: Contract;
  readonly model: ModelDocument;
  readonly policy: PolicyDocument;
  readonly reasons: ReasonsDocument;
  /** None where the folder has no such file. */
  readonly expectations: readonly Expectation[];
  /** GoogleSQL: labelled applications, the features of one, what the policy reads of one. */
  readonly sql: { readonly label: string; readonly features: string; readonly policy: string };
  /** Compiled from the SQL above. */
  readonly features: FeatureProgram;
  readonly policy_columns: FeatureProgram;
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
    policy: await text('policy.sql'),
  };
  const inputs = inputFields(application);
  const portfolio: Portfolio = {
    ...document,
    application,
    outcome: await json('outcome.schema.json', contractSchema),
    model: await json('model.json', modelSchema),
    policy: await json('policy.json', policySchema),
    reasons: await json('reasons.json', reasonsSchema),
    expectations: await expectationsIn(folder, id),
    sql,
    features: compileIn(`${id}/features.sql`, sql.features, inputs),
    policy_columns: compileIn(`${id}/policy.sql`, sql.policy, inputs),
  };
  const faults = findFaults(portfolio, id);
  if (faults.length > 0) throw new PortfolioError(`${id}: ${faults.join('; ')}`);
  return portfolio;
}

/** What is expected of the data is optional: without it, contracts are all that there is. */
async function expectationsIn(folder: string, id: string): Promise<readonly Expectation[]> {
  const file = 'expectations.json';
  const isThere = await access(join(folder, file)).then(
    () => true,
    () => false,
  );
  if (!isThere) return [];
  const text = await readText(folder, id, file);
  return parseDocument(`${id}/${file}`, text, expectationsSchema).expectations;
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
    ...judgingFaults(portfolio),
    ...featureFaults(portfolio),
    ...candidateFaults(portfolio),
    ...policyFaults({
      policy: portfolio.policy,
      columns: portfolio.policy_columns,
      application: portfolio.application,
      fixed: [...Object.values(portfolio.keys), ...forbiddenOf(portfolio).keys()],
    }),
    ...monotoneFaults(portfolio),
    ...explanationFaults(portfolio),
    ...reasonFaults(portfolio),
    ...actionFaults(portfolio),
    ...expectationFaults(portfolio),
    ...monitoringFaults(portfolio),
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

/** Records are looked up by their keys and times, also by those who may not see personal data. */
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

/** Law forbids judging by these; so does using anything computed from them. */
function judgingFaults(portfolio: Portfolio): string[] {
  const { features, policy_columns, application } = portfolio;
  const unknown = [...forbiddenOf(portfolio).keys()].filter(
    (column) => !(column in application.properties),
  );
  return [
    ...protectedFaults(portfolio, { 'features.sql': features, 'policy.sql': policy_columns }),
    ...unknown.map(
      (column) =>
        `portfolio.json protects ${column}, which application.schema.json lacks: is it misspelt?`,
    ),
    ...groupFaults(portfolio),
  ];
}

/** Only a protected attribute that is a number is cut into groups. */
function groupFaults({ protected_groups, protected_attributes, application }: Portfolio): string[] {
  return Object.keys(protected_groups).flatMap((column) => {
    const isNumber = 'minimum' in (application.properties[column] ?? {});
    const fault = protected_attributes.includes(column)
      ? isNumber
        ? undefined
        : 'which is no number'
      : 'which protected_attributes lacks';
    return fault ? [`portfolio.json: protected_groups names ${column}, ${fault}`] : [];
  });
}

function featureFaults({ features, keys, model }: Portfolio): string[] {
  const identity = [keys.application, keys.entity].flatMap((column) =>
    features.features
      .filter(({ reads }) => reads.includes(column))
      .map(
        ({ name }) =>
          `features.sql: ${name} reads ${column}, which identifies and predicts nothing`,
      ),
  );
  const types = new Set([model, ...(model.candidates ?? [])].map(({ model_type }) => model_type));
  const unusable = [...types].flatMap((model_type) => {
    // Trees read text by the vocabulary of their export.
    const readable = ['INT64', 'FLOAT64', ...(model_type === 'LOGISTIC_REG' ? [] : ['STRING'])];
    return features.features
      .filter(({ type }) => !readable.includes(type))
      .map(
        ({ name, type }) =>
          `features.sql: ${name} is ${type}; write it as a number, for a ${model_type}`,
      );
  });
  return [...identity, ...unusable];
}

/** Only what is a number rises and falls. */
function monotoneFaults({ features, monotone }: Portfolio): string[] {
  return Object.keys(monotone).flatMap((name) => {
    const feature = features.features.find((one) => one.name === name);
    if (!feature) return [`portfolio.json: monotone names ${name}, which features.sql lacks`];
    if (feature.type !== 'STRING') return [];
    return [`portfolio.json: monotone names ${name}, which is text and has no order`];
  });
}

/** Whom the policy says that reasons compare with is whom they are compared with; `approved` goes with either. */
function explanationFaults({ explanation, policy }: Portfolio): string[] {
  const kind = explanation === 'interventional' ? 'background' : 'training';
  return policy.versions
    .filter(({ reference_population }) => ![kind, 'approved'].includes(reference_population.kind))
    .map(
      ({ version, reference_population }) =>
        `version ${version} of policy.json compares with ${reference_population.kind}, ` +
        `${explanation} explanations (portfolio.json) with ${kind}`,
    );
}

/** Every feature can become a principal reason, so each has exactly one; a code has one text. */
function reasonFaults({ features, reasons, policy }: Portfolio): string[] {
  const explained = reasons.reasons.flatMap((reason) => reason.features);
  const names = features.features.map(({ name }) => name);
  return [
    ...policy.versions.flatMap((version) =>
      repeated([...reasons.reasons, ...reasonsOf(version)].map(({ code }) => code)).map(
        (code) =>
          `reasons.json and version ${version.version} of policy.json give the code ${code} twice`,
      ),
    ),
    ...names
      .filter((name) => explained.filter((other) => other === name).length !== 1)
      .map((name) => `reasons.json must name the feature ${name} in exactly one reason`),
    ...explained
      .filter((name) => !names.includes(name))
      .map((name) => `reasons.json names ${name}, which features.sql lacks`),
  ];
}

const repeated = (codes: readonly string[]): string[] => [
  ...new Set(codes.filter((code, i) => codes.indexOf(code) !== i)),
];
