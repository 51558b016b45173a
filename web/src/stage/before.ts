/**
 * What was on air before, so that "the one before again" knows which one. Pure but for its shelf.
 *
 * The server shows a stage only what is on air and in the running order. What has left both has
 * moved once since it was read here, and so its revision is the next one; if anything else has
 * happened to it the server says `stale`, and nothing that nobody has read goes on air.
 */
import type { QuestionId, Rev } from '../wire';

export interface Seen {
  readonly id: QuestionId;
  readonly rev: Rev;
}

interface Kept {
  now: Seen | null;
  past: Seen[];
}

/** Bound: how far back one can go. */
const MOST = 20;

export class Before {
  readonly #shelf: Storage | null;
  readonly #key: string;
  #kept: Kept = { now: null, past: [] };
  /** What leaves the air by a press on this page, and is not to come back by the next one. */
  #dropped: QuestionId | null = null;

  /** With a shelf (this tab's own) it survives a reload. */
  constructor(slug: string, shelf: Storage | null) {
    this.#shelf = shelf;
    this.#key = `filodiretto.before.${slug}`;
    try {
      this.#kept = JSON.parse(shelf?.getItem(this.#key) ?? 'null') ?? this.#kept;
    } catch {
      // Then it begins anew.
    }
  }

  /** What is on air now. */
  sees(now: Seen | null): void {
    const { now: was, past } = this.#kept;
    if (was?.id === now?.id && was?.rev === now?.rev) return;
    const left = was !== null && was.id !== now?.id && was.id !== this.#dropped;
    const rest = past.filter(({ id }) => id !== now?.id && !(left && id === was.id));
    this.#kept = { now, past: left ? [...rest, { id: was.id, rev: was.rev + 1 }].slice(-MOST) : rest };
    if (was?.id !== now?.id) this.#dropped = null;
    try {
      this.#shelf?.setItem(this.#key, JSON.stringify(this.#kept));
    } catch {
      // A full or forbidden shelf: then for as long as the page is open.
    }
  }

  /** The one that was on air last, but for what is there now. */
  last(): Seen | null {
    return this.#kept.past.at(-1) ?? null;
  }

  /** It cannot be brought back. */
  forget(id: QuestionId): void {
    this.#kept.past = this.#kept.past.filter((seen) => seen.id !== id);
  }

  /** What is on air now leaves it by a press on this page; null: it does not, after all. */
  drops(id: QuestionId | null): void {
    this.#dropped = id;
  }
}
