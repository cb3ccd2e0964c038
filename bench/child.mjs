// One measurement of one contender in a process of its own: no heap and no compiled code of an earlier one. Started by run.mjs.
import { MEASUREMENTS } from './measurements.mjs';

const { contender: name, measurement, url, schema, counts } = JSON.parse(process.argv[2]);
const { open } = await import(`./${name}.mjs`);
const { role, run } = MEASUREMENTS[measurement];

const contender = await open({ url, schema, role, inFlight: counts.inFlight });
const before = process.cpuUsage();
const result = await run(contender, counts);
const { user, system } = process.cpuUsage(before);
await contender.close();
process.send({ ...result, cpuMs: (user + system) / 1_000 });
process.disconnect();
