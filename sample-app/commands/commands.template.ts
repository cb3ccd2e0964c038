// The start form of `demo.commands_60s`.
import type { FirstTemplate } from '../templates/first-template.js';

export const COMMANDS_TEMPLATE: FirstTemplate = {
  workflow: 'demo.commands_60s',
  enums: [
    {
      name: 'Mode',
      description: 'Who decides what comes next.',
      values: [
        { label: 'AUTO', value: 'AUTO' },
        { label: 'MANUAL', value: 'MANUAL' },
        { label: 'SERVICE', value: 'SERVICE', disabled: true },
      ],
    },
  ],
  template: {
    name: 'default',
    description: 'A minute of work, to hold, to resume and to stop.',
    schema: {
      type: 'object',
      properties: {
        paramOne: {
          type: 'string',
          title: 'Batch (paramOne)',
          description: 'What is worked on, such as BATCH-001.',
          minLength: 1,
          maxLength: 200,
        },
        paramTwo: { title: 'Mode (paramTwo)', description: 'Who decides what comes next.', enum: '@enum:Mode' },
        seconds: {
          type: 'integer',
          title: 'Chunks of work',
          description: 'Each takes a good second.',
          minimum: 1,
          maximum: 3_600,
        },
        cleanupSeconds: {
          type: 'number',
          title: 'Cleaning up, in seconds',
          description: 'At the end, or after a STOP.',
          minimum: 0,
          maximum: 3_600,
        },
      },
      required: ['paramOne', 'paramTwo'],
    },
    defaults: { paramOne: 'hello', paramTwo: 'AUTO', seconds: 60, cleanupSeconds: 3 },
    ui: { order: ['paramOne', 'paramTwo', 'seconds', 'cleanupSeconds'] },
  },
};
