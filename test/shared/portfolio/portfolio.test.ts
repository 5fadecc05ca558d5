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
      const { features, policy_columns } = await loadPortfolio('sql', id);
      assert.ok(features.features.length > 0 && policy_columns.features.length > 0, id);
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
      'expects something of a column that there is not',
      'expectations.json',
      '"column": "amount"',
      '"column": "amuont"',
      /bnpl: expectations\.json names plausible_amount, about amuont, which applications lack/,
    ],
    [
      'expects two things under one name',
      'expectations.json',
      '"name": "freshness"',
      '"name": "volume"',
      /bnpl: expectations\.json names applications\.volume twice/,
    ],
    [
      'expects what nobody knows how to judge',
      'expectations.json',
      '"kind": "freshness"',
      '"kind": "niceness"',
      /bnpl\/expectations\.json: .*expectations\[1\]/s,
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
      'policy.sql',
      'amount > payment_credit_limit AS',
      "customer_state = 'TX' AS",
      /policy\.sql: over_credit_limit reads customer_state, a stand-in for race and national origin/,
    ],
    [
      'has a segment of protected people',
      'policy.sql',
      'account_plans_completed = 0 AS',
      "customer_age_bracket = '18-24' AS",
      /policy\.sql: new_customer reads customer_age_bracket, a protected attribute/,
    ],
    [
      'reckons with a protected attribute, however indirectly',
      'policy.sql',
      'GREATEST(amount - first_payment_amount, 0)',
      "IF(customer_state = 'TX', amount, 0)",
      /policy\.sql: exposure_amount reads customer_state.*financed_amount reads customer_state/s,
    ],
    [
      'protects what there is not',
      'portfolio.json',
      '"customer_age_bracket"]',
      '"customer_agebracket"]',
      /protects customer_agebracket, which application\.schema\.json lacks: is it misspelt\?/,
    ],
    [
      'cuts into groups what is no number',
      'portfolio.json',
      '"proxies":',
      '"protected_groups": { "customer_age_bracket": [1] }, "proxies":',
      /protected_groups names customer_age_bracket, which is no number/,
    ],
    [
      'cuts into groups what it does not protect',
      'portfolio.json',
      '"proxies":',
      '"protected_groups": { "amount": [100] }, "proxies":',
      /protected_groups names amount, which protected_attributes lacks/,
    ],
    [
      'wants a calibration slope that cannot be',
      'portfolio.json',
      '"at_least": 0.7, "at_most": 1.4',
      '"at_least": 1.4, "at_most": 0.7',
      /at_least must be below at_most/,
    ],
    [
      'scores with who somebody is',
      'features.sql',
      '  -- The plan.\n',
      '  LENGTH(customer_id) AS id_length,\n',
      /features\.sql: id_length reads customer_id, which identifies/,
    ],
    [
      'says that reasons compare with other people than they do',
      'policy.json',
      '"kind": "approved"',
      '"kind": "background"',
      /version 2026-11-01 of policy\.json compares with background, path_dependent explanations .* with training/,
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
      'policy.sql',
      'AS too_many_plans',
      'AS many_plans',
      /no version uses the column many_plans.*version 2026-11-01: it names too_many_plans, which policy\.sql lacks/s,
    ],
    [
      'has a rule that is no BOOL',
      'policy.sql',
      'account_open_plans >= 6 AS',
      'account_open_plans AS',
      /too_many_plans is INT64; a rule or segment is BOOL/,
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

  /** One change of `policy.json`. */
  const policies: [what: string, from: string, to: string, message: RegExp][] = [
    [
      'names a segment that there is not',
      '"segments": ["new_customer"], "at_least"',
      '"segments": ["newcomer"], "at_least"',
      /version 2026-11-01: it names newcomer, which policy\.sql lacks/,
    ],
    [
      'takes a number for a segment',
      '"segments": ["new_customer"], "at_least"',
      '"segments": ["amount"], "at_least"',
      /amount is FLOAT64; a rule or segment is BOOL/,
    ],
    [
      'compares what is no number',
      '"figure": "exposure_amount"',
      '"figure": "new_customer"',
      /new_customer is BOOL, which is no number/,
    ],
    [
      'loses a share that can be above 1',
      '"loss_given_default": 0.5',
      '"loss_given_default": "exposure_to_limit"',
      /exposure_to_limit can be 1010000; a share is at most 1/,
    ],
    [
      'has cut-offs that leave somebody out',
      '{ "name": "standard", "review_from"',
      '{ "name": "standard", "when": { "segments": ["new_customer"] }, "review_from"',
      /the last row, and no other, must be without conditions/,
    ],
    [
      'has a cut-off behind one that takes all',
      '"when": { "segments": ["new_customer"], "at_least": { "amount": 250 } },',
      '',
      /the last row, and no other, must be without conditions/,
    ],
    [
      'lends more to who is riskier',
      '{ "pd_at_least": 0.05, "limit": 1500 }',
      '{ "pd_at_least": 0.05, "limit": 5001 }',
      /more risk, less credit/,
    ],
    [
      'gives a limit the name of a rule',
      '"exposure_by_limit": {',
      '"too_many_plans": {',
      /the limit too_many_plans has the name of another rule/,
    ],
    [
      'gives two reasons one code',
      '"code": "R02"',
      '"code": "M02"',
      /version 2026-11-01 of policy\.json give the code M02 twice/,
    ],
    [
      'offers what there is not',
      '"field": "amount"',
      '"field": "sum"',
      /change sum, which .* lacks/,
    ],
    [
      'offers text',
      '"field": "amount"',
      '"field": "currency"',
      /change currency, which is no number/,
    ],
    [
      'offers something twice',
      '"field": "credit_utilization", "derived": true',
      '"field": "amount", "derived": true',
      /change amount, more than once/,
    ],
    [
      'offers another person',
      '"field": "amount"',
      '"field": "customer_id"',
      /change customer_id, a key or a protected attribute/,
    ],
    [
      'tries too many offers',
      '"values": [12, 6, 4]',
      '"values": [12, 11, 10, 9, 8, 7, 6, 5, 4, 3]',
      /at most 64 combinations/,
    ],
    ['offers more than was asked', '"shares": [0.9', '"shares": [1.1', /shares/],
    ['begins at no time', '"2026-11-01T00:00:00Z"', '"2026-11-31T00:00:00Z"', /effective_from/],
  ];
  for (const [what, from, to, message] of policies) {
    it(`is refused where its policy ${what}`, async () => {
      await change('policy.json', from, to);
      await refused(message);
    });
  }

  const versions = async (...changes: { version: string; effective_from: string }[]) => {
    const path = join(folder, 'bnpl', 'policy.json');
    const [first] = JSON.parse(await readFile(path, 'utf8')).versions;
    const all = changes.map((one) => ({ ...first, ...one }));
    await writeFile(path, JSON.stringify({ versions: all }));
  };

  it('is refused where two versions of its policy have one name', async () => {
    await versions(
      { version: 'a', effective_from: '2026-01-01T00:00:00Z' },
      { version: 'a', effective_from: '2026-02-01T00:00:00Z' },
    );
    await refused(/two versions have the same name/);
  });

  it('is refused where versions of its policy are not in order, or begin at one time', async () => {
    for (const later of ['2026-01-31T00:00:00Z', '2026-02-01T00:00:00.000Z']) {
      await versions(
        { version: 'a', effective_from: '2026-02-01T00:00:00Z' },
        { version: 'b', effective_from: later },
      );
      await refused(/must be in the order of effective_from/);
    }
  });

  it('is refused where its policy has no version', async () => {
    await versions();
    await refused(/policy\.json: .*versions/s);
  });

  it('is refused where a column of its policy can be NULL', async () => {
    await change(
      'policy.sql',
      'IFNULL(account_days_since_last_late, 9999) < 90',
      'account_days_since_last_late < 90',
    );
    await refused(/policy\.sql: recently_missed can be NULL; .*IFNULL or COALESCE/);
  });

  it('is refused where money can be below nothing', async () => {
    await change(
      'policy.sql',
      'GREATEST(amount - first_payment_amount, 0)',
      'amount - first_payment_amount',
    );
    await refused(/financed_amount can be as low as -9999; money, days and shares are at least 0/);
  });

  it('is refused where a monotone feature is none, or is text', async () => {
    const path = join(folder, 'bnpl', 'portfolio.json');
    const text = await readFile(path, 'utf8');
    const monotone = { shoe_size: 'increasing' };
    await writeFile(path, JSON.stringify({ ...JSON.parse(text), monotone }));
    await refused(/monotone names shoe_size, which features\.sql lacks/);
  });

  it('is refused where it watches what cannot be counted by', async () => {
    const path = join(folder, 'bnpl', 'portfolio.json');
    const document = JSON.parse(await readFile(path, 'utf8'));
    const changed = async (changes: object, message: RegExp) => {
      await writeFile(path, JSON.stringify({ ...document, ...changes }));
      await refused(message);
    };
    await changed(
      { monitoring: { segments: ['customer_state'] } },
      /monitoring watches the segment customer_state, which is not a boolean or a list/,
    );
    await changed({ monitoring: { segments: ['shoe_size'] } }, /segment shoe_size, which is not/);
  });

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
    await rm(join(folder, 'bnpl', 'policy.sql'));
    await refused(/The portfolio "bnpl" lacks policy\.sql/);
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
