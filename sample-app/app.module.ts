// The application: its database, the workflows on it, and one module per idea.
import { Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { ScheduleModule } from '@nestjs/schedule';
import { TypeOrmModule } from '@nestjs/typeorm';
import { WorkflowsAdminModule, WorkflowsModule } from 'nestjs-workflows';
import { ApprovalsModule } from './approvals/approvals.module.js';
import { CommandsModule } from './commands/commands.module.js';
import { databaseOptions, openDataSource } from './database.js';
import { DemoModule } from './demo/demo.module.js';
import { CONSOLE_MOUNT, SIGN_IN_PATH } from './operator/console-path.js';
import { OperatorModule } from './operator/operator.module.js';
import { OperatorGuard } from './operator/operator-guard.js';
import { OrdersModule } from './orders/orders.module.js';
import { ReactorsModule } from './reactors/reactors.module.js';
import { ReportsModule } from './reports/reports.module.js';
import { settings } from './settings.js';
import { ShopModule } from './shop/shop.module.js';
import { StoriesModule } from './streaming/stories.module.js';
import { TemplatesModule } from './templates/templates.module.js';
import { WorkflowsErrorFilter } from './workflows-error.filter.js';

@Module({
  imports: [
    TypeOrmModule.forRootAsync({ useFactory: databaseOptions, dataSourceFactory: openDataSource }),
    ScheduleModule.forRoot(),
    WorkflowsModule.forRoot({
      dataSource: 'default',
      schema: settings.workflowsSchema,
      leaseDuration: settings.leaseDuration,
    }),
    WorkflowsAdminModule.forRoot({
      path: CONSOLE_MOUNT,
      guards: [OperatorGuard],
      console: { signInUrl: SIGN_IN_PATH, returnParameter: 'to' },
    }),
    ApprovalsModule,
    CommandsModule,
    DemoModule,
    OperatorModule,
    OrdersModule,
    ReactorsModule,
    ReportsModule,
    ShopModule,
    StoriesModule,
    TemplatesModule,
  ],
  providers: [{ provide: APP_FILTER, useClass: WorkflowsErrorFilter }],
})
export class AppModule {}
