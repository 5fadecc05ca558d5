import assert from 'node:assert/strict';
import { MODEL_FILE } from '../../../shared/bundle/bundle.ts';
import { scoreAll, scoreBytes } from '../../../shared/decision/scores.ts';
import { parseJson } from '../../../shared/http/json.ts';
import { createServingModel, type ServingModel } from '../../../shared/serving/serving_model.ts';
import { keepLog } from '../../functions/support/log.ts';
import { chanceOf, mutateList } from '../../functions/support/mutations.ts';
import { readPortfolio } from '../../functions/support/portfolio.ts';
import { loanRows, requestOf } from '../../functions/support/rows.ts';
import { makeVersion } from '../../functions/support/versions.ts';

const VERSION = 'v20260601_000000';
const AT = new Date('2026-06-12T00:00:00Z');
const REQUESTS = loanRows(100, 5).applications.map(requestOf);

describe('scores out of bytes', () => {
  let model: ServingModel;

  before(async () => {
    const { manifest, files } = await makeVersion(await readPortfolio(), VERSION);
    const ref = { version: VERSION, manifest_sha256: '0'.repeat(64) };
    const bundle = { ref, manifest: { ...manifest, files: [] }, model: files.get(MODEL_FILE)! };
    model = await createServingModel(bundle);
  });
  after(() => model.close());

  /** What is answered of a body that is parsed and checked; undefined where it is refused. */
  async function answerOf(bytes: Uint8Array): Promise<string | undefined> {
    try {
      const { applications, ...more } = parseJson(bytes) as { applications: object[] };
      assert.ok(Object.keys(more).length === 0);
      assert.ok(applications.length > 0 && applications.length <= 100);
      const checked = applications.map((application) => {
        const result = model.check(application);
        assert.ok(result.ok);
        return result.value;
      });
      return JSON.stringify(await scoreAll(model, checked, { at: AT, log: keepLog() }));
    } catch {
      return undefined;
    }
  }

  const quickAnswerOf = (bytes: Uint8Array): string | undefined => {
    const answer = scoreBytes(model, bytes, AT);
    return answer && JSON.stringify(answer);
  };

  it('are the very answer that objects give, for lists as clients write them', async () => {
    const list = JSON.stringify({ applications: REQUESTS });
    // As Python's json.dumps has it.
    const spaced = list.replaceAll('":', '": ').replaceAll(',"', ', "').replaceAll('},{', '}, {');
    for (const text of [list, spaced, `${list}\n`]) {
      const answer = quickAnswerOf(Buffer.from(text));
      assert.ok(answer !== undefined, text.slice(0, 100));
      assert.equal(answer, await answerOf(Buffer.from(text)));
    }
  });

  it('are the same answer or none, however a list was broken', async () => {
    const chance = chanceOf(20_261_122);
    const seen = { answered: 0, left: 0 };
    for (let i = 0; i < 3000; i++) {
      const bytes = mutateList(REQUESTS.slice(0, 10), chance);
      const answer = quickAnswerOf(bytes);
      seen[answer === undefined ? 'left' : 'answered']++;
      if (answer !== undefined) assert.equal(answer, await answerOf(bytes), bytes.toString());
    }
    assert.ok(seen.answered > 100 && seen.left > 1000, JSON.stringify(seen));
  });
});
