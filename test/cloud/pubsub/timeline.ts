import type { Clock } from '../clock.ts';

interface Due<T> {
  readonly atMs: number;
  /** Of two that are due together, the one added first comes first. */
  readonly order: number;
  readonly item: T;
}

/** Things that fall due at their times: a heap behind a single timer. Nothing is ever taken back. */
export class Timeline<T> {
  private readonly clock: Clock;
  private readonly onDue: (items: T[]) => void;
  private readonly heap: Due<T>[] = [];
  private armedForMs = Infinity;
  private disarm: () => void = () => {};
  private added = 0;

  /** `onDue` gets what fell due, in order; whether an item still matters is its own to know. */
  constructor(clock: Clock, onDue: (items: T[]) => void) {
    this.clock = clock;
    this.onDue = onDue;
  }

  add(atMs: number, item: T): void {
    this.heap.push({ atMs, order: this.added++, item });
    this.siftUp(this.heap.length - 1);
    this.arm();
  }

  clear(): void {
    this.heap.length = 0;
    this.arm();
  }

  private arm(): void {
    const next = this.heap[0]?.atMs ?? Infinity;
    if (next === this.armedForMs) return;
    this.disarm();
    this.armedForMs = next;
    this.disarm =
      next === Infinity ? () => {} : this.clock.after(next - this.clock.now(), () => this.fire());
  }

  private fire(): void {
    this.armedForMs = Infinity;
    const now = this.clock.now();
    const items: T[] = [];
    while (this.heap.length > 0 && this.heap[0]!.atMs <= now) items.push(this.pop());
    this.arm();
    if (items.length > 0) this.onDue(items);
  }

  private pop(): T {
    const top = this.heap[0]!;
    const last = this.heap.pop()!;
    if (this.heap.length > 0) {
      this.heap[0] = last;
      this.siftDown();
    }
    return top.item;
  }

  private siftUp(start: number): void {
    for (let at = start; at > 0; ) {
      const parent = (at - 1) >> 1;
      if (!this.isBefore(at, parent)) return;
      this.swap(at, parent);
      at = parent;
    }
  }

  private siftDown(): void {
    for (let at = 0; ; ) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < this.heap.length && this.isBefore(child, least)) least = child;
      }
      if (least === at) return;
      this.swap(at, least);
      at = least;
    }
  }

  private isBefore(a: number, b: number): boolean {
    const [one, other] = [this.heap[a]!, this.heap[b]!];
    return one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order);
  }

  private swap(a: number, b: number): void {
    const held = this.heap[a]!;
    this.heap[a] = this.heap[b]!;
    this.heap[b] = held;
  }
}
