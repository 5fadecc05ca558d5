/** What targets are sent. */
import { createHmac } from 'node:crypto';
import type { Alert } from '../../shared/alerts/alert.ts';
import type { Target } from './targets.ts';

export interface Post {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** @param now signed with the body, so that a copy is too old soon */
export function postOf(target: Target, alert: Alert, now: Date): Post {
  const body = JSON.stringify(target.format === 'slack' ? slackMessage(alert) : event(alert));
  return {
    body,
    headers: {
      'content-type': 'application/json',
      'user-agent': 'flit-notify',
      'idempotency-key': alert.alert_id,
      ...signed(target.secrets, alert.alert_id, now, body),
    },
  };
}

const event = (alert: Alert) => ({
  type: `alert.${alert.state}`,
  timestamp: alert.at,
  data: alert,
});

/**
 * Signatures as Standard Webhooks has them (github.com/standard-webhooks/standard-webhooks,
 * spec/standard-webhooks.md): HMAC-SHA256 of id, seconds and body with dots between them.
 */
export function signed(
  secrets: readonly string[],
  id: string,
  now: Date,
  body: string,
): Record<string, string> {
  if (secrets.length === 0) return {};
  const seconds = String(Math.floor(now.getTime() / 1000));
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
    return `v1,${createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64')}`;
  });
  return {
    'webhook-id': id,
    'webhook-timestamp': seconds,
    'webhook-signature': signatures.join(' '),
  };
}

/** An incoming webhook's message: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks */
function slackMessage(alert: Alert) {
  const { portfolio, kind, subject, segment, severity, text, owner, runbook, why } = alert;
  const what = [subject, ...(segment === null ? [] : [segment])].join(', ');
  const level = alert.state === 'over' ? 'over' : severity;
  const since = alert.since.slice(0, 10);
  return {
    text: [
      `*${escaped(`${level}: ${kind} of ${portfolio}`)}* (${escaped(what)})`,
      escaped(text),
      escaped(`${why}, since ${since}. Owner: ${owner}.`) + whatToDo(alert.state, runbook),
    ].join('\n'),
  };
}

const whatToDo = (state: Alert['state'], runbook: string): string =>
  state === 'over' ? '' : ` What to do: ${escaped(runbook)}`;

/** https://docs.slack.dev/messaging/formatting-message-text#escaping */
const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
