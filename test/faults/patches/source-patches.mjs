/**
 * Changes sources while they are loaded, for the fault tests alone: MUTANT takes one defence away (mutants.mjs), FAULT_POINTS marks the
 * places at which a process can be made to die (fault-points.mjs). So the library itself carries no switch, and nothing of this can
 * reach the published package. Used by Jest's transform and by the loader of child processes.
 */
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FAULT_POINTS } from './fault-points.mjs';
import { MUTANTS } from './mutants.mjs';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** @throws when the environment names a mutant that does not exist, or when its text is not where it should be */
export function patchSource(filename, source) {
  const { MUTANT, FAULT_POINTS: points } = process.env;
  if (!MUTANT && !points) return source;
  const file = relative(ROOT, filename);
  let patched = source;
  if (MUTANT)
    for (const edit of mutantOf(MUTANT).edits)
      if (edit.file === file) patched = replaceOnce(patched, edit.take, edit.leave, file);
  if (points)
    for (const point of FAULT_POINTS) if (point.file === file) patched = replaceOnce(patched, point.at, withPoint(point), file);
  return patched;
}

export function mutantOf(name) {
  const mutant = MUTANTS.find((candidate) => candidate.name === name);
  if (mutant === undefined)
    throw new Error(`there is no mutant "${name}"; there are ${MUTANTS.map((one) => one.name).join(', ')}`);
  return mutant;
}

/** The code of a point: what happens there, the process decides that defines `atFaultPoint`. */
export function withPoint({ name, at, side }) {
  const call = `(globalThis as { atFaultPoint?(name: string): void }).atFaultPoint?.(${name});`;
  return side === 'before' ? `${call} ${at}` : `${at} ${call}`;
}

export function replaceOnce(source, text, by, file) {
  const first = source.indexOf(text);
  if (first < 0) throw new Error(`${file} has changed: it does not contain "${text}" any more`);
  if (source.indexOf(text, first + 1) >= 0) throw new Error(`${file} contains "${text}" more than once`);
  return source.slice(0, first) + by + source.slice(first + text.length);
}
