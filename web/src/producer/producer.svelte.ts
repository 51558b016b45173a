/** The state of the producer's page. It sits at the stage to hear the screens, and is none of them. */
import { Screens } from '../screens';
import { Seat } from '../seat.svelte';
import type { QuestionId, StageQuestion } from '../wire';

/** What the server wrote into the page. */
export interface Start {
  slug: string;
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

  constructor(start: Start) {
    this.seat = new Seat(start.slug, 'stage', () => this.#hears());
  }

  /** The question with this id, as far as this page has ever heard of it. */
  question(id: QuestionId): StageQuestion | undefined {
    return this.#known.get(id);
  }

  /** Shows or hides the overlay's picture. */
  overlay(show: boolean): void {
    this.seat.gives({ type: 'overlay', show });
  }

  #hears(): void {
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
