// The HTML pages of the sample: one file each, beside the code it belongs to. tsc copies no HTML, so they are read from the sources.
import { readFile } from 'node:fs/promises';

/** @param path of the file in sample-app/ */
export function readPage(path: string): Promise<string> {
  return readFile(new URL(`../../sample-app/${path}`, import.meta.url), 'utf8');
}
