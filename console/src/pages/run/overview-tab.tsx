// What the run was given, what it gave back, and why it failed.
import type { RunAnswer } from '../../../../lib/http-client/index.js';
import { isTerminal } from '../../../../lib/model/run-transitions.js';
import { Panel } from '../../parts/page';
import { Payload } from '../../parts/payload';
import { RecordedError } from '../../parts/recorded-error';

export function OverviewTab({ answer: { run } }: { answer: RunAnswer }) {
  const { runId, status, error } = run;
  return (
    <div className="grid min-w-0 gap-4 lg:grid-cols-2">
      {error !== null && (
        <Panel title="Error" className="lg:col-span-2">
          <RecordedError error={error} />
        </Panel>
      )}
      <Panel title="Input">
        <Payload value={run.input} what="input" source={{ runId, of: { of: 'input' } }} none="It was given nothing." />
      </Panel>
      <Panel title="Output">
        <Payload
          value={run.output}
          what="output"
          source={{ runId, of: { of: 'output' } }}
          none={isTerminal(status) ? 'It gave nothing back.' : 'It has not ended yet.'}
        />
      </Panel>
    </div>
  );
}
