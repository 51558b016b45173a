/** How fast questions come and go: what happened in the last minute. Pure but for the clock it is given. */
const MINUTE = 60_000;
/** Bound: moments remembered; beyond it a minute is "very many". */
const MOST = 5_000;

export class Pace {
  #moments: number[] = [];

  happened(at: number): void {
    this.#moments.push(at);
    if (this.#moments.length > MOST) this.#moments.shift();
  }

  /** In the minute before `now`. */
  aMinute(now: number): number {
    const first = this.#moments.findIndex((at) => at > now - MINUTE);
    this.#moments = first < 0 ? [] : this.#moments.slice(first);
    return this.#moments.length;
  }
}
