/**
 * What somebody has typed and not yet saved, field by field, beside what the server says.
 *
 * Each field remembers what the server said when it was first touched. So what others change
 * meanwhile comes in where nobody is typing, and where somebody is, both can be shown.
 */
export type Draft<T> = { readonly [K in keyof T]?: { readonly from: T[K]; readonly value: T[K] } };

/** Values are plain data. */
const same = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);

/** The draft after a keystroke. A field that is as the server has it is no draft. */
export function typed<T, K extends keyof T>(draft: Draft<T>, server: T, field: K, value: T[K]): Draft<T> {
  const from = draft[field] === undefined ? server[field] : draft[field].from;
  return same(value, server[field]) ? without(draft, field) : { ...draft, [field]: { from, value } };
}

/** What the fields show: what was typed, else what the server says. */
export function shown<T extends object>(draft: Draft<T>, server: T): T {
  const all = { ...server };
  for (const field of fields(draft)) {
    const entry = draft[field];
    if (entry !== undefined) all[field] = entry.value;
  }
  return all;
}

/** What a save would change. */
export function changed<T extends object>(draft: Draft<T>, server: T): Partial<T> {
  const change: Partial<T> = {};
  for (const field of fields(draft)) {
    const entry = draft[field];
    if (entry !== undefined && !same(entry.value, server[field])) change[field] = entry.value;
  }
  return change;
}

/** Fields that somebody else has changed since they were touched here, to something else. */
export function clashes<T extends object>(draft: Draft<T>, server: T): (keyof T)[] {
  return fields(draft).filter((field) => {
    const entry = draft[field];
    return entry !== undefined && !same(entry.from, server[field]) && !same(entry.value, server[field]);
  });
}

/** The draft after a save: what was typed while it was under way stays. */
export function saved<T extends object>(draft: Draft<T>, sent: Partial<T>, server: T): Draft<T> {
  let left = draft;
  for (const field of fields(draft)) {
    const entry = draft[field];
    if (entry === undefined) continue;
    const arrived = (field in sent && same(entry.value, sent[field])) || same(entry.value, server[field]);
    left = arrived ? without(left, field) : { ...left, [field]: { from: server[field], value: entry.value } };
  }
  return left;
}

/** The draft, once what others wrote in a field has been preferred. */
export function without<T>(draft: Draft<T>, field: keyof T): Draft<T> {
  const { [field]: _, ...rest } = draft;
  return rest as Draft<T>;
}

export const isEmpty = (draft: object) => Object.keys(draft).length === 0;

function fields<T>(draft: Draft<T>): (keyof T)[] {
  return Object.keys(draft) as (keyof T)[];
}

/** Where drafts outlive a reload: `sessionStorage`, or nothing where a browser forbids it. */
export interface Keeper {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

const KEY = 'filodiretto.admin.';

/** A draft from before a reload. Fields that this page does not know any more are left behind. */
export function kept<T extends object>(keeper: Keeper | null, name: string, known: T): Draft<T> {
  try {
    const text = keeper?.getItem(KEY + name);
    const draft: unknown = text === null || text === undefined ? {} : JSON.parse(text);
    if (typeof draft !== 'object' || draft === null) return {};
    const entries = Object.entries(draft).filter(([field, entry]) => field in known && isEntry(entry));
    return Object.fromEntries(entries) as Draft<T>;
  } catch {
    return {};
  }
}

function isEntry(entry: unknown): boolean {
  return typeof entry === 'object' && entry !== null && 'from' in entry && 'value' in entry;
}

/** Keeps a draft for after a reload. */
export function keep(keeper: Keeper | null, name: string, draft: object): void {
  try {
    if (isEmpty(draft)) keeper?.removeItem(KEY + name);
    else keeper?.setItem(KEY + name, JSON.stringify(draft));
  } catch {
    // Full, or forbidden: what was typed is still in the page.
  }
}
