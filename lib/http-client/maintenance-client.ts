// Maintenance over HTTP. `client.maintenance`.
import type { EnterMaintenanceOptions, ExitMaintenanceOptions } from '../client/workflow-maintenance.js';
import type { CancelledRuns } from '../operations/maintenance/maintenance-canceller.js';
import type { MaintenanceStatus } from '../operations/maintenance/maintenance-control.js';
import type { CallOptions, HttpTransport } from './http-transport.js';
import type { OverHttp, Reason } from './requests.js';
import type { Sent, Wire } from './wire.js';

export class MaintenanceClient {
  readonly #http: HttpTransport;

  /** @internal Made by WorkflowsClient. */
  constructor(http: HttpTransport) {
    this.#http = http;
  }

  /** What is in maintenance, and what each process still has. */
  status(call?: CallOptions): Promise<Wire<MaintenanceStatus>> {
    return this.#http.get('maintenance', undefined, call);
  }

  /** From when it resolves nothing begins any more. With `mode: 'cancel'` what is not over is cancelled then; it may take longer than `timeoutMs`. */
  enter(
    options: Sent<OverHttp<EnterMaintenanceOptions>> & Required<Pick<EnterMaintenanceOptions, 'mode'>>,
    call?: CallOptions,
  ): Promise<{ cancelled: Wire<CancelledRuns> }> {
    return this.#http.write('POST', 'maintenance/enter', options, call);
  }

  /** Of all queues, or of those that are named. `ended: false`: there was none. */
  exit(options: OverHttp<ExitMaintenanceOptions> = {}, call?: CallOptions): Promise<{ ended: boolean }> {
    return this.#http.write('POST', 'maintenance/exit', options, call);
  }

  /** Begins a new generation of executors, if nothing is under way. Not idempotent. */
  swap(options: Reason = {}, call?: CallOptions): Promise<{ generation: number }> {
    return this.#http.write('POST', 'maintenance/swap', options, call);
  }
}
