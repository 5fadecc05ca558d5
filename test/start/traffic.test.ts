import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import fc from 'fast-check';
import { findPortfolio } from '../../shared/portfolio/portfolio.ts';
import { quantile, requestsOf, send, servedVersion } from './traffic.ts';

describe('a quantile', () => {
  it('is a number of those given below which lies the share asked for, but for one', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (numbers, share) => {
          const value = quantile(numbers, share);
          assert.ok(numbers.includes(value));
          const below = numbers.filter((number) => number < value).length;
          const upTo = numbers.filter((number) => number <= value).length;
          assert.ok(below <= share * numbers.length);
          assert.ok(upTo >= share * numbers.length);
        },
      ),
    );
  });

  it('of nothing is no number', () => {
    assert.ok(Number.isNaN(quantile([], 0.5)));
  });
});

describe('traffic', () => {
  let server: Server;
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  async function serve(listener: RequestListener): Promise<string> {
    server = createServer(listener).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  const answer = {
    outcome: 'approve',
    probability_of_default: 0.1,
    reasons: [],
    counter_offer: null,
  };

  it('sends each request once, so many at a time and no more, and pairs it with its answer', async () => {
    let [open, most] = [0, 0];
    let gate = Promise.withResolvers<void>();
    const url = await serve(async (request, response) => {
      most = Math.max(most, ++open);
      const { n } = (await json(request)) as { n: number };
      // Nobody is answered before four ask; a fifth would have the time to ask too.
      if (open === 4) setTimeout(gate.resolve, 2);
      await gate.promise;
      if (--open === 0) gate = Promise.withResolvers();
      response.end(JSON.stringify({ ...answer, application_id: String(n) }));
    });
    const requests = Array.from({ length: 520 }, (_, n) => ({ n }));
    const told: number[] = [];
    const { decisions } = await send(url, requests, 4, (done) => told.push(done));
    assert.equal(most, 4);
    assert.deepEqual(told, [250, 500]);
    assert.equal(new Set(decisions.map(({ request }) => request.n)).size, 520);
    for (const decided of decisions) {
      assert.equal(decided.answer.application_id, String(decided.request.n));
      assert.ok(decided.milliseconds > 0);
    }
  });

  it('fails with the service’s own words, or with its name where it is gone', async () => {
    const url = await serve((_, response) => {
      response.statusCode = 400;
      response.end(
        '{"detail":"It does not fit.","errors":[{"pointer":"/age","problem":"missing"}]}',
      );
    });
    await assert.rejects(
      send(url, [{}], 1, () => {}),
      {
        message: `${url} answered 400: It does not fit. [{"pointer":"/age","problem":"missing"}]`,
      },
    );
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
    await assert.rejects(
      send(url, [{}], 1, () => {}),
      (error: Error) => {
        assert.match(error.message, /^http:\S+ cannot be reached: .*ECONNREFUSED/);
        return true;
      },
    );
  });

  it('asks as a checkout would: without the lender’s fields and without what breaks the contract', async () => {
    const portfolio = await findPortfolio('sql', 'cards');
    const fields = Object.entries(portfolio.application.properties);
    const account = (id: number, more: object = {}) => ({
      ...Object.fromEntries(
        fields.map(([name, field]) => [name, 'minimum' in field && field.minimum]),
      ),
      ...{ id, limit_bal: 1000, age: 30, education: 1, _timestamp: '2026-01-01T00:00:00Z' },
      ...more,
    });
    const records = [account(1), account(2, { age: 5 }), account(3, { extra: 1 }), account(4)];
    const bodies: unknown[] = [];
    const url = await serve(async (request, response) => {
      bodies.push(request.url, await json(request));
      response.end(records.map((record) => `data: ${JSON.stringify(record)}\n\n`).join(''));
    });
    const range = { start: '2026-01-01', end: '2026-01-02' };
    const ids = async (most: number) =>
      (await requestsOf(portfolio, { url, parameters: { seed: 7 } }, range, most)).map(
        ({ id }) => id,
      );
    assert.deepEqual(await ids(10), [1, 3, 4]);
    assert.deepEqual(await ids(2), [1, 3]);
    const asked = { seed: 7, start_date: '2026-01-01', end_date: '2026-01-02' };
    assert.deepEqual(bodies.slice(0, 2), ['/stream/cards', asked]);
  });

  it('tells the version that serves, or why none does', async () => {
    let [status, portfolios] = [200, { cards: 'v20260830_000000' } as Record<string, string>];
    const url = await serve((_, response) => {
      response.statusCode = status;
      response.end(JSON.stringify({ portfolios }));
    });
    assert.equal(await servedVersion(url, 'cards'), 'v20260830_000000');
    [status, portfolios] = [503, { cards: 'no deployment' }];
    await assert.rejects(servedVersion(url, 'cards'), {
      message: 'cards: no deployment, so the service has no model to ask.',
    });
  });
});
