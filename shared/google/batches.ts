/** Gathers what many requests want to send at the same time into few calls. */

export interface BatchLimits {
  /** Items and bytes of one batch. */
  readonly items: number;
  readonly bytes: number;
  /** Batches that may be under way before later ones wait for their return. */
  readonly calls: number;
  /** Milliseconds that an item waits at most for that. */
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
 * What comes in one turn of the event loop leaves together at its end. Where `calls` batches are
 * under way already, it leaves with what comes until one of them is back, or after `waitMs`, or when
 * the batch is full. So a quiet service waits for nothing, and the busier it is, the more a call
 * carries.
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
  let turnEnds = false;

  function endTurn(): void {
    turnEnds = false;
    leaveIfMay();
  }

  function leaveIfMay(): void {
    if (open && underWay < limits.calls) leave();
  }

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
        leaveIfMay();
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
    if (underWay >= limits.calls) open.timer ??= setTimeout(leave, limits.waitMs);
    else if (!turnEnds) {
      turnEnds = true;
      setImmediate(endTurn);
    }
    return sent.promise;
  };
}
