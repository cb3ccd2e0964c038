/**
 * One mutant per defence of the protocol: the source text that is taken away, what stands there instead, and the test that must fail then.
 */
export const MUTANTS = [];
