// What is measured, once for both contenders. Each function gets an open contender and counts, and returns plain numbers.
const now = () => performance.now();

/** One at a time: from `start` to the durable result of a run of one step. */
async function latency(contender, { count, warmUp }) {
  const times = [];
  for (let i = 0; i < warmUp + count; i++) {
    const began = now();
    const result = await contender.start('one', i);
    if ((await result()) !== i + 1) throw new Error('a run returned something else');
    if (i >= warmUp) times.push(now() - began);
  }
  times.sort((a, b) => a - b);
  return { p50: times[times.length >> 1], p99: times[Math.floor(times.length * 0.99)] };
}

/** `inFlight` callers, each of which starts a run, waits for its durable result, and starts the next one. */
async function throughput(contender, workflow, { count, warmUp, inFlight }) {
  const batch = async (from, to) => {
    let next = from;
    const caller = async () => {
      while (next < to) await (await contender.start(workflow, next++))();
    };
    await Promise.all(Array.from({ length: Math.min(inFlight, to - from) }, caller));
  };
  await batch(0, warmUp);
  const began = now();
  await batch(warmUp, warmUp + count);
  return { perSecond: (count / (now() - began)) * 1_000 };
}

/** One burst of `start` calls in a process that does not execute. */
async function enqueue(contender, { count }) {
  const began = now();
  await Promise.all(Array.from({ length: count }, (_, i) => contender.start('one', i)));
  return { perSecond: (count / (now() - began)) * 1_000 };
}

/** Serves until `count` runs are through; the rate is taken from the tables, see run.mjs. */
async function drain(contender, { count }) {
  const deadline = now() + 120_000;
  while (contender.finished() < count) {
    if (now() > deadline) throw new Error(`drained only ${contender.finished()} of ${count} runs in 120 s`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  // The last results are on their way; closing the process at once would count as a shutdown.
  await new Promise((resolve) => setTimeout(resolve, 300));
  return {};
}

/** Name → role of the process and what it does. */
export const MEASUREMENTS = {
  latency: { role: 'all', run: latency },
  eager: { role: 'all', run: (contender, counts) => throughput(contender, 'one', counts) },
  steps: { role: 'all', run: (contender, counts) => throughput(contender, 'ten', counts) },
  enqueue: { role: 'client', run: enqueue },
  drain: { role: 'worker', run: drain },
};
