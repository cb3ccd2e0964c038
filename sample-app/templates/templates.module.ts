// Start forms: the templates of the sample's workflows.
import { Module } from '@nestjs/common';
import { FirstTemplates } from './first-templates.js';

@Module({ providers: [FirstTemplates] })
export class TemplatesModule {}
