// Above the operations: timeline or table, how near, and which of them.
import { ChartGantt, Maximize2, Minus, Plus, Table2 } from 'lucide-react';
import { Button, IconButton } from '../../parts/button';
import { CheckBox, TextInput } from '../../parts/field';
import type { ViewState } from './view-state';

export interface StepsToolbarProps {
  state: ViewState;
  onView(view: 'timeline' | 'table'): void;
  onText(text: string): void;
  onFailed(only: boolean): void;
  onNearer(): void;
  onFarther(): void;
  onFit(): void;
}

export function StepsToolbar({ state, onView, onText, onFailed, onNearer, onFarther, onFit }: StepsToolbarProps) {
  const isTable = state.view === 'table';
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
      <fieldset className="flex">
        <legend className="sr-only">Shown as</legend>
        <Button
          aria-pressed={!isTable}
          icon={<ChartGantt />}
          className={`rounded-r-none ${isTable ? '' : 'bg-accent-soft!'}`}
          onClick={() => onView('timeline')}
        >
          Timeline
        </Button>
        <Button
          aria-pressed={isTable}
          icon={<Table2 />}
          className={`-ml-px rounded-l-none ${isTable ? 'bg-accent-soft!' : ''}`}
          onClick={() => onView('table')}
        >
          Table
        </Button>
      </fieldset>
      <TextInput
        type="search"
        aria-label="Operations whose name has"
        placeholder="Name has …"
        className="w-40! max-sm:w-28!"
        value={state.text}
        onChange={(event) => onText(event.target.value)}
      />
      <CheckBox label="Failed only" checked={state.onlyFailed} onChange={(event) => onFailed(event.target.checked)} />
      {!isTable && (
        <div className="ml-auto flex items-center">
          <IconButton label="Nearer (+)" icon={<Plus />} onClick={onNearer} />
          <IconButton label="Farther (-)" icon={<Minus />} onClick={onFarther} />
          <IconButton label="All of it (0)" icon={<Maximize2 />} onClick={onFit} />
        </div>
      )}
    </div>
  );
}
