/**
 * The same decision on many questions: each is a command of its own, with the revision that the
 * moderator has seen, one after the other. What fails is told, and stays where it is.
 */
import type { Reply } from '../seat.svelte';
import type { CommandId, DeskQuestion, QuestionId, Reason, Wish } from '../wire';

/** One of the group, and what became of it. */
export interface Row {
  readonly question: DeskQuestion;
  readonly is: 'there' | 'left out' | 'under way' | 'done' | 'failed';
  /** Why it failed. */
  readonly why?: string;
}

export interface Decided {
  readonly reason: Reason;
  readonly of?: QuestionId;
  readonly note?: string;
}

/** Gives one command; null: there is no line to give it on. */
export type Gives = (wish: Wish, then: (reply: Reply) => void) => CommandId | null;

/** Where the server names no time, as long as a moment. */
const AGAIN_MS = 1_000;

export class Bulk {
  rows = $state.raw<readonly Row[]>([]);
  running = $state(false);
  readonly #gives: Gives;

  readonly chosen = $derived(this.rows.filter(({ is }) => is === 'there'));
  /** All that are meant. */
  readonly total = $derived(this.rows.filter(({ is }) => is !== 'left out').length);
  readonly done = $derived(this.rows.filter(({ is }) => is === 'done').length);
  readonly failed = $derived(this.rows.filter(({ is }) => is === 'failed'));

  /** `questions`: as they stand before the moderator's eyes. What comes later is not part of it. */
  constructor(questions: readonly DeskQuestion[], gives: Gives) {
    this.rows = questions.map((question) => ({ question, is: 'there' }));
    this.#gives = gives;
  }

  /** Leaves one out, or takes it in again. */
  choose(id: QuestionId, isIn: boolean): void {
    if (!this.running) this.#set(id, isIn ? 'there' : 'left out');
  }

  /** Whoever was decided elsewhere meanwhile is not asked for. */
  keeps(pending: (id: QuestionId) => boolean): void {
    const rows = this.rows.filter(({ question, is }) => (is !== 'there' && is !== 'left out') || pending(question.id));
    if (rows.length < this.rows.length) this.rows = rows;
  }

  dismiss(decided: Decided): void {
    if (this.running) return;
    this.running = true;
    this.#next(decided);
  }

  /** What was sent is sent; nothing more goes. */
  stop(): void {
    this.running = false;
  }

  #next(decided: Decided): void {
    const [row] = this.chosen;
    if (!this.running || !row) {
      this.running = false;
      return;
    }
    const { id, rev } = row.question;
    const wish: Wish = { type: 'dismiss', question: id, rev, ...decided };
    const sent = this.#gives(wish, (reply) => {
      if (reply === 'done') this.#set(id, 'done');
      else if (reply.code === 'too_fast') {
        this.#set(id, 'there');
        setTimeout(() => this.#next(decided), reply.retry_after_ms ?? AGAIN_MS);
        return;
      } else this.#set(id, 'failed', `${reply.title} ${reply.detail}`);
      this.#next(decided);
    });
    // Without a line nothing more is tried: what is left is still there.
    if (sent === null) this.running = false;
    else this.#set(id, 'under way');
  }

  #set(id: QuestionId, is: Row['is'], why?: string): void {
    this.rows = this.rows.map((row) => (row.question.id === id ? { question: row.question, is, ...(why && { why }) } : row));
  }
}
