// Saves the templates that the application brings along, at its first boot. From then on they are the operators': whatever is there is left alone, of
// whatever version and status.
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { WorkflowService } from 'nestjs-workflows';
import type { DataSource } from 'typeorm';
import { COMMANDS_TEMPLATE } from '../commands/commands.template.js';
import { BATCH_TEMPLATE } from '../reactors/batch.template.js';
import type { FirstTemplate } from './first-template.js';

const ACTION = { actor: 'sample-app', reason: 'First boot' };

@Injectable()
export class FirstTemplates implements OnApplicationBootstrap {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly workflows: WorkflowService,
  ) {}

  /** Instances that boot at once take turns, or each would save a version. */
  async onApplicationBootstrap(): Promise<void> {
    await this.dataSource.transaction(async (turn) => {
      await turn.query(`select pg_advisory_xact_lock(hashtext('sample-app.templates'))`);
      for (const first of [COMMANDS_TEMPLATE, BATCH_TEMPLATE]) await this.#saveOnce(first);
    });
  }

  async #saveOnce({ workflow, template, enums }: FirstTemplate): Promise<void> {
    const { templates } = this.workflows;
    for (const one of enums) {
      const known = await templates.listEnums({ name: one.name, limit: 1 });
      if (known.enums.length === 0) await templates.saveEnum(one, ACTION);
    }
    const known = await templates.list({ workflow, name: template.name, limit: 1 });
    if (known.templates.length === 0) await templates.save(workflow, template, ACTION);
  }
}
