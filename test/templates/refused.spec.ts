// What can't be meant by calls about templates: refused by type before any SQL.
import { type Call, expectCodes, withSilentDatabase } from '../bad-input/silent-database.js';
import { BATCH, brew, PHASES } from './template-room.js';

const BAD_NAMES: Readonly<Record<string, unknown>> = {
  'no name': undefined,
  'null as name': null,
  'an empty name': '',
  'a name of spaces': ' ',
  'a number as name': 1,
  'a name with a line break': 'a\nb',
  'a name that addresses take for a folder': '..',
  'a name of 256 characters': 'x'.repeat(256),
};
const BAD_VERSIONS = [0, -1, 1.5, '1', null, Number.NaN, 2 ** 31, [1]];
const BAD_ACTIONS: Readonly<Record<string, readonly [unknown, string]>> = {
  'a text': ['ann', 'INVALID_OPTION'],
  'a slip': [{ actr: 'ann' }, 'UNKNOWN_OPTION'],
  'an object as reason': [{ reason: {} }, 'INVALID_OPTION'],
};
const any = <T>(value: unknown) => value as T;

describe('calls about templates that can not be meant', () => {
  it('are refused before any SQL: names', () =>
    withSilentDatabase([brew], async (app) => {
      const table: Record<string, readonly [Call, string]> = {};
      for (const [what, given] of Object.entries(BAD_NAMES)) {
        const name = given as string;
        const calls: Record<string, Call> = {
          save: ({ workflows }) => workflows.templates.save('brew', { ...BATCH, name }),
          find: ({ workflows }) => workflows.templates.find('brew', name),
          setStatus: ({ workflows }) => workflows.templates.setStatus('brew', name, 1, 'active'),
          delete: ({ workflows }) => workflows.templates.delete('brew', name),
          copy: ({ workflows }) => workflows.templates.copy('brew', name, 'rinse'),
          export: ({ workflows }) => workflows.templates.export('brew', name),
          saveEnum: ({ workflows }) => workflows.templates.saveEnum({ ...PHASES, name }),
          findEnum: ({ workflows }) => workflows.templates.findEnum(name),
          setEnumStatus: ({ workflows }) => workflows.templates.setEnumStatus(name, 1, 'active'),
          deleteEnum: ({ workflows }) => workflows.templates.deleteEnum(name),
        };
        // Null: without a template.
        if (name !== null) calls.resolve = ({ workflows }) => workflows.resolveInputs('brew', name, {});
        for (const [call, made] of Object.entries(calls)) table[`${call}: ${what}`] = [made, 'INVALID_ID'];
      }
      table['an enum with a colon'] = [({ workflows }) => workflows.templates.saveEnum({ ...PHASES, name: 'a:1' }), 'INVALID_ID'];
      table['a new name'] = [({ workflows }) => workflows.templates.copy('brew', 'a', 'rinse', { newName: '' }), 'INVALID_ID'];
      table['a workflow'] = [({ workflows }) => workflows.templates.find('', 'a'), 'INVALID_ID'];
      table['no workflow'] = [({ workflows }) => workflows.templates.find(any(null), 'a'), 'INVALID_START_TARGET'];
      table['a function'] = [({ workflows }) => workflows.templates.find(() => 1, 'a'), 'INVALID_START_TARGET'];
      await expectCodes(app, table);
    }));

  it('are refused before any SQL: versions, actions and options', () =>
    withSilentDatabase([brew], async (app) => {
      const table: Record<string, readonly [Call, string]> = {};
      for (const version of BAD_VERSIONS.map((one) => any<number>(one))) {
        const calls: Record<string, Call> = {
          find: ({ workflows }) => workflows.templates.find('brew', 'a', { version }),
          setStatus: ({ workflows }) => workflows.templates.setStatus('brew', 'a', version, 'active'),
          delete: ({ workflows }) => workflows.templates.delete('brew', 'a', { version }),
          copy: ({ workflows }) => workflows.templates.copy('brew', 'a', 'rinse', { version }),
          findEnum: ({ workflows }) => workflows.templates.findEnum('a', { version }),
          resolve: ({ workflows }) => workflows.resolveInputs('brew', 'a', {}, version),
          start: ({ workflows }) => workflows.startWithTemplate('brew', 'a', {}, { version }),
        };
        for (const [call, made] of Object.entries(calls)) table[`${call}: ${JSON.stringify(version)}`] = [made, 'INVALID_OPTION'];
      }
      for (const [what, [action, code]] of Object.entries(BAD_ACTIONS)) {
        table[`save: ${what}`] = [({ workflows }) => workflows.templates.save('brew', BATCH, any(action)), code];
        table[`delete: ${what}`] = [({ workflows }) => workflows.templates.delete('brew', 'a', {}, any(action)), code];
        table[`saveEnum: ${what}`] = [({ workflows }) => workflows.templates.saveEnum(PHASES, any(action)), code];
      }
      Object.assign(table, {
        'find: a slip': [({ workflows }) => workflows.templates.find('brew', 'a', any({ vers: 1 })), 'UNKNOWN_OPTION'],
        'find: expand': [({ workflows }) => workflows.templates.find('brew', 'a', any({ expand: 'yes' })), 'INVALID_OPTION'],
        'list: a slip': [({ workflows }) => workflows.templates.list(any({ page: 1 })), 'UNKNOWN_OPTION'],
        'list: no limit': [({ workflows }) => workflows.templates.list({ limit: 0 }), 'INVALID_OPTION'],
        'list: a cursor': [({ workflows }) => workflows.templates.list({ cursor: 'x' }), 'INVALID_OPTION'],
        'list: latest': [({ workflows }) => workflows.templates.list(any({ latestOnly: 1 })), 'INVALID_OPTION'],
        'listEnums: a cursor': [
          ({ workflows }) => workflows.templates.listEnums({ cursor: Buffer.from('["a\\u0000",1]').toString('base64url') }),
          'INVALID_OPTION',
        ],
        'resolve: a list': [({ workflows }) => workflows.resolveInputs('brew', 'a', []), 'INVALID_OPTION'],
        'resolve: a map': [({ workflows }) => workflows.resolveInputs('brew', 'a', new Map()), 'INVALID_OPTION'],
        'resolve: nothing': [({ workflows }) => workflows.resolveInputs('brew', 'a', any(undefined)), 'INVALID_OPTION'],
        'resolve: a version of nothing': [({ workflows }) => workflows.resolveInputs('brew', null, {}, 1), 'INVALID_OPTION'],
        'start: not registered': [({ workflows }) => workflows.startWithTemplate('brow', 'a', {}), 'WORKFLOW_NOT_REGISTERED'],
        'start: an actor': [
          ({ workflows }) => workflows.startWithTemplate('brew', 'a', {}, any({ actor: {} })),
          'INVALID_OPTION',
        ],
        'start: no options': [({ workflows }) => workflows.startWithTemplate('brew', 'a', {}, any(null)), 'INVALID_OPTION'],
      } satisfies Record<string, readonly [Call, string]>);
      await expectCodes(app, table);
    }));

  it('are refused before any SQL: templates and enums', () =>
    withSilentDatabase([brew], async (app) => {
      const save =
        (changes: object): Call =>
        ({ workflows }) =>
          workflows.templates.save('brew', { ...BATCH, ...changes });
      const saveEnum =
        (values: unknown): Call =>
        ({ workflows }) =>
          workflows.templates.saveEnum({ ...PHASES, values: any(values) });
      const one = { label: 'A', value: 'a' };
      await expectCodes(app, {
        'no template': [({ workflows }) => workflows.templates.save('brew', any(null)), 'INVALID_OPTION'],
        'a slip': [save({ defalts: {} }), 'UNKNOWN_OPTION'],
        'a list of defaults': [save({ defaults: [] }), 'INVALID_OPTION'],
        'a Date in defaults': [save({ defaults: { lot: new Date(0) } }), 'INVALID_OPTION'],
        'an unknown default': [save({ defaults: { lots: 1 } }), 'TEMPLATE_KEY_UNKNOWN'],
        'a prototype in defaults': [save({ defaults: JSON.parse('{ "__proto__": {} }') }), 'INVALID_OPTION'],
        'a text as ui': [save({ ui: 'wide' }), 'INVALID_OPTION'],
        'a large ui': [save({ ui: { x: 'x'.repeat(256 * 1024) } }), 'INVALID_OPTION'],
        'a number as description': [save({ description: 5 }), 'INVALID_OPTION'],
        'a NUL in a description': [save({ description: 'a\0' }), 'INVALID_OPTION'],
        'a long description': [save({ description: 'x'.repeat(4_001) }), 'INVALID_OPTION'],
        'no values': [saveEnum(undefined), 'INVALID_OPTION'],
        'an empty list of values': [saveEnum([]), 'INVALID_OPTION'],
        'too many values': [saveEnum(Array.from({ length: 2_001 }, (_, value) => ({ label: 'A', value }))), 'INVALID_OPTION'],
        'more than 64 KiB of values': [
          saveEnum(Array.from({ length: 200 }, (_, value) => ({ label: 'x'.repeat(500), value }))),
          'INVALID_OPTION',
        ],
        'values that are texts': [saveEnum(['a']), 'INVALID_OPTION'],
        'a value without a label': [saveEnum([{ value: 'a' }]), 'INVALID_OPTION'],
        'an empty label': [saveEnum([{ label: '', value: 'a' }]), 'INVALID_OPTION'],
        'a label without a value': [saveEnum([{ label: 'A' }]), 'INVALID_OPTION'],
        'null as value': [saveEnum([{ label: 'A', value: null }]), 'INVALID_OPTION'],
        'an object as value': [saveEnum([{ label: 'A', value: {} }]), 'INVALID_OPTION'],
        'a slip in a value': [saveEnum([{ ...one, disable: true }]), 'UNKNOWN_OPTION'],
        'a text as disabled': [saveEnum([{ ...one, disabled: 'yes' }]), 'INVALID_OPTION'],
        'a value twice': [saveEnum([one, { label: 'B', value: 'a' }]), 'INVALID_OPTION'],
        'only disabled values': [saveEnum([{ ...one, disabled: true }]), 'INVALID_OPTION'],
      });
    }));
});
