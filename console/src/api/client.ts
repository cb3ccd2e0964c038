// The one client of the console, at the mount that served it, with numbers as they are. Used by everything that asks the server.
import { WorkflowsClient } from '../../../lib/http-client/index.js';
import { parseJson } from './lossless-json.js';
import { ROUTER_BASE } from './mount.js';

export const client = new WorkflowsClient({
  baseUrl: `${location.origin}${ROUTER_BASE}`,
  parseJson,
});
