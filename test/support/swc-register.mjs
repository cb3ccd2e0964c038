/** For `node --import`: see swc-loader.mjs. */
import { register } from 'node:module';

register('./swc-loader.mjs', import.meta.url);
