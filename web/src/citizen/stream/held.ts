/**
 * What is on air as one viewer may see it: as late as their picture is behind the room, so that the
 * page does not run ahead of the stream. Taking off is never late, whatever it takes off.
 */
import type { OnAir, QuestionId, Timestamp } from '../../wire';

const NOTHING: OnAir = { id: null, since: null, rev: 0 };

export class Held {
  readonly #show: (onAir: OnAir) => void;
  readonly #now: () => Timestamp;
  #shown = NOTHING;
  /** As the server has it. */
  #latest = NOTHING;
  /** Bound: what went on air within one delay, at most a minute. The latest is last. */
  #waiting: { onAir: OnAir; at: Timestamp }[] = [];
  #delayMs = 0;
  #due: ReturnType<typeof setTimeout> | undefined;

  /** `now` is the server's clock, by which it says since when a question is on air. */
  constructor(show: (onAir: OnAir) => void, now: () => Timestamp) {
    this.#show = show;
    this.#now = now;
  }

  /**
   * What is on air now, as the server has just said it. `answered`: the question before it has been
   * answered, and may stay in sight until this one comes; any other has been taken off.
   */
  hear(onAir: OnAir, answered = false): void {
    const before = this.#latest;
    this.#latest = onAir;
    if (onAir.id === before.id && onAir.rev === before.rev) return;
    // Revisions count every change of the stage: one that was missed may have been "off".
    if (onAir.id === null || !answered || onAir.rev !== before.rev + 1) this.#off();
    // Clocks differ and jump: nothing went on air later than it was heard.
    const at = Math.min(onAir.since ?? 0, this.#now());
    if (onAir.id !== null) this.#waiting.push({ onAir, at });
    this.#letIn();
  }

  /** This question must not be seen any more: it was hushed, or is gone. */
  clear(question: QuestionId): void {
    this.#waiting = this.#waiting.filter(({ onAir }) => onAir.id !== question);
    if (this.#shown.id === question) this.#put(NOTHING);
    this.#letIn();
  }

  /** How far this viewer's picture is behind the room from now on. What is in sight stays. */
  delay(seconds: number): void {
    this.#delayMs = seconds * 1000;
    this.#letIn();
  }

  stop(): void {
    clearTimeout(this.#due);
  }

  #off(): void {
    this.#waiting = [];
    if (this.#shown.id !== null) this.#put(NOTHING);
  }

  #letIn(): void {
    clearTimeout(this.#due);
    const next = this.#waiting[0];
    if (!next) return;
    const wait = Math.min(next.at + this.#delayMs - this.#now(), this.#delayMs);
    if (wait > 0) {
      this.#due = setTimeout(() => this.#letIn(), wait);
      return;
    }
    this.#waiting.shift();
    this.#put(next.onAir);
    this.#letIn();
  }

  #put(onAir: OnAir): void {
    this.#shown = onAir;
    this.#show(onAir);
  }
}
