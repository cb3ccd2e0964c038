// A standard WritableStream in front of a stream of a run. It is handed around, from the workflow to its steps, so each chunk has to know who
// wrote it. The sink is called later, in whatever context; the strategy's `size` is called in that of the writer, once per chunk and in
// their order: it notes the caller.
import { currentScope, type RunScope } from '../engine/run-scope.js';

export interface RunWritablePort<T> {
  write(chunk: T, caller: RunScope | undefined): Promise<void> | undefined;
  close(caller: RunScope | undefined): Promise<void> | undefined;
}

/** Chunks that a writer who does not wait for `ready` may be ahead. */
const HIGH_WATER_MARK = 16;

/**
 * Closing it closes the stream, aborting it does not. After an error it takes nothing more, as any WritableStream; the stream of the run
 * itself goes on.
 */
export function makeRunWritable<T>(port: RunWritablePort<T>): WritableStream<T> {
  // Beside the queue that the stream keeps of the chunks.
  const callers: Array<RunScope | undefined> = [];
  let last: RunScope | undefined;
  let closer: RunScope | undefined;
  const stream = new WritableStream<T>(
    {
      write: (chunk) => {
        last = callers.shift();
        return port.write(chunk, last);
      },
      // A pipe closes its destination without being heard: it is whoever wrote last, or calls now.
      close: () => port.close(closer ?? last ?? currentScope()),
    },
    {
      highWaterMark: HIGH_WATER_MARK,
      size: () => {
        callers.push(currentScope());
        return 1;
      },
    },
  );
  const closing = (close: () => Promise<void>) => () => {
    closer = currentScope();
    return unheard(close());
  };
  const getWriter = stream.getWriter.bind(stream);
  stream.close = closing(stream.close.bind(stream));
  stream.getWriter = () => {
    const writer = getWriter();
    const write = writer.write.bind(writer);
    writer.write = (chunk) => unheard(write(chunk));
    writer.close = closing(writer.close.bind(writer));
    return writer;
  };
  return stream;
}

/** Code may write and await later: a rejection that nobody awaits yet must not end the process. */
function unheard(promise: Promise<void>): Promise<void> {
  promise.catch(() => undefined);
  return promise;
}
