/** Keeps a delivery running for each subscription that is pushed or exported. */
import type { RowSink } from '../bigquery/ports.ts';
import { BigQueryExport, type ExportState } from './bigquery_export.ts';
import { PushDelivery, type PushOptions } from './push_delivery.ts';
import type { SubscriptionState } from './registry.ts';
import { deliveryKind } from './subscription_settings.ts';

/** The neighbours that messages are delivered to. */
export interface DeliveriesOptions extends PushOptions {
  readonly rowSink: RowSink | undefined;
}

interface Running {
  /** What it was started with; another configuration needs another delivery. */
  readonly config: string;
  readonly delivery: PushDelivery | BigQueryExport;
}

/** At most one delivery a subscription, with its present configuration. */
export class Deliveries {
  private readonly options: DeliveriesOptions;
  private readonly running = new Map<string, Running>();
  private readonly stopping = new Set<Promise<void>>();

  constructor(options: DeliveriesOptions) {
    this.options = options;
  }

  /** Starts, restarts or stops what a subscription needs; undefined when it was deleted. */
  sync(name: string, state: SubscriptionState | undefined): void {
    const config = state && configOf(state);
    const current = this.running.get(name);
    if (current?.config === config) return;
    if (current) this.end(name, current);
    if (state && config !== undefined) {
      this.running.set(name, { config, delivery: this.start(state) });
    }
  }

  /** ACTIVE for whatever is no export. */
  exportState(name: string): ExportState {
    const delivery = this.running.get(name)?.delivery;
    return delivery instanceof BigQueryExport ? delivery.exportState : 'ACTIVE';
  }

  async stop(): Promise<void> {
    for (const [name, running] of this.running) this.end(name, running);
    await Promise.all(this.stopping);
  }

  private start(state: SubscriptionState): PushDelivery | BigQueryExport {
    const { clock, rowSink, report } = this.options;
    return deliveryKind(state.subscription) === 'push'
      ? new PushDelivery(state, this.options)
      : new BigQueryExport(state, rowSink!, clock, report);
  }

  private end(name: string, { delivery }: Running): void {
    this.running.delete(name);
    const stopped = delivery.stop().finally(() => this.stopping.delete(stopped));
    this.stopping.add(stopped);
  }
}

/** Undefined where nothing needs to run. */
function configOf({ subscription }: SubscriptionState): string | undefined {
  if (subscription.detached || deliveryKind(subscription) === 'pull') return undefined;
  return JSON.stringify([subscription.pushConfig, subscription.bigqueryConfig]);
}
