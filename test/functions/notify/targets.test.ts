import assert from 'node:assert/strict';
import * as z from 'zod';
import { readTargets, type Target, wants } from '../../../functions/notify/targets.ts';
import { hear, SILENCE } from '../../../shared/alerts/standing.ts';
import { ConfigError, readConfig } from '../../../shared/config.ts';
import { breach, LENDER } from '../../shared/alerts/breaches.ts';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

const SHAPE = { NOTIFY_TARGETS: z.string().transform(readTargets) };

const read = (targets: unknown): readonly Target[] =>
  readConfig({ NOTIFY_TARGETS: JSON.stringify(targets) }, SHAPE).NOTIFY_TARGETS;

const target = (changes: object = {}) => ({
  name: 'on-call',
  url: 'https://hooks.example.com/flit',
  secrets: [SECRET],
  ...changes,
});

describe('targets of alerts', () => {
  it('may be none', () => {
    assert.deepEqual(read([]), []);
  });

  it('want everything unless they say what', () => {
    const alert = (changes: object) => hear(SILENCE, LENDER, [breach(changes)]).untold[0]!;
    const [all, few] = read([
      target(),
      target({ name: 'few', kinds: ['drift'], portfolios: ['loans'], least_severity: 'critical' }),
    ]);
    const alerts = [
      alert({}),
      alert({ severity: 'critical' }),
      alert({ severity: 'critical', kind: 'job' }),
    ];
    assert.deepEqual(
      alerts.map((one) => wants(all!, one)),
      [true, true, true],
    );
    assert.deepEqual(
      alerts.map((one) => wants(few!, one)),
      [false, true, false],
    );
    assert.equal(wants(few!, { ...alerts[1]!, portfolio: 'cards' }), false);
  });

  for (const url of [
    'http://hooks.example.com/',
    'https://127.0.0.1/',
    'https://2130706433/',
    'https://0x7f.1/',
    'https://[::1]/',
    'https://[fd00::1]/',
    'https://169.254.169.254/computeMetadata/v1/',
    'https://metadata.google.internal/',
    'https://metadata.google.internal./',
    'https://metadata/',
    'https://printer.local/',
    'https://localhost/',
    'https://user:word@hooks.example.com/',
    'ftp://hooks.example.com/',
    'file:///etc/passwd',
  ]) {
    it(`are refused at ${url}`, () => {
      assert.throws(() => read([target({ url })]), /NOTIFY_TARGETS: 0\.url/);
    });
  }

  it('may be anywhere where they say themselves that they are insecure', () => {
    const [local] = read([target({ url: 'http://127.0.0.1:8080/hook', insecure: true })]);
    assert.equal(local!.url, 'http://127.0.0.1:8080/hook');
  });

  it('are refused with all faults by place, and without a word of what is secret', () => {
    const faulty = [
      target({ secrets: [] }),
      target({ secrets: ['my-very-secret-word'] }),
      target({ kinds: ['weather'], url: 'http://secret-address.example.com/' }),
    ];
    assert.throws(
      () => read(faulty),
      (error) =>
        error instanceof ConfigError &&
        ['0.secrets', '1.secrets.0', '2.kinds.0'].every((place) => error.message.includes(place)) &&
        !/my-very|secret-address/.test(error.message),
    );
  });

  it('have names that tell them apart', () => {
    assert.throws(() => read([target(), target()]), /a name twice/);
  });

  it('are a list in JSON', () => {
    assert.throws(
      () => readConfig({ NOTIFY_TARGETS: '{' }, SHAPE),
      /NOTIFY_TARGETS: must be a JSON list/,
    );
    assert.throws(() => read({}), /NOTIFY_TARGETS: the list/);
  });
});
