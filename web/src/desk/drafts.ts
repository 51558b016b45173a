/**
 * What staff have typed and not sent yet: it survives `stale`, a reload and a lost network. Kept in
 * the browser, for this session, until it is sent or thrown away.
 */
export type DraftOf = 'edit' | 'answer' | 'links' | 'later' | 'take_back' | 'enter' | `why ${string}`;

/** Every draft of every session begins with this. */
const SHELF = 'filodiretto.desk.';
/** What nobody has sent after so long is forgotten: it is other people's words. */
const KEPT_MS = 7 * 24 * 3_600_000;

/** A draft as it lies on the shelf; null: not one of ours. */
function unpacked(kept: string | null): { at: number; text: string } | null {
  try {
    const { at, text } = JSON.parse(kept ?? 'null');
    return typeof at === 'number' && typeof text === 'string' ? { at, text } : null;
  } catch {
    return null;
  }
}

export class Drafts {
  readonly #prefix: string;
  readonly #shelf: Storage | null;
  /** Where nothing is kept for us: for as long as the page is open. */
  readonly #here = new Map<string, string>();

  constructor(slug: string, shelf: Storage | null) {
    this.#prefix = `${SHELF}${slug}.`;
    this.#shelf = shelf;
    try {
      for (const key of Object.keys(shelf ?? {}).filter((key) => key.startsWith(SHELF))) {
        const at = unpacked(shelf?.getItem(key) ?? null)?.at ?? 0;
        if (Date.now() - at > KEPT_MS) shelf?.removeItem(key);
      }
    } catch {
      // A forbidden shelf holds nothing of ours.
    }
  }

  get(of: DraftOf, about = ''): string | null {
    const key = this.#key(of, about);
    try {
      return this.#here.get(key) ?? unpacked(this.#shelf?.getItem(key) ?? null)?.text ?? null;
    } catch {
      return this.#here.get(key) ?? null;
    }
  }

  set(of: DraftOf, about: string, text: string): void {
    const key = this.#key(of, about);
    this.#here.set(key, text);
    try {
      this.#shelf?.setItem(key, JSON.stringify({ at: Date.now(), text }));
    } catch {
      // Full or forbidden.
    }
  }

  drop(of: DraftOf, about = ''): void {
    const key = this.#key(of, about);
    this.#here.delete(key);
    try {
      this.#shelf?.removeItem(key);
    } catch {
      // It was never there.
    }
  }

  #key(of: DraftOf, about: string): string {
    return `${this.#prefix}${of}.${about}`;
  }
}
