// Who did it, for the audit log: what the host's guards left in `request.user` (Passport's convention).
import { cutText } from '../../kernel/stored-text.js';

const FIELDS = ['name', 'username', 'email', 'id', 'sub'];
const MAX_BYTES = 255;

/** The first usable of user.name, username, email, id and sub, or the user itself if it is a text; `'admin'` without any. */
export function actorOf(request: unknown): string {
  const user = (request as { user?: unknown } | null)?.user;
  const candidates = typeof user === 'object' && user !== null ? FIELDS.map((field) => Reflect.get(user, field)) : [user];
  for (const candidate of candidates) {
    const text = typeof candidate === 'number' || typeof candidate === 'bigint' ? String(candidate) : candidate;
    if (typeof text !== 'string') continue;
    // One line in logs and pages, whatever a user may call himself.
    const shown = cutText(text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim(), MAX_BYTES);
    if (shown !== '') return shown;
  }
  return 'admin';
}
