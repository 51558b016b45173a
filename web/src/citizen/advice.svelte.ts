/**
 * What the server would say to a question before it is sent: what would be hidden, what would keep
 * it from being accepted, and who has asked like it. Asked for after a pause, never with a key, and
 * never in the way: without an answer everything goes on as if nobody had asked.
 */
import type { Blocked, CommandId, Question, ServerMessage } from '../wire';

export interface Advice {
  /** What was asked about. */
  readonly text: string;
  readonly name: string;
  /** As it would be read; null: as it is. */
  readonly masked: string | null;
  readonly blocked: readonly Blocked[];
  readonly similar: readonly Question[];
}

/** Gives the question to the server; null: there is no line. */
type Asks = (text: string, name: string) => CommandId | null;

/** Whoever stops for so long has ended a thought. */
const PAUSE_MS = 1_200;
/** Bound: one in so long. The server counts them with everything else that a person sends. */
const APART_MS = 5_000;
/** Bound: for one question. Whoever polishes for longer has been told. */
const MOST = 20;
/** Who wants to send waits no longer than this for an answer. */
const PATIENCE_MS = 1_500;

export class Advisor {
  advice = $state.raw<Advice | null>(null);
  readonly #asks: Asks;
  readonly #changed: (advice: Advice) => void;
  #under: { id: CommandId; text: string; name: string } | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #last = 0;
  #asked = 0;
  #awaited: (() => void) | null = null;

  constructor(asks: Asks, changed: (advice: Advice) => void) {
    this.#asks = asks;
    this.#changed = changed;
  }

  /** Something was typed; `whole`: it could be sent as it is. */
  typed(text: string, name: string, whole: boolean): void {
    clearTimeout(this.#timer);
    if (!whole) return;
    const pause = Math.max(PAUSE_MS, this.#last + APART_MS - Date.now());
    this.#timer = setTimeout(() => this.#ask(text.trim(), name.trim()), pause);
  }

  /**
   * Before it is sent: whether there is something to hide that its author has not been shown. Answers
   * at once where it was asked already, and no later than a moment after.
   */
  async mustShow(text: string, name: string): Promise<boolean> {
    clearTimeout(this.#timer);
    const shown = this.#shows(text, name);
    if (!this.#knows(text, name)) {
      this.#ask(text, name);
      await new Promise<void>((go) => {
        if (!this.#under) return go();
        const late = setTimeout(go, PATIENCE_MS);
        this.#awaited = () => (clearTimeout(late), go());
      });
      this.#awaited = null;
    }
    return !shown && this.#knows(text, name) && this.advice?.masked !== null;
  }

  hears(message: ServerMessage): boolean {
    if (message.type !== 'checked' && message.type !== 'refused') return false;
    if (message.id === null || message.id !== this.#under?.id) return false;
    const { text, name } = this.#under;
    this.#under = null;
    if (message.type === 'checked') {
      const { masked, blocked, similar } = message;
      this.advice = { text, name, masked, blocked: blocked.filter(({ code }) => !code.startsWith('LEN_')), similar };
      this.#changed(this.advice);
    }
    this.#awaited?.();
    return true;
  }

  /** Another question, or none. */
  forget(): void {
    clearTimeout(this.#timer);
    this.advice = null;
    this.#under = null;
    this.#asked = 0;
  }

  #ask(text: string, name: string): void {
    if (this.#asked >= MOST || this.#knows(text, name)) return;
    const id = this.#asks(text, name);
    if (id === null) return;
    this.#under = { id, text, name };
    this.#last = Date.now();
    this.#asked += 1;
  }

  #knows(text: string, name: string): boolean {
    return this.advice?.text === text && this.advice.name === name;
  }

  /** What would be hidden is on the page. */
  #shows(text: string, name: string): boolean {
    return this.#knows(text, name) && this.advice?.masked !== null;
  }
}
