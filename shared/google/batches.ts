/** Gathers what many requests want to send at the same time into few calls. */

export interface BatchLimits {
  /** Items and bytes of one batch. */
  readonly items: number;
  readonly bytes: number;
  /** Milliseconds that an item waits at most while an earlier batch is under way. */
  readonly waitMs: number;
  /** Bytes that may be waiting and under way together. */
  readonly heldBytes: number;
}

interface Batch<T> {
  readonly items: T[];
  bytes: number;
  readonly sent: PromiseWithResolvers<void>;
  timer?: NodeJS.Timeout;
}

/** Too much is waiting already; the item was not taken. */
export class BacklogError extends Error {
  override readonly name = 'BacklogError';
}

/**
 * The first item leaves at once; what comes while it is under way leaves together when it is back,
 * or after `waitMs`, or when a batch is full. So a quiet service waits for nothing, and the busier
 * it is, the more a call carries.
 *
 * @param send resolves when all items of a batch are safe
 * @param sizeOf bytes of an item
 * @returns takes an item; resolves when it is safe, rejects as its batch's `send` does, or with
 *   {BacklogError}
 */
export function createBatches<T>(
  send: (items: readonly T[]) => Promise<void>,
  sizeOf: (item: T) => number,
  limits: BatchLimits,
): (item: T) => Promise<void> {
  let open: Batch<T> | undefined;
  let underWay = 0;
  let heldBytes = 0;

  function leave(): void {
    const { items, bytes, sent, timer } = open!;
    open = undefined;
    clearTimeout(timer);
    underWay++;
    send(items)
      .then(sent.resolve, sent.reject)
      .finally(() => {
        underWay--;
        heldBytes -= bytes;
        if (open) leave();
      });
  }

  return (item) => {
    const bytes = sizeOf(item);
    if (heldBytes + bytes > limits.heldBytes) {
      return Promise.reject(new BacklogError(`${heldBytes} bytes wait to be sent.`));
    }
    if (open && (open.items.length === limits.items || open.bytes + bytes > limits.bytes)) leave();
    heldBytes += bytes;
    open ??= { items: [], bytes: 0, sent: Promise.withResolvers() };
    open.items.push(item);
    open.bytes += bytes;
    const { sent } = open;
    if (underWay === 0) leave();
    else open.timer ??= setTimeout(leave, limits.waitMs);
    return sent.promise;
  };
}
