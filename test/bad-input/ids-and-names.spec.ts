// Ids and names, taken or refused by one rule everywhere: 1 to 255 printable characters, well-formed, no white space at either end, and as names
// neither `.` nor `..`. What is taken comes back to the letter; no two become one. Strange ones first, then any.
import fc from 'fast-check';
import { InvalidIdError, RunReader, Step, Workflow, WorkflowsError } from '../../lib/index.js';
import { type ClusterApp, withCluster, workflow } from '../engine/cluster.js';
import { DOTS, REFUSED_NAMES, TAKEN_NAMES } from './strange-names.js';

const invalid = { name: 'InvalidIdError', code: 'INVALID_ID' };

/** The message names the thing, shows at most the beginning of it, and is one line. */
function expectRefusal(error: unknown, thing: string): void {
  expect(error).toBeInstanceOf(InvalidIdError);
  expect(error).toMatchObject(invalid);
  const { message } = error as Error;
  expect(message.startsWith(thing)).toBe(true);
  expect(message.length).toBeLessThan(400);
  expect(message).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
}

const thrownBy = (run: () => unknown): unknown => {
  try {
    run();
  } catch (error) {
    return error;
  }
  return 'it was accepted';
};
const rejected = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'it was accepted',
    (error: unknown) => error,
  );

const echo = workflow('echo', (_wf, given: unknown) => given);

describe('an id or a name that breaks the rule', () => {
  it('is refused for a workflow and a step when the class is defined', () => {
    for (const name of [...Object.values(REFUSED_NAMES), ...DOTS]) {
      // Null stands for the default name.
      if (name !== null)
        expectRefusal(
          thrownBy(() => workflow(name as string, () => 1)),
          'name of workflow',
        );
      const define = () => {
        class Steps {
          @Step({ name: name as string })
          async charge(): Promise<void> {}
        }
        return Steps;
      };
      expectRefusal(thrownBy(define), 'name of step');
    }
  });

  it(
    'is refused for a step or an event while the run goes on, and nothing is recorded',
    withCluster(async (cluster) => {
      const flow = workflow('flow', async (wf) => {
        for (const name of [...Object.values(REFUSED_NAMES), ...DOTS] as string[]) {
          expectRefusal(await rejected(wf.step(name, () => 1)), 'step name');
          expectRefusal(await rejected(wf.setEvent(name, 1)), 'event key');
        }
        return 'went on';
      });
      const app = await cluster.app([flow]);
      expect(await (await app.workflows.start('flow')).returnValue).toBe('went on');
      expect(await cluster.count('operation_outputs')).toBe(0);
    }),
  );

  it(
    'is refused for a run and its attributes at the start, and no run is there',
    withCluster(async (cluster) => {
      const app = await cluster.app([echo], { role: 'client' });
      for (const id of Object.values(REFUSED_NAMES) as string[]) {
        expectRefusal(await rejected(app.workflows.start('echo', [], { id })), 'id ');
        expectRefusal(await rejected(app.workflows.startMany('echo', [{ args: [] }, { args: [], options: { id } }])), 'id ');
        if (typeof id !== 'string') continue;
        expectRefusal(await rejected(app.workflows.start('echo', [], { attributes: { [id]: 1 } })), 'attribute name');
      }
      expect(await cluster.count('workflow_status')).toBe(0);
    }),
  );
});

/** Starts a run under each id, and finds each by it and by nothing else. */
async function expectRoundTrip(app: ClusterApp, ids: readonly string[]): Promise<void> {
  const reader = app.module.get(RunReader, { strict: false });
  const distinct = [...new Set(ids)];
  const started = await Promise.all(
    distinct.map((id) => app.workflows.start('echo', [id], { id, attributes: { id, [id]: true } })),
  );
  expect(new Set(started.map(({ runId }) => runId)).size).toBe(distinct.length);
  for (const [i, id] of distinct.entries()) {
    const run = app.workflows.getRun(id);
    expect({ id, runId: run.runId, value: await run.returnValue }).toEqual({ id, runId: started[i]?.runId, value: id });
    const { externalId, attributes, input } = await reader.find(id);
    expect({ id, externalId: externalId ?? run.runId, attributes, input }).toEqual({
      id,
      externalId: id,
      attributes: Object.fromEntries([
        ['id', id],
        [id, true],
      ]),
      input: [id],
    });
    expect(await app.workflows.cancel(id)).toBe(false);
  }
}

