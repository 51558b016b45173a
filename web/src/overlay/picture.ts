/**
 * What is drawn, and when: one question enters, stands, leaves, and only then the next one enters.
 *
 * Its clock are timers, never the ends of animations: a source that OBS hides draws no frames, and
 * what was taken off air must be gone there, too.
 */
import type { Board } from '../board';
import type { Question, QuestionId } from '../wire';

/** A question with the moment from which it is on air: put there again, it is another showing. */
export interface Airing {
  question: Question & { text: string };
  since: number | null;
}

export interface Drawn {
  question: Airing['question'];
  phase: 'entering' | 'still' | 'leaving';
}

/** The style sheet says the same. */
export const ENTRANCE_MS = 320;
export const EXIT_MS = 200;

/** What is on air, as far as there is something to draw: a text that was taken back is not. */
export function airing(board: Board): Airing | null {
  const { id, since } = board.onAir;
  const question = id === null ? undefined : board.questions.get(id);
  return question && hasText(question) ? { question, since } : null;
}

const hasText = (question: Question): question is Airing['question'] => !!question.text;

const showing = ({ question, since }: Airing): string => `${question.id} ${since}`;

export class Picture {
  readonly #seconds: number | null;
  readonly #changed: () => void;
  #wanted: Airing | null = null;
  #drawn: Drawn | null = null;
  /** The showing that has had its seconds, and has left by itself. */
  #spent: string | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `seconds`: how long a question stands, if not for as long as it is on air. */
  constructor(seconds: number | null, changed: () => void) {
    this.#seconds = seconds;
    this.#changed = changed;
  }

  get drawn(): Drawn | null {
    return this.#drawn;
  }

  /**
   * What the desk is told. One that has left after its seconds still counts as shown: it was, whole
   * and for as long as the producer wanted. Told `null`, the desk would see an overlay that does
   * not obey, all evening, and would stop looking.
   */
  get shown(): QuestionId | null {
    const wanted = this.#wanted;
    if (wanted && showing(wanted) === this.#spent) return wanted.question.id;
    return this.#drawn?.question.id ?? null;
  }

  /** From now on this is to be seen; null: nothing. */
  shows(wanted: Airing | null): void {
    this.#wanted = wanted;
    this.#step();
  }

  /** Its seconds begin anew; one that has left by itself comes back. */
  again(): void {
    this.#spent = null;
    if (this.#drawn?.phase === 'still') this.#stand();
    this.#step();
  }

  /** Ends what is moving: the picture is at once what it was about to become. */
  settle(): void {
    if (this.#drawn?.phase === 'leaving') {
      clearTimeout(this.#timer);
      this.#put(null);
    }
    const due = this.#due();
    if (!due || this.#drawn?.phase === 'still') return;
    this.#put({ question: due.question, phase: 'still' });
    this.#stand();
  }

  #due(): Airing | null {
    const wanted = this.#wanted;
    return wanted && showing(wanted) !== this.#spent ? wanted : null;
  }

  #step(): void {
    const due = this.#due();
    const drawn = this.#drawn;
    // What comes next waits until this one has left.
    if (drawn?.phase === 'leaving') return;
    if (drawn && drawn.question.id === due?.question.id) {
      // Changed by the desk, perhaps: in place, without another entrance.
      if (drawn.question !== due.question) this.#put({ ...drawn, question: due.question });
    } else if (drawn) {
      this.#put({ ...drawn, phase: 'leaving' });
      this.#after(EXIT_MS, () => {
        this.#drawn = null;
        if (this.#due()) this.#step();
        else this.#put(null);
      });
    } else if (due) {
      this.#put({ question: due.question, phase: 'entering' });
      this.#after(ENTRANCE_MS, () => {
        if (this.#drawn) this.#put({ ...this.#drawn, phase: 'still' });
        this.#stand();
      });
    }
  }

  #stand(): void {
    const [wanted, seconds] = [this.#wanted, this.#seconds];
    clearTimeout(this.#timer);
    if (seconds === null || !wanted) return;
    this.#after(seconds * 1000, () => {
      this.#spent = showing(wanted);
      this.#step();
    });
  }

  #put(drawn: Drawn | null): void {
    this.#drawn = drawn;
    this.#changed();
  }

  #after(ms: number, then: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(then, ms);
  }
}
