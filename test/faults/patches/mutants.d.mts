// Types of mutants.mjs, for patches.spec.ts.
export interface Mutant {
  /** kebab-case; the value of the environment variable MUTANT. */
  name: string;
  /** What is taken away. */
  defence: string;
  edits: ReadonlyArray<{ file: string; take: string; leave: string }>;
  spec: string;
  /** Titles joined by ` › `; `%s` stands for the cases of a table. */
  test: string;
}
export const MUTANTS: readonly Mutant[];