describe('an id or a name that keeps the rule', () => {
  it(
    'is the id of a run, to the letter: started, found, shown and cancelled by it',
    withCluster(async (cluster) => expectRoundTrip(await cluster.app([echo]), [...TAKEN_NAMES, ...DOTS])),
  );

  it(
    'is the name of a workflow, a step and an event, to the letter',
    withCluster(async (cluster) => {
      const flows = TAKEN_NAMES.map((name) =>
        workflow(name, async (wf) => {
          await wf.setEvent(name, name);
          return wf.step(name, () => name);
        }),
      );
      const app = await cluster.app(flows);
      expect(app.workflows.listWorkflows().map(({ name }) => name)).toEqual([...TAKEN_NAMES].sort());
      const reader = app.module.get(RunReader, { strict: false });
      for (const name of TAKEN_NAMES) {
        const run = await app.workflows.start(name);
        expect(await run.returnValue).toBe(name);
        expect((await reader.listSteps(run.runId)).map((step) => step.name)).toEqual([name, name]);
        expect((await reader.listEvents(run.runId)).map(({ key, value }) => [key, value])).toEqual([[name, name]]);
        expect((await app.workflows.listRuns({ workflowName: name })).runs.map(({ runId }) => runId)).toEqual([run.runId]);
      }
    }),
  );

  it('may be the default name of a method, which is held to the same rule', () => {
    const define = () => {
      class Long {
        @Workflow()
        async ['x'.repeat(256)](): Promise<void> {}
      }
      return Long;
    };
    expect(thrownBy(define)).toMatchObject(invalid);
  });
});

describe('any text', () => {
  const anyText = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.string({ unit: 'grapheme', maxLength: 300 }),
    fc.string({ maxLength: 12 }),
    fc.uuid(),
    fc.constantFrom(
      ...TAKEN_NAMES,
      ...DOTS,
      ...Object.values(REFUSED_NAMES).filter((one): one is string => typeof one === 'string' && one.length <= 10_000),
    ),
  );

  it(
    'as the id of a run is taken and comes back to the letter, or is refused by type, and so everywhere',
    withCluster(async (cluster) => {
      const app = await cluster.app([echo]);
      await fc.assert(
        fc.asyncProperty(fc.array(anyText, { minLength: 40, maxLength: 40 }), async (texts) => {
          const taken: string[] = [];
          for (const id of texts) {
            const error = thrownBy(() => app.workflows.getRun(id));
            if (error === 'it was accepted') taken.push(id);
            else {
              expectRefusal(error, 'run id');
              expectRefusal(await rejected(app.workflows.start('echo', [], { id })), 'id ');
            }
          }
          // A uuid is the same in either case.
          await expectRoundTrip(
            app,
            taken.map((id) => (/^[0-9a-f-]{36}$/i.test(id) ? id.toLowerCase() : id)),
          );
        }),
        { numRuns: 5, interruptAfterTimeLimit: 10_000 },
      );
    }),
  );

  it(
    'as the name of a step, an event or an attribute is taken and comes back to the letter, or is refused by type',
    withCluster(async (cluster) => {
      const flow = workflow('flow', async (wf, names: string[]) => {
        const taken: string[] = [];
        for (const name of new Set(names)) {
          const results = await Promise.allSettled([wf.step(name, () => name), wf.setEvent(name, name)]);
          const [step, event] = results;
          expect(step?.status).toBe(event?.status);
          if (step?.status === 'fulfilled') taken.push(step.value as string);
          else for (const result of results) expect(result).toMatchObject({ reason: invalid });
        }
        return taken;
      });
      const app = await cluster.app([flow]);
      const reader = app.module.get(RunReader, { strict: false });
      const storable = anyText.map((text) => text.toWellFormed().replaceAll('\0', ' '));
      await fc.assert(
        fc.asyncProperty(fc.array(storable, { minLength: 30, maxLength: 30 }), async (names) => {
          const run = await app.workflows.start('flow', [names]);
          const taken = (await run.returnValue) as string[];
          expect((await reader.listEvents(run.runId)).map(({ key }) => key).sort()).toEqual([...taken].sort());
          expect(new Set((await reader.listSteps(run.runId)).map(({ name }) => name))).toEqual(new Set(taken));
          for (const name of names) {
            const started = await rejected(
              app.workflows.start('flow', [[]], { attributes: { [name]: name.slice(0, 200).toWellFormed() } }),
            );
            if (taken.includes(name) || DOTS.includes(name))
              expect({ name, started }).toEqual({ name, started: 'it was accepted' });
            else expect(started).toBeInstanceOf(WorkflowsError);
          }
        }),
        { numRuns: 5, interruptAfterTimeLimit: 10_000 },
      );
    }),
  );
});
