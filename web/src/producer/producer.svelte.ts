/** The state of the producer's page. It sits at the stage to hear the screens, and is none of them. */
import { Screens } from '../screens';
import { Seat } from '../seat.svelte';
import { tabShelf } from '../shelf';
import { untouched } from '../untouched';
import { SPREAD_MS, Upgrade } from '../upgrade';
import type { QuestionId, ServerMessage, StageQuestion } from '../wire';

/** What the server wrote into the page. */
export interface Start {
  slug: string;
  build: string | null;
}

/** Bound: questions whose words are remembered for what a screen may still show. */
const REMEMBERED = 200;

export class Producer {
  readonly seat: Seat;
  readonly board = $derived.by(() => this.seat.board);
  readonly onAir = $derived.by(() => {
    const id = this.board.onAir.id ?? this.board.onAir.unconfirmed;
    return (id && this.board.questions.get(id)) || null;
  });
  /** What each screen says, and whether that is what it should. */
  readonly screens = $derived.by(() => this.#screens.look(this.board.screens, this.board.screensAt, this.board.onAir, this.seat.now));

  readonly #screens = new Screens();
  readonly #known = new Map<QuestionId, StageQuestion>();
  readonly #upgrade: Upgrade;

  constructor(start: Start) {
    this.seat = new Seat(start.slug, 'stage', (message) => this.#hears(message));
    const quiet = untouched();
    // While something is on air, this page is where it is taken off.
    const idle = () => quiet() && this.seat.line === 'live' && !this.onAir && this.seat.waiting.length === 0;
    this.#upgrade = new Upgrade({ build: start.build, spread: SPREAD_MS.few, idle, shelf: tabShelf() });
  }

  /** The question with this id, as far as this page has ever heard of it. */
  question(id: QuestionId): StageQuestion | undefined {
    return this.#known.get(id);
  }

  /** Shows or hides the overlay's picture. */
  overlay(show: boolean): void {
    this.seat.gives({ type: 'overlay', show });
  }

  #hears(message: ServerMessage): void {
    this.#upgrade.hears(message);
    for (const question of this.board.questions.values()) {
      this.#known.delete(question.id);
      this.#known.set(question.id, question);
    }
    for (const id of this.#known.keys()) {
      if (this.#known.size <= REMEMBERED) break;
      this.#known.delete(id);
    }
  }
}
