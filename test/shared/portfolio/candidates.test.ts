/** What model.json may say of candidates, blends and weights of classes. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CandidateDocument, ModelDocument } from '../../../shared/portfolio/model_document.ts';
import { loadPortfolio } from '../../../shared/portfolio/portfolio.ts';
import { writeSql } from '../../functions/support/lender.ts';
import { COMPARED, TEXTUAL, withDocument } from '../../functions/support/loans.ts';

const model = COMPARED['model.json'];

async function refused(document: ModelDocument, message: RegExp, files = COMPARED): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'flit-sql-'));
  try {
    await writeSql(directory, { ...files, 'model.json': document });
    await assert.rejects(loadPortfolio(directory, 'loans'), { name: 'PortfolioError', message });
  } finally {
    await rm(directory, { recursive: true });
  }
}

describe('a portfolio with candidates', () => {
  it('is refused when they could not be compared, or not told apart', async () => {
    const { blends: _, ...unblended } = model;
    const { selection: __, ...unchosen } = unblended;
    await refused(unchosen, /candidates and selection, or neither/);
    await refused(
      model,
      /compared in time: validation \(portfolio\.json\) must be out_of_time/,
      withDocument(COMPARED, { validation: { kind: 'folds', folds: 3 } }),
    );
    const [forest] = model.candidates!;
    const refuses = (candidates: CandidateDocument[], message: RegExp) =>
      refused({ ...unblended, candidates }, message);
    await refuses([forest!, forest!], /have a name twice/);
    await refuses([{ ...forest!, name: 'main' }], /is the name of the first model/);
    const tuning = { trials: 2, spaces: { MAX_TREE_DEPTH: { candidates: [2, 3] } } };
    await refuses([{ ...forest!, tuning }], /forest both sets and tunes MAX_TREE_DEPTH/);
  });
});

describe('a portfolio with blends', () => {
  const refuses = (change: Partial<ModelDocument>, message: RegExp, files = COMPARED) =>
    refused({ ...model, ...change }, message, files);
  const of = (...members: string[]): Partial<ModelDocument> => ({
    blends: [{ name: 'blend', members, weights: 'fitted' }],
  });

  it('is refused where one cannot be: by the name of blend and member', async () => {
    await refuses(of('main', 'other'), /the blend blend names other, which is no candidate/);
    await refuses(of('main'), /are two at least/);
    await refuses(of('main', 'forest', 'main'), /name a candidate twice/);
    await refuses(
      of('main', 'logistic'),
      /the blend blend names logistic, a LOGISTIC_REG: only trees become one forest/,
    );
    await refuses(of('main', 'blend'), /names blend, which is no candidate/);
    const [blend] = model.blends!;
    await refuses({ blends: [{ ...blend!, name: 'forest' }] }, /forest has a name that is taken/);
    await refuses({ blends: [blend!, blend!] }, /the blend blend has a name that is taken/);
    await refuses({ blends: [{ ...blend!, name: 'main' }] }, /is the name of the first model/);
    const { candidates: _, selection: __, ...alone } = model;
    await refused(alone, /model\.json has blends, and no candidates/);
  });

  it('is refused where members would read text in different ways', async () => {
    const options = { CATEGORY_ENCODING_METHOD: 'ONE_HOT_ENCODING' };
    const encoded = { name: 'encoded', model_type: 'BOOSTED_TREE_CLASSIFIER' as const, options };
    const [forest] = model.candidates!;
    const change = { ...of('encoded', 'forest'), candidates: [forest!, encoded] };
    await refuses(change, /blend has members that read text in different ways/, TEXTUAL);
  });
});

describe('weights of classes in model.json', () => {
  it('are refused where they name no label, or not each, or come twice', async () => {
    const refuses = (options: object, message: RegExp) =>
      refused({ ...model, options } as ModelDocument, message);
    await refuses({ CLASS_WEIGHTS: { 1: 4 } }, /CLASS_WEIGHTS/);
    await refuses({ CLASS_WEIGHTS: { 0: 1, 1: 0 } }, /CLASS_WEIGHTS/);
    await refuses({ CLASS_WEIGHTS: 4 }, /as CLASS_WEIGHTS and nowhere else/);
    await refuses({ MAX_TREE_DEPTH: { 0: 1, 1: 4 } }, /as CLASS_WEIGHTS and nowhere else/);
    await refuses(
      { CLASS_WEIGHTS: { 0: 1, 1: 4 }, AUTO_CLASS_WEIGHTS: true },
      /must not have both CLASS_WEIGHTS and AUTO_CLASS_WEIGHTS/,
    );
  });
});
