/** No personal data in logs: every line of the service, with an applicant whose every datum is marked. */
import assert from 'node:assert/strict';
import { InferenceSession } from '../../../shared/scorer/onnxruntime.ts';
import { useLender } from '../support/lender.ts';
import { startProxy } from '../support/proxy.ts';
import { loanRows, requestOf } from '../support/rows.ts';
import { bothEngines, type Instance, startInstance } from '../support/score.ts';
import { post } from '../support/serve.ts';
import { deploy, storeVersion } from '../support/versions.ts';

/** Found nowhere else; each a datum of the applicant, or the caller's name for the request. */
const MARKED = {
  customer_id: 'Mallory-Marked',
  employer: 'Marked-Employer',
  income: 31_337.25,
  amount: 13_373.5,
  employed_since: '1999-09-09',
} as const;
const KEY = 'marked-idempotency-key';
const MARKS = [...Object.values(MARKED).map(String), KEY];
const REQUEST = { ...requestOf(loanRows(1, 3).applications[0]!), ...MARKED };

describe('the log of the decision service', () => {
  const lender = useLender();
  let instance: Instance;
  afterEach(() => instance.stop());

  before(async () => {
    const { objects, portfolio } = lender;
    const champion = await storeVersion(objects, portfolio, 'v20260601_000000');
    const shadow = await storeVersion(objects, portfolio, 'v20260602_000000', { lift: 0.2 });
    await deploy(objects, 'loans', { champion, shadows: [shadow] });
  });

  /** All that was said, with everything that stands under a key left out. */
  const said = (without?: string) =>
    JSON.stringify(instance.log.lines, (key, value) => (key === without ? undefined : value));

  function assertUnmarked(text: string): void {
    for (const mark of MARKS) assert.ok(!text.includes(mark), `${mark} in ${text}`);
  }

  const ask = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    post(`${instance.url}/v1/loans/${path}`, body, headers);

  it('holds nothing of the applicant when all is well', async () => {
    instance = await startInstance(lender);
    assert.equal((await ask('decisions', REQUEST)).status, 200);
    assert.equal((await ask('decisions', REQUEST, { 'idempotency-key': KEY })).status, 200);
    assert.equal((await ask('explanations', REQUEST)).status, 200);
    assert.ok(instance.log.lines.length > 0);
    assertUnmarked(said());
  });

  it('holds nothing of a request that is refused', async () => {
    instance = await startInstance(lender);
    const bad: unknown[] = [
      { ...REQUEST, amount: MARKED.employer },
      { ...REQUEST, income: -MARKED.income },
      { ...REQUEST, [MARKED.customer_id]: 1 },
      { ...REQUEST, employed_since: `${MARKED.employed_since}!` },
      `{"customer_id": "${MARKED.customer_id}"`,
    ];
    for (const body of bad) assert.equal((await ask('decisions', body)).status, 400);
    await ask('decisions', REQUEST, { 'idempotency-key': KEY });
    const reused = { ...REQUEST, term_months: 7 };
    assert.equal((await ask('decisions', reused, { 'idempotency-key': KEY })).status, 422);
    assertUnmarked(said());
  });

  it('holds nothing of the applicant when engines fail', async () => {
    instance = await startInstance(lender);
    await ask('decisions', REQUEST);
    await bothEngines(instance);
    const { prototype } = InferenceSession as unknown as {
      prototype: { run: InferenceSession['run'] };
    };
    const { run } = prototype;
    prototype.run = async (feeds) => {
      throw new Error(`cannot run on ${Object.keys(feeds)}`);
    };
    try {
      assert.equal((await ask('decisions', REQUEST)).status, 200);
    } finally {
      prototype.run = run;
    }
    assert.equal(instance.log.of('onnxruntime failed; the kernel scores').length, 2);
    assertUnmarked(said());
  });

  it('holds nothing of the applicant when Cloud Storage is away and policy decides alone', async () => {
    const proxy = await startProxy(lender.cloud.origin);
    proxy.fate = () => 403;
    instance = await startInstance(lender, {}, { STORAGE_EMULATOR_HOST: proxy.origin });
    try {
      const { body } = await ask('decisions', REQUEST);
      assert.equal(body.model_version, null);
      await ask('decisions', REQUEST, { 'idempotency-key': KEY });
      assert.equal(instance.log.of('deciding by policy alone').length >= 1, true);
      assertUnmarked(said());
    } finally {
      await proxy.stop();
    }
  });

  it('holds the applicant in one place alone: the event that Pub/Sub did not take', async () => {
    instance = await startInstance(lender, {}, { PUBSUB_EMULATOR_HOST: '127.0.0.1:1' });
    assert.equal((await ask('decisions', REQUEST)).status, 200);
    const [line] = instance.log.of(
      'the decision event could not be published; it is kept here',
    ) as [{ decision_event: { request: string } }];
    assert.ok(line.decision_event.request.includes(MARKED.customer_id));
    assertUnmarked(said('decision_event'));
  });
});
