/** Runs work on one key in turn, and work on different keys side by side. */
export class Turns {
  private readonly last = new Map<string, Promise<unknown>>();

  /** Runs the work when all that was given earlier for the key has ended, well or not. */
  take<T>(key: string, work: () => Promise<T>): Promise<T> {
    const result = (this.last.get(key) ?? Promise.resolve()).then(work, work);
    this.last.set(key, result);
    const forget = () => {
      if (this.last.get(key) === result) this.last.delete(key);
    };
    result.then(forget, forget);
    return result;
  }
}
