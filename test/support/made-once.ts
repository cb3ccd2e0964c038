/**
 * A folder that is dear to make, made once for all processes: whole or not at all, and by one of them while the others wait. For what
 * specs keep in .data between runs.
 */
import { existsSync } from 'node:fs';
import { link, mkdir, readdir, readFile, rename, rm, unlink, utimes, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** Longer than making anything takes: who waits longer makes its own, which does no harm. */
const WAIT_MS = 120_000;

/** Makes `directory`, unless it is there, with what `make` puts into the empty folder that it is given. */
export async function makeOnce(directory: string, make: (into: string) => Promise<void>): Promise<void> {
  if (await isThere(directory)) return;
  await mkdir(dirname(directory), { recursive: true });
  const locked = await lockOrWaitFor(directory);
  const into = `${directory}.${process.pid}`;
  try {
    if (await isThere(directory)) return;
    await removeHalves(directory);
    await mkdir(into);
    await make(into);
    await rename(into, directory).catch((error: NodeJS.ErrnoException) => {
      // Somebody who did not wait was faster.
      if (!['ENOTEMPTY', 'EEXIST'].includes(error.code ?? '')) throw error;
    });
  } finally {
    await rm(into, { recursive: true, force: true });
    if (locked) await rm(`${directory}.lock`, { force: true });
  }
}

/** What processes left that died while they made it. */
async function removeHalves(directory: string): Promise<void> {
  const start = `${basename(directory)}.`;
  for (const name of await readdir(dirname(directory))) {
    const pid = name.startsWith(start) ? name.slice(start.length) : '';
    if (!/^\d+$/.test(pid) || (pid !== String(process.pid) && isAlive(Number(pid)))) continue;
    await rm(join(dirname(directory), name), { recursive: true, force: true });
  }
}

/** Marks it as used, too: what was not used for long can be thrown away. */
async function isThere(directory: string): Promise<boolean> {
  if (!existsSync(directory)) return false;
  const now = new Date();
  await utimes(directory, now, now).catch(() => undefined);
  return true;
}

/** False: it is there now, or it took too long. */
async function lockOrWaitFor(directory: string): Promise<boolean> {
  const deadline = performance.now() + WAIT_MS;
  while (performance.now() < deadline) {
    if (await lock(`${directory}.lock`)) return true;
    await new Promise((resolve) => setTimeout(resolve, 100));
    if (existsSync(directory)) return false;
  }
  return false;
}

async function lock(file: string): Promise<boolean> {
  const own = `${file}.${process.pid}`;
  await writeFile(own, String(process.pid));
  try {
    // Nobody sees the lock without the pid in it.
    await link(own, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    if (!isAlive(Number(await readFile(file, 'utf8').catch(() => process.pid)))) await rm(file, { force: true });
    return false;
  } finally {
    await unlink(own);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
