/**
 * Which key does what at the desk. Pure but for the shelf it is kept on.
 *
 * Single letters can be switched off, and each can be changed (WCAG 2.1.4): who speaks to their
 * computer, or whose hand trembles, must not approve by accident. `F8`, off air, is always there.
 */

export const ACTIONS = [
  'approve',
  'approve_queue',
  'dismiss',
  'edit',
  'next',
  'previous',
  'on_air',
  'answer',
  'enter',
  'restore',
  'search',
  'keys',
  'duplicate',
  'group',
] as const;

export type Action = (typeof ACTIONS)[number] | 'off_air';

/** These are about the desk; every other one is about a question. */
const DESKS: ReadonlySet<Action> = new Set<Action>(['off_air', 'next', 'previous', 'enter', 'search', 'keys', 'restore']);

export const isAboutOne = (action: Action): boolean => !DESKS.has(action);

type Changeable = (typeof ACTIONS)[number];

const DEFAULTS: Record<Changeable, string> = {
  approve: 'a',
  approve_queue: 's',
  dismiss: 'd',
  edit: 'e',
  next: 'j',
  previous: 'k',
  on_air: 'o',
  answer: 'r',
  enter: 'n',
  restore: 'z',
  search: '/',
  keys: '?',
  duplicate: 'c',
  group: 'g',
};

export const OFF_AIR = 'F8';

const SHELF = 'filodiretto.keys';

/** What a browser says of a key that was pressed. */
export type Press = Pick<KeyboardEvent, 'key' | 'repeat' | 'ctrlKey' | 'altKey' | 'metaKey'>;

export interface Kept {
  readonly letters: boolean;
  readonly keys: Readonly<Partial<Record<Changeable, string>>>;
}

/** What the shelf holds, as far as it makes sense. */
export function kept(shelf: Storage | null): Kept {
  try {
    const { letters, keys } = JSON.parse(shelf?.getItem(SHELF) ?? '{}') as Partial<Kept>;
    const known = Object.entries(keys ?? {}).filter(
      ([action, key]) => action in DEFAULTS && typeof key === 'string' && isKey(key),
    );
    return { letters: letters !== false, keys: Object.fromEntries(known) };
  } catch {
    return { letters: true, keys: {} };
  }
}

export function keep(shelf: Storage | null, kept: Kept): void {
  try {
    shelf?.setItem(SHELF, JSON.stringify(kept));
  } catch {
    // A full or forbidden shelf: then for as long as the page is open.
  }
}

/** One character that can be typed without help of another key than Shift, and is no digit: those choose a reason. */
export const isKey = (key: string): boolean => [...key].length === 1 && key.trim() !== '' && !/\d/.test(key);

export const keyOf = (kept: Kept, action: Action): string =>
  action === 'off_air' ? OFF_AIR : (kept.keys[action] ?? DEFAULTS[action]);

/** Gives an action another key; null where another action has that one. */
export function changed(kept: Kept, action: Changeable, key: string): Kept | null {
  const lower = key.toLowerCase();
  if (!isKey(key) || ACTIONS.some((other) => other !== action && keyOf(kept, other) === lower)) return null;
  return { ...kept, keys: { ...kept.keys, [action]: lower } };
}

/** Which of the reasons a digit chooses, counted from 0. With another key it is the browser's: Ctrl+5 is a tab. */
export const digitOf = (press: Press): number | null =>
  /^[1-9]$/.test(press.key) && !press.repeat && !press.ctrlKey && !press.altKey && !press.metaKey ? Number(press.key) - 1 : null;

/** What a press means. While somebody is typing every letter is theirs. */
export function actionOf(kept: Kept, press: Press, typing: boolean): Action | null {
  // Held down it is one press: the next question may be on air already.
  if (press.key === OFF_AIR) return press.repeat ? null : 'off_air';
  if (typing || !kept.letters || press.ctrlKey || press.altKey || press.metaKey) return null;
  const key = press.key.toLowerCase();
  const action = ACTIONS.find((one) => keyOf(kept, one) === key) ?? null;
  // A key that is held down moves on, and decides nothing.
  return press.repeat && action !== 'next' && action !== 'previous' ? null : action;
}
