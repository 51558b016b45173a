/**
 * The keys of a clicker, and of a keyboard beside it. Pure.
 *
 * A thumb that trembles presses twice: the second press within a second is ignored. Only "off air"
 * is heard right after another key, since it may be that key which was wrong.
 */

export type Action = 'next' | 'before' | 'off_air';

const ACTIONS: Readonly<Record<string, Action>> = {
  PageDown: 'next',
  ArrowRight: 'next',
  PageUp: 'before',
  ArrowLeft: 'before',
  b: 'off_air',
  B: 'off_air',
  '.': 'off_air',
};

const TREMBLE_MS = 1_000;

/** What of a `KeyboardEvent` counts. */
export interface Press {
  key: string;
  repeat: boolean;
  ctrlKey: boolean;
  altKey: boolean;
  metaKey: boolean;
}

export class Clicker {
  #last: { action: Action; at: number } | null = null;

  /** What a key means where `typing` goes on or not; `ignored` is ours, too, and does nothing. */
  hears(press: Press, at: number, typing: boolean): Action | 'ignored' | null {
    const action = press.ctrlKey || press.altKey || press.metaKey ? undefined : ACTIONS[press.key];
    // Letters and arrows belong to the text that is being typed.
    if (!action || (typing && !press.key.startsWith('Page'))) return null;
    return press.repeat ? 'ignored' : this.takes(action, at);
  }

  /** The same for a button. */
  takes(action: Action, at: number): Action | 'ignored' {
    const soon = this.#last !== null && at - this.#last.at < TREMBLE_MS;
    if (soon && (action !== 'off_air' || this.#last?.action === 'off_air')) return 'ignored';
    this.#last = { action, at };
    return action;
  }
}
