/**
 * What a screen reader is told, unasked: one sentence in ten seconds at most, one's own question
 * first. What comes too fast is dropped but for the latest; one's own is not dropped.
 */

const PAUSE_MS = 10_000;
/** Bound: sentences about one's own questions that wait to be spoken. */
const OWN_WAITING = 5;

export class Announcer {
  readonly #say: (sentence: string) => void;
  #own: string[] = [];
  #other: string | null = null;
  #pause: ReturnType<typeof setTimeout> | undefined;

  constructor(say: (sentence: string) => void) {
    this.#say = say;
  }

  own(sentence: string): void {
    if (this.#own.at(-1) === sentence) return;
    this.#own = [...this.#own, sentence].slice(-OWN_WAITING);
    this.#next();
  }

  other(sentence: string): void {
    this.#other = sentence;
    this.#next();
  }

  /** What is on air is not true any more, before it was said; `own` is the sentence about one's own. */
  notAnyMore(own: string): void {
    this.#own = this.#own.filter((sentence) => sentence !== own);
    this.#other = null;
  }

  #next(): void {
    if (this.#pause) return;
    const sentence = this.#own.shift() ?? this.#other;
    if (sentence === null || sentence === undefined) return;
    if (sentence === this.#other) this.#other = null;
    this.#say(sentence);
    this.#pause = setTimeout(() => {
      this.#pause = undefined;
      this.#next();
    }, PAUSE_MS);
  }
}
