// Copies a text, on plain http too, where browsers have no clipboard for pages. Used by CopyButton.

/** False: the browser did not let it. */
export async function copyText(text: string): Promise<boolean> {
  if (window.isSecureContext && navigator.clipboard !== undefined) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // Not allowed: the other way may be.
    }
  }
  const focused = document.activeElement;
  const box = document.createElement('textarea');
  box.value = text;
  box.readOnly = true;
  box.className = 'fixed -top-96';
  // Within a dialog: outside of it nothing may have the focus.
  const host = focused?.closest('[role="dialog"]') ?? document.body;
  host.append(box);
  box.select();
  try {
    // The only one there is on plain http.
    return document.execCommand('copy');
  } finally {
    box.remove();
    if (focused instanceof HTMLElement) focused.focus();
  }
}
