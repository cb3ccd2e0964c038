// The start form of `batch.run`. Whoever starts one says in the form's partition which reactor it takes its turn in: line-1/reactor-a.
import type { FirstTemplate } from '../templates/first-template.js';

export const BATCH_TEMPLATE: FirstTemplate = {
  workflow: 'batch.run',
  enums: [
    {
      name: 'Recipe',
      description: 'What the plant may make.',
      values: [
        { label: 'Resin 7, clear', value: 'Resin 7' },
        { label: 'Resin 8, tough', value: 'Resin 8' },
        { label: 'Glue 4', value: 'Glue 4' },
        { label: 'Glue 3, not made any more', value: 'Glue 3', disabled: true },
      ],
    },
  ],
  template: {
    name: 'standard',
    description: 'One batch in one reactor. Give the reactor as partition too: then it waits until the reactor is free.',
    schema: {
      type: 'object',
      properties: {
        id: { type: 'string', title: 'Batch', description: 'Such as BATCH-017.', pattern: '^BATCH-[A-Za-z0-9_-]{1,34}$' },
        reactor: {
          type: 'string',
          title: 'Reactor',
          description: 'With its line, such as line-1/reactor-a.',
          pattern: '^[A-Za-z0-9_-]{1,40}/[A-Za-z0-9_-]{1,40}$',
        },
        recipe: { title: 'Recipe', enum: '@enum:Recipe' },
        reactMs: { type: 'integer', title: 'Reaction time, in ms', minimum: 0, maximum: 604_800_000 },
        vessel: {
          type: 'object',
          title: 'Vessel',
          description: 'How it is kept while it reacts.',
          properties: {
            celsius: { type: 'number', title: 'Temperature, in °C', minimum: 20, maximum: 180 },
            rpm: { type: 'integer', title: 'Stirrer, in turns a minute', minimum: 0, maximum: 600 },
          },
          required: ['celsius', 'rpm'],
          additionalProperties: false,
        },
        ingredients: {
          type: 'array',
          title: 'Ingredients',
          description: 'In the order in which they are charged.',
          maxItems: 20,
          items: {
            type: 'object',
            properties: {
              name: { type: 'string', title: 'Name', minLength: 1, maxLength: 80 },
              kg: { type: 'number', title: 'Kilograms', exclusiveMinimum: 0, maximum: 5_000 },
            },
            required: ['name', 'kg'],
            additionalProperties: false,
          },
        },
        rinse: { type: 'boolean', title: 'Rinse afterwards' },
        dueOn: { type: 'string', title: 'Due on', description: 'May be left out.', format: 'date' },
      },
      required: ['id', 'reactor', 'recipe', 'reactMs'],
    },
    defaults: {
      reactor: 'line-1/reactor-a',
      recipe: 'Resin 7',
      reactMs: 8_000,
      vessel: { celsius: 82.5, rpm: 120 },
      ingredients: [
        { name: 'Monomer', kg: 420 },
        { name: 'Hardener', kg: 38.5 },
      ],
      rinse: true,
    },
    ui: { order: ['id', 'reactor', 'recipe', 'reactMs', 'vessel', 'ingredients', 'rinse', 'dueOn'] },
  },
};
