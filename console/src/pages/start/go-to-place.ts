// Brings the focus to a field of the start form, by its `data-place`. Used by what says that something is wrong there.
import { parentOf } from './value-path';

/** To the field of that place, or of the nearest one around it. */
export function goToPlace(place: string): void {
  for (let at = place; ; at = parentOf(at)) {
    const field = document.querySelector(`[data-place="${CSS.escape(at)}"]`);
    const details = field?.closest('details');
    if (details) details.open = true;
    const input = field?.querySelector<HTMLElement>('input, select, textarea, button');
    if (input) {
      input.focus();
      input.scrollIntoView({ block: 'center' });
      return;
    }
    if (at === '') return;
  }
}
