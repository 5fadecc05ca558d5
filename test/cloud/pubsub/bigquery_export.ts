import type { RowSink } from '../bigquery/ports.ts';
import type { Field } from '../bigquery/types.ts';
import type { Clock } from '../clock.ts';
import { type Row, tableProblem, toRow, UnfitMessage } from './bigquery_rows.ts';
import { parseTable } from './bigquery_table.ts';
import { MINUTE_MS, SECOND_MS } from './durations.ts';
import type { Consumer, Lease } from './entry.ts';
import { Pause } from './pause.ts';
import type { SubscriptionState } from './registry.ts';
import { invalidArgument, notFound } from './status.ts';
import type { BigQueryConfig } from './wire.ts';

/** google.pubsub.v1.BigQueryConfig.State. */
export type ExportState = 'ACTIVE' | 'NOT_FOUND' | 'SCHEMA_MISMATCH';

const BATCH = { messages: 500, bytes: 5_000_000 };

/** How long it waits when the table is not as it must be, or BigQuery fails: doubling. */
const BACKOFF = { minMs: SECOND_MS, maxMs: MINUTE_MS };

/** What the table must be when a subscription is made. @throws {PubSubError} */
export function checkDestination(sink: RowSink, config: BigQueryConfig): void {
  const fields = sink.fields(parseTable(config.table));
  if (!fields) throw notFound(config.table);
  const problem = tableProblem(fields, config);
  if (problem !== undefined) {
    throw invalidArgument(`Incompatible schema of the table ${config.table}: ${problem}.`);
  }
}

/** Messages gather this long after a write that was not full: a write costs as much as a hundred rows. */
const GATHER = { minMs: SECOND_MS / 4, maxMs: SECOND_MS / 4 };

interface Prepared {
  readonly lease: Lease;
  readonly row: Row;
}

/** Writes the messages of one subscription to its table until it is stopped. */
export class BigQueryExport implements Consumer {
  /** Whether the table can be written to. */
  exportState: ExportState = 'ACTIVE';
  private readonly state: SubscriptionState;
  private readonly sink: RowSink;
  private readonly report: (problem: string) => void;
  private readonly detach: () => void;
  private underway: Promise<void> | undefined;
  private readonly pause: Pause;
  private readonly gathering: Pause;
  private stopped = false;

  constructor(
    state: SubscriptionState,
    sink: RowSink,
    clock: Clock,
    report: (problem: string) => void,
  ) {
    this.state = state;
    this.sink = sink;
    this.report = report;
    const wake = () => state.backlog.consumers.wake();
    this.pause = new Pause(clock, BACKOFF, wake);
    this.gathering = new Pause(clock, GATHER, wake);
    this.detach = state.backlog.consumers.attach(this);
  }

  /** Resolves when what it was writing is written. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.detach();
    await this.underway;
  }

  offer(): number {
    if (this.stopped || this.underway || this.pause.active || this.gathering.active) return 0;
    const fields = this.fields();
    if (!fields) return 0;
    const leases = this.state.backlog.take(this, { ...BATCH, leaseMs: Infinity });
    if (leases.length === 0) return 0;
    this.underway = this.write(leases, fields).finally(() => {
      this.underway = undefined;
      const isFull = leases.length === BATCH.messages;
      if (!this.stopped && !this.pause.active && !isFull) this.gathering.begin();
      this.state.backlog.consumers.wake();
    });
    return leases.length;
  }

  closed(): void {
    this.stopped = true;
  }

  /** The table's columns, if messages can be written to it; else it waits. */
  private fields(): readonly Field[] | undefined {
    const config = this.config;
    const fields = this.sink.fields(parseTable(config.table));
    const problem = fields && tableProblem(fields, config);
    this.exportState = !fields ? 'NOT_FOUND' : problem === undefined ? 'ACTIVE' : 'SCHEMA_MISMATCH';
    if (this.exportState === 'ACTIVE') return fields;
    this.pause.begin();
    return undefined;
  }

  private get config(): BigQueryConfig {
    return this.state.subscription.bigqueryConfig!;
  }

  /** Never rejects. */
  private async write(leases: readonly Lease[], fields: readonly Field[]): Promise<void> {
    const { backlog } = this.state;
    let prepared = leases.flatMap((lease) => this.prepare(lease, fields));
    try {
      while (prepared.length > 0) {
        const rows = prepared.map(({ row }) => row);
        const problems = await this.sink.insert(parseTable(this.config.table), rows);
        if (problems.length === 0) break;
        // Nothing was written: the misfits leave, the others try again.
        const messages = new Map(problems.map(({ index, message }) => [index, message]));
        for (const [index, message] of messages)
          backlog.nack(prepared[index]!.lease.ackId, message);
        prepared = prepared.filter((_, index) => !messages.has(index));
      }
      backlog.acknowledge(prepared.map(({ lease }) => lease.ackId));
      this.pause.reset();
    } catch (error) {
      this.report(`${this.state.subscription.name} cannot write to BigQuery: ${String(error)}`);
      for (const { lease } of prepared) backlog.release(lease.ackId);
      this.pause.begin();
    }
  }

  private prepare(lease: Lease, fields: readonly Field[]): Prepared[] {
    try {
      const { name } = this.state.subscription;
      return [{ lease, row: toRow(lease.entry.message, name, fields, this.config) }];
    } catch (error) {
      if (!(error instanceof UnfitMessage)) throw error;
      this.state.backlog.nack(lease.ackId, error.message);
      return [];
    }
  }
}
