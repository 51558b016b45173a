/**
 * What staff have typed and not sent yet: it survives `stale`, a reload and a lost network. Kept in
 * the browser, for this session, until it is sent or thrown away.
 */
export type DraftOf = 'edit' | 'answer' | 'links' | 'note' | 'enter';

export class Drafts {
  readonly #prefix: string;
  readonly #shelf: Storage | null;
  /** Where nothing is kept for us: for as long as the page is open. */
  readonly #here = new Map<string, string>();

  constructor(slug: string, shelf: Storage | null) {
    this.#prefix = `filodiretto.desk.${slug}.`;
    this.#shelf = shelf;
  }

  get(of: DraftOf, about = ''): string | null {
    const key = this.#key(of, about);
    try {
      return this.#here.get(key) ?? this.#shelf?.getItem(key) ?? null;
    } catch {
      return this.#here.get(key) ?? null;
    }
  }

  set(of: DraftOf, about: string, text: string): void {
    const key = this.#key(of, about);
    this.#here.set(key, text);
    try {
      this.#shelf?.setItem(key, text);
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
