// Types of source-patches.mjs, for patches.spec.ts.
import type { FaultPoint } from './fault-points.mjs';
import type { Mutant } from './mutants.mjs';

export function patchSource(filename: string, source: string): string;
export function mutantOf(name: string): Mutant;
export function withPoint(point: FaultPoint): string;
export function replaceOnce(source: string, text: string, by: string, file: string): string;
