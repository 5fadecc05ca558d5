import type { Consumer } from './entry.ts';

/** The consumers of one backlog, asked in turn as long as there is something for them. */
export class Consumers {
  private readonly hasMore: () => boolean;
  private readonly list: Consumer[] = [];
  private planned = false;

  constructor(hasMore: () => boolean) {
    this.hasMore = hasMore;
  }

  /** Answers how to leave again. */
  attach(consumer: Consumer): () => void {
    this.list.push(consumer);
    this.wake();
    return () => {
      const at = this.list.indexOf(consumer);
      if (at >= 0) this.list.splice(at, 1);
    };
  }

  /** Has them asked again, soon: there is a message, or room for one. */
  wake(): void {
    if (this.planned) return;
    this.planned = true;
    queueMicrotask(() => {
      this.planned = false;
      this.askAll();
    });
  }

  /** Turns all away. */
  dismiss(reason: Error): void {
    for (const consumer of this.list.splice(0)) consumer.closed(reason);
  }

  private askAll(): void {
    let refusals = 0;
    while (refusals < this.list.length && this.hasMore()) {
      const consumer = this.list.shift()!;
      this.list.push(consumer);
      refusals = consumer.offer() > 0 ? 0 : refusals + 1;
    }
  }
}
