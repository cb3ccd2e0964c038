import { inspect } from 'node:util';
import { InvalidIdError } from '../../../lib/kernel/ids.js';
import { WorkflowsError } from '../../../lib/kernel/workflows.error.js';

class SampleError extends WorkflowsError {
  constructor(options?: { cause?: unknown }) {
    super('SampleError', 'SAMPLE', 'A sample failed.', { ...options, details: { id: 7 } });
  }
}

describe('WorkflowsError', () => {
  it('carries name, code, message, details and cause', () => {
    const cause = new Error('below');
    const error = new SampleError({ cause });
    expect(error).toBeInstanceOf(WorkflowsError);
    expect(error).toMatchObject({ name: 'SampleError', code: 'SAMPLE', message: 'A sample failed.', details: { id: 7 } });
    expect(error.cause).toBe(cause);
  });

  it('has neither details nor a cause when none was given', () => {
    const error = new WorkflowsError('WorkflowsError', 'PLAIN', 'Plain.');
    expect(Object.keys(error)).toEqual(['code']);
    expect('cause' in error).toBe(false);
  });

  it('opens its stack with its own name and hides the name from enumeration', () => {
    const error = new SampleError();
    expect(error.stack).toMatch(/^SampleError: A sample failed\.\n/);
    expect(Object.keys(error)).not.toContain('name');
    expect(inspect(error)).toContain('SampleError: A sample failed.');
  });

  it('is recognised across copies of the package, by brand and code', () => {
    const foreign = Object.assign(Object.create(null), { code: 'SAMPLE', [Symbol.for('nestjs-workflows.error')]: true });
    expect(WorkflowsError.is(foreign)).toBe(true);
    expect(WorkflowsError.is(foreign, 'SAMPLE')).toBe(true);
    expect(WorkflowsError.is(foreign, 'OTHER')).toBe(false);
    expect(WorkflowsError.is(new InvalidIdError('id', '', 'is empty'), 'INVALID_ID')).toBe(true);
  });

  it.each([[null], [undefined], ['x'], [new Error('x')], [{ code: 'SAMPLE' }]])('does not recognise %p', (other) => {
    expect(WorkflowsError.is(other)).toBe(false);
  });

  it('does not recognise, nor stumble over, a hostile proxy', () => {
    const hostile = new Proxy({}, { get: () => raise() });
    expect(WorkflowsError.is(hostile)).toBe(false);
  });
});

function raise(): never {
  throw new Error('hostile');
}
