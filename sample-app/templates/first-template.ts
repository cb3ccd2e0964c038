// A template that the application brings along, with the enums that it refers to. Each stands beside its workflow.
import type { EnumInput, TemplateInput } from 'nestjs-workflows';

export interface FirstTemplate {
  workflow: string;
  template: TemplateInput;
  enums: readonly EnumInput[];
}
