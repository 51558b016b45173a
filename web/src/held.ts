/**
 * What is on air, as one viewer may see it: held back by as much as their picture lags behind the
 * room, so that the page never knows more than the stream. Taking off is never held back.
 */
import type { OnAir, Timestamp } from './wire';

export class Held {
  readonly #show: (onAir: OnAir) => void;
  readonly #now: () => Timestamp;
  #latest: OnAir = { id: null, since: null, rev: 0 };
  #delayMs = 0;
  #due: ReturnType<typeof setTimeout> | undefined;

  /** `now` is the server's clock. */
  constructor(show: (onAir: OnAir) => void, now: () => Timestamp) {
    this.#show = show;
    this.#now = now;
  }

  set(onAir: OnAir): void {
    const same = onAir.id === this.#latest.id && onAir.since === this.#latest.since;
    this.#latest = onAir;
    if (!same) this.#schedule();
  }

  /** This viewer watches in another way now. */
  lag(delayMs: number): void {
    if (delayMs === this.#delayMs) return;
    this.#delayMs = delayMs;
    this.#schedule();
  }

  #schedule(): void {
    clearTimeout(this.#due);
    const { id, since } = this.#latest;
    const wait = id === null || since === null ? 0 : since + this.#delayMs - this.#now();
    if (wait <= 0) this.#show(this.#latest);
    else this.#due = setTimeout(() => this.#show(this.#latest), wait);
  }
}
