import assert from 'node:assert/strict';
import { postOf, signed } from '../../../functions/notify/messages.ts';
import { hear, SILENCE } from '../../../shared/alerts/standing.ts';
import { breach, day, LENDER } from '../../shared/alerts/breaches.ts';
import { isSigned } from './receiver.ts';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const OTHER = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const NOW = new Date('2026-06-12T10:00:00.900Z');

const TARGET = {
  name: 'on-call',
  url: 'https://hooks.example.com/',
  insecure: false,
  format: 'webhook' as const,
  secrets: [SECRET, OTHER],
  least_severity: 'warning' as const,
};

const standing = hear(SILENCE, LENDER, [breach({ text: 'a < b & c', segment: '<x>' })]);
const [alert] = standing.untold;
const over = hear(standing, LENDER, [], { kinds: ['drift'], at: day(3) }).untold[1]!;

describe('a notification', () => {
  it('is signed as the example of Standard Webhooks is', () => {
    const headers = signed(
      [SECRET],
      'msg_p5jXN8AQM9LWM0D4loKWxJek',
      new Date(1_614_265_330_000),
      '{"test": 2432232314}',
    );
    assert.equal(headers['webhook-signature'], 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  });

  it('can be verified by each of its secrets, and not with a byte changed, nor later', () => {
    const { body, headers } = postOf(TARGET, alert!, NOW);
    for (const secret of [SECRET, OTHER]) {
      assert.ok(isSigned({ headers, body }, secret, NOW));
    }
    const stranger = `whsec_${Buffer.alloc(32, 8).toString('base64')}`;
    assert.ok(!isSigned({ headers, body }, stranger, NOW));
    assert.ok(!isSigned({ headers, body: `${body} ` }, SECRET, NOW));
    assert.ok(!isSigned({ headers: { ...headers, 'webhook-id': 'another' }, body }, SECRET, NOW));
    assert.ok(!isSigned({ headers, body }, SECRET, new Date(NOW.getTime() + 301_000)));
  });

  it('names its alert by id, the same at every try', () => {
    const [first, second] = [NOW, day(40)].map((now) => postOf(TARGET, alert!, now).headers);
    assert.equal(first!['idempotency-key'], alert!.alert_id);
    assert.equal(first!['webhook-id'], second!['webhook-id']);
    assert.notEqual(first!['webhook-signature'], second!['webhook-signature']);
  });

  it('holds the whole alert', () => {
    const { type, data } = JSON.parse(postOf(TARGET, alert!, NOW).body);
    assert.equal(type, 'alert.raised');
    assert.deepEqual(data, alert);
    assert.equal(JSON.parse(postOf(TARGET, over, NOW).body).type, 'alert.over');
  });

  it('is for Slack a text, in which nothing is taken for markup, unsigned without a secret', () => {
    const slack = { ...TARGET, format: 'slack' as const, secrets: [] };
    const { body, headers } = postOf(slack, alert!, NOW);
    assert.equal(
      JSON.parse(body).text,
      [
        '*warning: drift of loans* (amount, &lt;x&gt;)',
        'a &lt; b &amp; c',
        'new, since 2026-06-01. Owner: Loans risk. What to do: ' +
          'terraform/modules/monitoring/runbooks/breach-drift.md',
      ].join('\n'),
    );
    assert.equal(headers['webhook-signature'], undefined);
    assert.match(JSON.parse(postOf(slack, over, NOW).body).text, /^\*over: drift of loans\*/);
  });
});
