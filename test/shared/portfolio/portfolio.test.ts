import assert from 'node:assert/strict';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError } from '../../../shared/errors.ts';
import { findPortfolio, loadPortfolio } from '../../../shared/portfolio/portfolio.ts';

/** Folders of sql/ that say that they are portfolios. */
async function portfolios(): Promise<string[]> {
  const files = await readdir('sql', { recursive: true });
  return files.flatMap((file) => /^([^/]+)\/portfolio\.json$/.exec(file)?.[1] ?? []);
}

describe('the portfolios in sql/', () => {
  it('all hold together', async () => {
    const ids = await portfolios();
    assert.ok(ids.includes('bnpl') && ids.includes('cards'), ids.join());
    for (const id of ids) {
      const { features, rules } = await loadPortfolio('sql', id);
      assert.ok(features.features.length > 0 && rules.features.length > 0, id);
    }
  });
});

describe('a portfolio', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'portfolio-'));
    await cp('sql/bnpl', join(folder, 'bnpl'), { recursive: true });
  });
  afterEach(() => rm(folder, { recursive: true }));

  const change = async (file: string, from: string, to: string) => {
    const path = join(folder, 'bnpl', file);
    const text = await readFile(path, 'utf8');
    assert.ok(text.includes(from), `${file} has no ${from}`);
    await writeFile(path, text.replace(from, to));
  };
  const refused = (message: RegExp) => assert.rejects(loadPortfolio(folder, 'bnpl'), message);

  const faults: [what: string, file: string, from: string, to: string, message: RegExp][] = [
    [
      'is called otherwise than its folder',
      'portfolio.json',
      '"id": "bnpl"',
      '"id": "other"',
      /bnpl: portfolio\.json says its id is "other"/,
    ],
    [
      'has a document that is not JSON',
      'policy.json',
      '{',
      '[',
      /bnpl\/policy\.json is not JSON: .*position/,
    ],
    [
      'has a member that nobody knows',
      'model.json',
      '"model_type"',
      '"modeltype": 1, "model_type"',
      /bnpl\/model\.json: .*modeltype/,
    ],
    [
      'reviews above the cut-off that declines',
      'policy.json',
      '"review_from": 0.1',
      '"review_from": 0.3',
      /review_from must not be above decline_from/,
    ],
    [
      'has SQL that does not compile',
      'features.sql',
      'amount / payment_credit_limit AS',
      'amount / payment_limit AS',
      /bnpl\/features\.sql: .*payment_limit.*\[\d+:\d+\]/s,
    ],
    [
      'scores with a protected attribute',
      'features.sql',
      '  -- The plan.\n',
      "  CAST(customer_age_bracket = '18-24' AS INT64) AS young,\n",
      /features\.sql: young reads customer_age_bracket, a protected attribute/,
    ],
    [
      'knocks out by a protected attribute',
      'rules.sql',
      'amount > payment_credit_limit AS',
      "customer_state = 'TX' AS",
      /rules\.sql: over_credit_limit reads customer_state, a protected attribute/,
    ],
    [
      'scores with who somebody is',
      'features.sql',
      '  -- The plan.\n',
      '  LENGTH(customer_id) AS id_length,\n',
      /features\.sql: id_length reads customer_id, which identifies/,
    ],
    [
      'has a feature without a reason',
      'reasons.json',
      '"amount_to_limit"',
      '"amount"',
      /must name the feature amount_to_limit in exactly one reason/,
    ],
    [
      'has a reason for what is no feature',
      'reasons.json',
      '"amount_to_limit"',
      '"amount_to_limit", "shoe_size"',
      /reasons\.json names shoe_size, which features\.sql lacks/,
    ],
    [
      'has a rule without a policy',
      'rules.sql',
      'AS too_many_plans',
      'AS many_plans',
      /policy\.json lacks the rule many_plans.*rules\.sql lacks the rule too_many_plans/s,
    ],
    [
      'has a rule that is no BOOL',
      'rules.sql',
      'account_open_plans >= 6 AS',
      'account_open_plans AS',
      /rules\.sql: too_many_plans is INT64; a rule is BOOL/,
    ],
    [
      'has a feature that no model reads',
      'features.sql',
      '  installment_count,',
      '  installment_count > 3 AS installment_count,',
      /features\.sql: installment_count is BOOL; write it as a number/,
    ],
    [
      'has a key that need not be sent',
      'portfolio.json',
      '"entity": "customer_id"',
      '"entity": "credit_utilization"',
      /application\.schema\.json must require the key "credit_utilization"/,
    ],
  ];

  /** One change of `portfolio.json`, each a list that lets a person change what nobody can. */
  const unactionable: [what: string, from: string, to: string, message: RegExp][] = [
    ['there is not', '"field": "amount"', '"field": "shoe_size"', /shoe_size, which .* lacks/],
    ['is listed twice', '"field": "first_payment_amount"', '"field": "amount"', /amount, .* twice/],
    [
      'is protected',
      '"field": "customer_verification_level"',
      '"field": "customer_age_bracket"',
      /customer_age_bracket, a protected attribute/,
    ],
    ['says who asks', '"field": "amount"', '"field": "customer_id"', /customer_id, a key/],
    ['is the lender’s', '"field": "amount"', '"field": "status"', /status, which is read-only/],
    [
      'nothing reads',
      '"field": "amount"',
      '"field": "product_price"',
      /product_price, which no feature and no rule reads/,
    ],
    ['is open text', '"field": "amount"', '"field": "product_brand"', /product_brand.* open text/],
    ['is a time', '"field": "amount"', '"field": "_timestamp"', /_timestamp, which is a time/],
    ['is no integer and has no step', '"step": 1,\n', '\n', /amount, .* needs a step/],
    [
      'is an integer and has a broken step',
      '"maximum": 12',
      '"step": 0.5',
      /installment_count, an integer, whose step must be one/,
    ],
    ['goes beyond the contract', '"maximum": 12', '"maximum": 25', /must lie within 2 to 24/],
    ['has a list and a step', '"text": "Verify', '"step": 1, "text": "Verify', /is no number/],
    [
      'is held to what is no number',
      '"at_most": "amount"',
      '"at_most": "currency"',
      /at most currency, which is no number/,
    ],
    ['has a step without exact multiples', '"step": 1', '"step": 0.3', /one divided by an integer/],
    ['has a step that vanishes', '"step": 1', '"step": 1e-12', /step is too small/],
  ];
  for (const [what, from, to, message] of unactionable) {
    it(`is refused where a field that a person can change ${what}`, async () => {
      await change('portfolio.json', from, to);
      await refused(message);
    });
  }

  for (const [what, file, from, to, message] of faults) {
    it(`is refused where it ${what}`, async () => {
      await change(file, from, to);
      await refused(message);
    });
  }

  it('is refused where a file is missing, by its name', async () => {
    await rm(join(folder, 'bnpl', 'rules.sql'));
    await refused(/The portfolio "bnpl" lacks rules\.sql/);
  });

  it('answers 404 where somebody asks for one that there is not', async () => {
    await assert.rejects(findPortfolio(folder, 'other'), (error: unknown) => {
      assert.ok(error instanceof AppError);
      assert.deepEqual([error.status, error.message], [404, 'There is no portfolio "other".']);
      return true;
    });
  });

  it('answers 500 with the fault where one asked for is unusable', async () => {
    await change('policy.json', '{', '[');
    await assert.rejects(findPortfolio(folder, 'bnpl'), (error: unknown) => {
      assert.ok(error instanceof AppError);
      assert.equal(error.status, 500);
      assert.match(error.message, /policy\.json is not JSON/);
      return true;
    });
  });
});
