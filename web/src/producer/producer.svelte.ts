/** The state of the producer's page. It sits at the stage to hear the screens, and is none of them. */
import { Seat } from '../seat.svelte';
import type { QuestionId, StageQuestion } from '../wire';
import { judged } from './screens';

/** What the server wrote into the page. */
export interface Start {
  slug: string;
  city: { name: string | null };
}

/** What this page has last done to the overlay's picture. Whether somebody else has since, nobody says. */
export interface Told {
  show: boolean;
  at: number;
}

/** Bound: questions whose words are remembered for what a screen may still show. */
const REMEMBERED = 200;

export class Producer {
  readonly seat: Seat;
  readonly city: string | null;
  told = $state.raw<Told | null>(null);

  readonly board = $derived.by(() => this.seat.board);
  readonly onAir = $derived.by(() => {
    const id = this.board.onAir.id ?? this.board.onAir.unconfirmed;
    return (id && this.board.questions.get(id)) || null;
  });
  readonly screens = $derived.by(() => {
    const stage = { id: this.board.onAir.id, at: this.#changedAt };
    const { told } = this;
    const overlay = told ? { id: told.show ? stage.id : null, at: Math.max(told.at, stage.at) } : stage;
    return judged(this.board.screens, this.board.screensAt, this.seat.now, { stage, overlay });
  });

  /** Since when what should be on the screens is what it is, by our own clock. */
  #changedAt = $state.raw(Date.now());
  #was: QuestionId | null = null;
  readonly #known = new Map<QuestionId, StageQuestion>();
  readonly #shelf: Storage | null;
  readonly #key: string;

  constructor(start: Start, shelf: Storage | null) {
    this.city = start.city.name;
    this.#shelf = shelf;
    this.#key = `filodiretto.overlay.${start.slug}`;
    try {
      this.told = JSON.parse(shelf?.getItem(this.#key) ?? 'null');
    } catch {
      // Then nobody here has told it anything.
    }
    this.seat = new Seat(start.slug, 'stage', () => this.#hears());
  }

  /** The question with this id, as far as this page has ever heard of it. */
  question(id: QuestionId): StageQuestion | undefined {
    return this.#known.get(id);
  }

  /** Shows or hides the overlay's picture. */
  overlay(show: boolean): void {
    this.seat.gives({ type: 'overlay', show }, (reply) => {
      if (reply !== 'done') return;
      this.told = { show, at: Date.now() };
      try {
        this.#shelf?.setItem(this.#key, JSON.stringify(this.told));
      } catch {
        // A full or forbidden shelf: then for as long as the page is open.
      }
    });
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
    if (this.board.onAir.id === this.#was) return;
    this.#was = this.board.onAir.id;
    this.#changedAt = Date.now();
  }
}
