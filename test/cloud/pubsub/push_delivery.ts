import type { Clock } from '../clock.ts';
import { MINUTE_MS, SECOND_MS } from './durations.ts';
import type { Consumer, Lease } from './entry.ts';
import { Pause } from './pause.ts';
import { post, pushRequest } from './push_request.ts';
import { deliveryAttempt } from './received.ts';
import type { SubscriptionState } from './registry.ts';

/** An OIDC token for a service account: a JWT. */
export type MintToken = (audience: string, email: string) => Promise<string> | string;

/** https://cloud.google.com/pubsub/docs/push#push_backoff */
const BACKOFF = { minMs: 100, maxMs: MINUTE_MS };

/** How many requests may be under way: grows with each success, halves with each failure. */
const WINDOW = { first: 4, most: 100 };

/** What pushing needs of the rest of the cloud. */
export interface PushOptions {
  readonly clock: Clock;
  /** Absent where no subscription wants tokens. */
  readonly mintToken: MintToken | undefined;
  readonly report: (problem: string) => void;
}

/** Pushes the messages of one subscription to its endpoint until it is stopped. */
export class PushDelivery implements Consumer {
  private readonly state: SubscriptionState;
  private readonly options: PushOptions;
  private readonly detach: () => void;
  private readonly aborted = new AbortController();
  private readonly underway = new Set<Promise<void>>();
  private window = WINDOW.first;
  private readonly pause: Pause;

  constructor(state: SubscriptionState, options: PushOptions) {
    this.state = state;
    this.options = options;
    this.pause = new Pause(options.clock, BACKOFF, () => state.backlog.consumers.wake());
    this.detach = state.backlog.consumers.attach(this);
  }

  /** Breaks off what is under way; those messages go back as if they had not been tried. */
  async stop(): Promise<void> {
    this.detach();
    this.aborted.abort();
    await Promise.all(this.underway);
  }

  offer(): number {
    const room = Math.floor(this.window) - this.underway.size;
    if (room <= 0 || this.pause.active) return 0;
    const leases = this.state.backlog.take(this, {
      messages: room,
      bytes: Infinity,
      // The request has its own time limit.
      leaseMs: Infinity,
      single: true,
    });
    for (const lease of leases) {
      const delivery = this.deliver(lease).finally(() => {
        this.underway.delete(delivery);
        this.state.backlog.consumers.wake();
      });
      this.underway.add(delivery);
    }
    return leases.length;
  }

  closed(): void {
    this.aborted.abort();
  }

  private async deliver(lease: Lease): Promise<void> {
    const acknowledged = await this.push(lease).catch(() => false);
    const { backlog } = this.state;
    if (acknowledged) {
      backlog.acknowledge([lease.ackId]);
      this.window = Math.min(this.window + 1, WINDOW.most);
      this.pause.reset();
    } else if (this.aborted.signal.aborted) {
      backlog.release(lease.ackId);
    } else {
      backlog.nack(lease.ackId);
      this.window = Math.max(this.window / 2, 1);
      this.pause.begin();
    }
  }

  private async push(lease: Lease): Promise<boolean> {
    const { subscription } = this.state;
    const { pushEndpoint } = subscription.pushConfig;
    const attempt = deliveryAttempt(lease, subscription);
    const { headers, body } = pushRequest(subscription, lease.entry.message, attempt);
    return post(
      pushEndpoint,
      {
        headers: {
          'user-agent': 'CloudPubSub-Google',
          ...headers,
          ...(await this.authorization()),
        },
        body,
      },
      {
        clock: this.options.clock,
        timeoutMs: subscription.ackDeadlineSeconds * SECOND_MS,
        signal: this.aborted.signal,
      },
    );
  }

  private async authorization(): Promise<Record<string, string>> {
    const { pushEndpoint, oidcToken } = this.state.subscription.pushConfig;
    if (!oidcToken) return {};
    const audience = oidcToken.audience || pushEndpoint;
    try {
      const token = await this.options.mintToken!(audience, oidcToken.serviceAccountEmail);
      return { authorization: `Bearer ${token}` };
    } catch (error) {
      this.options.report(`${this.state.subscription.name} gets no OIDC token: ${String(error)}`);
      throw error;
    }
  }
}
