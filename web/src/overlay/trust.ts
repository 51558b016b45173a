/**
 * Whether what was last heard may still be drawn. A picture outlives its line for ten seconds: long
 * enough for a server that restarts, short enough that nobody takes something off air in vain.
 */
import type { ServerMessage } from '../wire';

/** Ten seconds from the last word, less the exit and what a busy machine is late. */
export const TRUST_MS = 9_000;

export class Trust {
  readonly #changed: () => void;
  #trusted = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  get trusted(): boolean {
    return this.#trusted;
  }

  /** The server has said this, and it has been taken in. */
  heard({ type }: ServerMessage): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#become(false), TRUST_MS);
    // Before these two we may know less than was missed: what was on air may have been taken off.
    if (type === 'snapshot' || type === 'tally') this.#become(true);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #become(trusted: boolean): void {
    if (this.#trusted === trusted) return;
    this.#trusted = trusted;
    this.#changed();
  }
}
