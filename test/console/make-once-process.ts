// A process that wants a folder made: `<folder> <name> [hang|fail]`. For browser.spec.ts.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeOnce } from '../support/made-once.js';

const [folder = '', name = '', how] = process.argv.slice(2);

await makeOnce(folder, async (into) => {
  await writeFile(join(into, 'by'), name);
  if (how === 'fail') throw new Error('no space left');
  if (how === 'hang') {
    console.log('making');
    setInterval(() => undefined, 1_000);
    await new Promise(() => undefined);
  }
  console.log(`made by ${name}`);
});
