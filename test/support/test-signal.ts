/**
 * Lets a spec wait for something that happens in the code under test. Values are buffered: one that is
 * emitted before anybody waits is not lost, and each value goes to exactly one waiter, in order.
 */
interface Waiter<T> {
  deliver(value: T): void;
}

export class TestSignal<T = void> {
  private readonly buffer: T[] = [];
  private readonly waiters: Waiter<T>[] = [];

  emit(value: T): void {
    const waiter = this.waiters.shift();
    if (waiter === undefined) this.buffer.push(value);
    else waiter.deliver(value);
  }

  /** The next value; rejects after `timeout` milliseconds without one. */
  async next({ timeout = 10_000 }: { timeout?: number } = {}): Promise<T> {
    if (this.buffer.length > 0) return this.buffer.shift() as T;
    return new Promise<T>((resolve, reject) => {
      const waiter: Waiter<T> = {
        deliver: (value) => {
          clearTimeout(timer);
          resolve(value);
        },
      };
      const timer = setTimeout(() => {
        this.waiters.splice(this.waiters.indexOf(waiter), 1);
        reject(new Error(`TestSignal: no value within ${timeout} ms`));
      }, timeout);
      this.waiters.push(waiter);
    });
  }
}
