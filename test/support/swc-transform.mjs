/**
 * Jest's transform: @swc/jest, after the source went through the patches of the fault tests. Without MUTANT in the environment the
 * source is transformed as it is.
 */
import swcJest from '@swc/jest';
import { patchSource } from '../faults/patches/source-patches.mjs';

export default {
  createTransformer(options) {
    const swc = swcJest.createTransformer(options);
    return {
      ...swc,
      process: (source, filename, jest) => swc.process(patchSource(filename, source), filename, jest),
      processAsync: (source, filename, jest) => swc.processAsync(patchSource(filename, source), filename, jest),
      getCacheKey: (source, filename, jest) => swc.getCacheKey(patchSource(filename, source), filename, jest),
    };
  },
};
