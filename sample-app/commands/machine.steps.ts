// What the operator demo does in the world. Here it only writes to the log; in real life these are a machine and its valves.
import { Injectable, Logger } from '@nestjs/common';
import { Step } from 'nestjs-workflows';

@Injectable()
export class MachineSteps {
  readonly #logger = new Logger('Commands');

  /** @returns how many chunks are done */
  @Step({ name: 'commands.work', retry: { maxAttempts: 3 }, timeout: '10s' })
  async work(what: string, n: number, of: number): Promise<number> {
    this.#logger.log(`${what}: chunk ${n} of ${of}`);
    return n;
  }

  /** Cleaning what is clean changes nothing: it may run again, when the process dies before it is recorded. */
  @Step({ name: 'commands.clean', retry: { maxAttempts: 5 }, timeout: '10s' })
  async clean(what: string, part: string): Promise<string> {
    this.#logger.log(`${what}: cleaned the ${part}`);
    return part;
  }
}
