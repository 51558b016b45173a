/**
 * Work that comes in bursts, done in slices: a page that gets five hundred messages at once draws
 * a few times, and a key pressed meanwhile is answered between two of them.
 */

/** Half a frame: what comes of it is drawn in the other half. */
const SLICE_MS = 8;

export class Slices<Item> {
  readonly #work: (item: Item) => void;
  readonly #waiting: Item[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(work: (item: Item) => void) {
    this.#work = work;
  }

  /** In the order in which they were given. */
  add(item: Item): void {
    this.#waiting.push(item);
    this.#timer ??= setTimeout(this.#slice);
  }

  /** What waits is not done any more. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#waiting.length = 0;
  }

  readonly #slice = (): void => {
    this.#timer = undefined;
    const end = performance.now() + SLICE_MS;
    try {
      do {
        const item = this.#waiting.shift();
        if (item === undefined) return;
        this.#work(item);
      } while (performance.now() < end);
    } finally {
      if (this.#waiting.length > 0) this.#timer ??= setTimeout(this.#slice);
    }
  };
}
