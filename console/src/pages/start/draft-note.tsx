// Says that what stands in the form was typed before, and lets it go.
import { Undo2 } from 'lucide-react';
import { Button } from '../../parts/button';
import type { StartFormState } from './use-start-form';

export function DraftNote({ state }: { state: StartFormState }) {
  if (!state.isDraft) return null;
  return (
    <p role="status" className="flex flex-wrap items-center gap-x-2 text-muted text-xs">
      Draft kept: this is what was typed here before.
      <Button kind="quiet" className="h-6! px-1.5! text-xs" icon={<Undo2 />} onClick={state.beginAnew}>
        {state.subject.template === undefined ? 'Begin anew' : "Back to the template's defaults"}
      </Button>
    </p>
  );
}
