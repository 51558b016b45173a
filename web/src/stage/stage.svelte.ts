/** The state of the stage's page: what is on the wall, and what the official presses. */
import type { QuestionId, ServerMessage, StageQuestion } from '../wire';
import { pictureOf, REPORT_MS, withCorrection, type Picture } from '../screen';
import { Seat, type Reply } from '../seat.svelte';
import { untouched } from '../untouched';
import { SPREAD_MS, Upgrade } from '../upgrade';
import { Before } from './before';
import { Clicker, type Action } from './clicker';
import { words } from './words';

/** What the server wrote into the page. */
export interface Start {
  slug: string;
  build: string | null;
}

/** What the whole screen is about. */
export type Scene = 'connecting' | 'gone' | 'silent' | 'doubt' | 'question' | 'idle';

export class Stage {
  readonly seat: Seat;
  /** The text that is being sent back, while a note is written. */
  later = $state.raw<StageQuestion | null>(null);

  #kept = $state.raw<Picture<StageQuestion> | null>(null);
  readonly board = $derived.by(() => this.seat.board);
  readonly queue = $derived.by(() => this.board.queue.flatMap((id) => this.board.questions.get(id) ?? []));
  /** What was on air when the server stopped, until somebody says that it is again. */
  readonly doubtful = $derived.by(() => {
    const id = this.board.onAir.unconfirmed;
    return id === undefined ? null : (this.board.questions.get(id) ?? null);
  });
  readonly scene = $derived.by<Scene>(() => {
    const { seat } = this;
    if (seat.line === 'gone') return 'gone';
    if (!seat.believed) return this.board.snapshots > 0 || seat.lost ? 'silent' : 'connecting';
    if (this.doubtful) return 'doubt';
    return this.#kept && !seat.taken ? 'question' : 'idle';
  });
  /** What the wall shows. */
  readonly shown = $derived.by(() => (this.scene === 'question' ? this.#kept : null));

  /** Whether there is one before. */
  canGoBack = $state.raw(false);

  readonly #clicker = new Clicker();
  readonly #before: Before;
  readonly #upgrade: Upgrade;
  #painted: QuestionId | null = null;
  #reportedAt = 0;

  constructor(start: Start, shelf: Storage | null) {
    this.#before = new Before(start.slug, shelf);
    this.canGoBack = this.#before.last() !== null;
    this.seat = new Seat(
      start.slug,
      'stage',
      (message) => this.#hears(message),
      (state) => {
        if (state === 'live') this.#report();
      },
    );
    const quiet = untouched();
    this.#upgrade = new Upgrade({
      build: start.build,
      spread: SPREAD_MS.few,
      idle: () => quiet() && this.scene === 'idle' && this.board.onAir.id === null && this.seat.waiting.length === 0,
      shelf,
    });
  }

  begin(): () => void {
    const end = this.seat.begin(() => {
      if (Date.now() - this.#reportedAt >= REPORT_MS) this.#report();
    });
    return () => {
      this.#upgrade.stop();
      end();
    };
  }

  /** Called when the screen has been drawn: only then is it true. */
  painted(id: QuestionId | null): void {
    this.#painted = id;
    this.#report();
  }

  /** A key anywhere on the page; true: it was ours. */
  key(event: KeyboardEvent, typing: boolean): boolean {
    const action = this.#clicker.hears(event, Date.now(), typing);
    if (action === null) return false;
    if (action !== 'ignored') this.#act(action);
    return true;
  }

  /** A button that does what a key does. */
  press(action: Action): void {
    const taken = this.#clicker.takes(action, Date.now());
    if (taken !== 'ignored') this.#act(taken);
  }

  showCorrected(): void {
    if (this.#kept) this.#kept = withCorrection(this.#kept);
  }

  /** Sends what is on air back to the desk. */
  sendBack(note: string): void {
    const question = this.later;
    this.later = null;
    if (!question || !this.#free()) return;
    const text = note.trim();
    this.#drops(question.id);
    this.seat.gives({ type: 'later', question: question.id, rev: question.rev, ...(text && { note: text }) }, (reply) => {
      if (reply === 'done') this.seat.says(words().laterDone);
      else this.#drops(null);
    });
  }

  #act(action: Action): void {
    if (action === 'off_air') this.seat.offAir();
    else if (action === 'before') this.#goBack();
    else if (this.doubtful) this.confirm();
    else this.#goOn();
  }

  /** Puts on air again what an interruption took off. */
  confirm(): void {
    if (!this.doubtful || !this.seat.may('on_air') || !this.#free()) return;
    this.#putOn(this.doubtful.id, this.doubtful.rev);
  }

  #goOn(): void {
    if (!this.seat.may('next') || !this.#free()) return;
    const [next] = this.queue;
    if (next) this.seat.gives({ type: 'next', question: next.id });
    else this.seat.says(words().empty);
  }

  #goBack(): void {
    // It was taken off here alone: then here it comes back.
    if (this.seat.taken && this.seat.taken.id === null) {
      this.seat.untake();
      return;
    }
    if (!this.seat.may('on_air') || !this.#free()) return;
    const last = this.#before.last();
    if (!last) {
      this.seat.says(words().none);
      return;
    }
    this.#drops(this.board.onAir.id);
    this.#putOn(last.id, this.board.questions.get(last.id)?.rev ?? last.rev, (reply) => {
      if (reply === 'done') return;
      this.#drops(null);
      this.#before.forget(last.id);
      this.canGoBack = this.#before.last() !== null;
    });
  }

  #putOn(question: QuestionId, rev: number, then?: (reply: Reply) => void): void {
    this.seat.gives({ type: 'on_air', question, rev, stage: this.board.onAir.rev }, then);
  }

  /** One thing after the other: what is pressed before the reply would mean something else after it. */
  #free(): boolean {
    if (!this.seat.isLive()) return false;
    if (this.seat.waiting.length === 0) return true;
    this.seat.says(words().wait);
    return false;
  }

  #drops(id: QuestionId | null): void {
    if (this.seat.line === 'live') this.#before.drops(id);
  }

  #hears(message: ServerMessage): void {
    this.#upgrade.hears(message);
    this.#kept = pictureOf(this.board, this.#kept);
    if (this.later && this.board.onAir.id !== this.later.id) this.later = null;
    if (this.board.snapshots === 0 || this.board.onAir.unconfirmed !== undefined) return;
    const id = this.board.onAir.id;
    const question = id === null ? undefined : this.board.questions.get(id);
    if (id === null || question) this.#before.sees(question ? { id: question.id, rev: question.rev } : null);
    this.canGoBack = this.#before.last() !== null;
  }

  #report(): void {
    this.#reportedAt = Date.now();
    this.seat.shows(this.#painted);
  }
}
