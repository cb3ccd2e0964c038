/** Repeats an assertion until it holds. For specs: the replacement of every sleep. */
export interface EventuallyOptions {
  /** Milliseconds until the last error is thrown on; default 10,000. */
  timeout?: number;
  /** Milliseconds between two tries; default 25. */
  interval?: number;
}

export async function eventually<T>(
  assertion: () => T | Promise<T>,
  { timeout = 10_000, interval = 25 }: EventuallyOptions = {},
): Promise<T> {
  const deadline = performance.now() + timeout;
  for (;;) {
    try {
      return await assertion();
    } catch (error) {
      if (performance.now() >= deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, interval));
    }
  }
}
