// The menu of a Menu, open when it is first drawn. An item that can't be used now stays in it and says why. By keyboard: arrows, letters, Escape.
import { Menu as Base } from '@base-ui/react/menu';
import { MENU_BUTTON, type MenuProps } from './menu-item';

export default function MenuList({ label, icon, items }: MenuProps) {
  return (
    <Base.Root defaultOpen>
      <Base.Trigger aria-label={label} title={label} className={MENU_BUTTON}>
        {icon}
      </Base.Trigger>
      <Base.Portal>
        <Base.Positioner sideOffset={4} align="start" className="z-40">
          <Base.Popup className="min-w-56 max-w-80 rounded-lg border border-line bg-surface p-1 text-sm shadow-xl outline-none">
            {items.map(({ label: text, why, act }) => (
              <Base.Item
                key={text}
                disabled={why !== undefined}
                onClick={act}
                className="flex cursor-default select-none flex-col rounded-md px-3 py-1.5 outline-none data-highlighted:bg-sunken data-disabled:text-muted"
              >
                {text}
                {why !== undefined && <span className="text-muted text-xs">{why}</span>}
              </Base.Item>
            ))}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
