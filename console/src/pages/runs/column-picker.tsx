// Which columns the list of runs has, and in which order; kept for this operator.
import { ArrowDown, ArrowUp, Columns3 } from 'lucide-react';
import { Button, IconButton } from '../../parts/button';
import { CheckBox } from '../../parts/field';
import { Popover } from '../../parts/popover';
import { RUN_COLUMNS, useRunColumns } from './run-columns';

export function ColumnPicker() {
  const { ids, choose, reset } = useRunColumns();
  const others = RUN_COLUMNS.filter(({ id }) => !ids.includes(id)).map(({ id }) => id);
  const move = (id: string, by: -1 | 1) => {
    const next = ids.filter((each) => each !== id);
    next.splice(ids.indexOf(id) + by, 0, id);
    choose(next);
  };
  return (
    <Popover title="Columns" trigger={<Button icon={<Columns3 />}>Columns</Button>}>
      <ul aria-label="Columns" className="flex flex-col">
        {[...ids, ...others].map((id) => {
          const { title } = RUN_COLUMNS.find((column) => column.id === id) ?? { title: id };
          const place = ids.indexOf(id);
          const isShown = place >= 0;
          return (
            <li key={id} className="flex min-h-8 items-center gap-1">
              <CheckBox
                label={title}
                className="flex-1"
                checked={isShown}
                disabled={isShown && ids.length === 1}
                onChange={() => choose(isShown ? ids.filter((each) => each !== id) : [...ids, id])}
              />
              {isShown && place > 0 && (
                <IconButton label={`${title}: to the left`} icon={<ArrowUp />} className="size-7!" onClick={() => move(id, -1)} />
              )}
              {isShown && place < ids.length - 1 && (
                <IconButton
                  label={`${title}: to the right`}
                  icon={<ArrowDown />}
                  className="size-7!"
                  onClick={() => move(id, 1)}
                />
              )}
            </li>
          );
        })}
      </ul>
      <Button kind="quiet" className="mt-2" onClick={reset}>
        As at first
      </Button>
    </Popover>
  );
}
