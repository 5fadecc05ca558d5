import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { http } from '@google-cloud/functions-framework';
import { getTestServer } from '@google-cloud/functions-framework/testing';
import { takeOverRequests } from '../../../shared/http/lane.ts';

/** Who answers a server's requests, one after the other. */
async function answersOf(server: Server, requests: number): Promise<string[]> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const answers: string[] = [];
  for (let i = 0; i < requests; i++) {
    answers.push(await (await fetch(`http://127.0.0.1:${port}/`)).text());
  }
  server.close();
  server.closeAllConnections();
  return answers;
}

const says =
  (text: string): RequestListener =>
  (_, response) =>
    void response.end(text);

describe('the lane of a function’s requests', () => {
  it('leads past functions-framework’s Express from the first request on, and past nothing else', async () => {
    takeOverRequests(async (_, response) => void response.end('ours'));
    assert.deepEqual(await answersOf(createServer(says('another')), 2), ['another', 'another']);

    http('lane-test', says('the framework'));
    const seen: string[] = [];
    const watched = getTestServer('lane-test').on('request', () => seen.push('a request'));
    assert.deepEqual(await answersOf(watched, 2), ['the framework', 'the framework']);
    assert.equal(seen.length, 2);

    assert.deepEqual(await answersOf(getTestServer('lane-test'), 2), ['ours', 'ours']);
    // A process has one such server.
    assert.deepEqual(await answersOf(getTestServer('lane-test'), 1), ['the framework']);
  });
});
