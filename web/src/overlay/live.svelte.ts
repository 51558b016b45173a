/** The state of the overlay: what the line told, what of it is drawn, what the desk is told of that. */
import { emptyBoard, reduce, type Board } from '../board';
import { speak } from '../language.svelte';
import { Line } from '../line';
import { REPORT_MS } from '../screen';
import { tabShelf } from '../shelf';
import { SPREAD_MS, Upgrade } from '../upgrade';
import type { QuestionId, ServerMessage } from '../wire';
import type { Parameters } from './parameters';
import { airing, Picture, type Drawn } from './picture';
import { Trust } from './trust';

/** What the server wrote into the page. */
export interface Start {
  slug: string;
  build: string | null;
  /** The whole address of the citizens' page. */
  citizens: string | null;
}

export class Live {
  readonly parameters: Parameters;
  readonly citizens: string | null;
  board = $state.raw<Board>(emptyBoard);
  drawn = $state.raw<Drawn | null>(null);
  /** What was heard is new enough to be drawn. */
  trusted = $state.raw(false);
  readonly session = $derived(this.board.session);
  /** A sample is drawn, never in the place of a question. */
  readonly testing = $derived.by(() => this.parameters.test && this.trusted && !this.drawn && !airing(this.board));

  readonly #line: Line;
  readonly #picture: Picture;
  readonly #trust: Trust;
  readonly #upgrade: Upgrade;
  #told: QuestionId | null | undefined;

  constructor(start: Start, parameters: Parameters, key: string) {
    this.parameters = parameters;
    this.citizens = start.citizens;
    this.#picture = new Picture(parameters.seconds, () => {
      this.drawn = this.#picture.drawn;
      this.#report();
    });
    this.#trust = new Trust(() => this.#look());
    this.#upgrade = new Upgrade({
      build: start.build,
      spread: SPREAD_MS.few,
      // Between two questions nothing is on the picture, so nothing is missed on it.
      idle: () => this.trusted && this.drawn === null && this.board.onAir.id === null,
      shelf: tabShelf(),
    });
    this.#line = new Line({
      slug: start.slug,
      as: 'overlay',
      ...(key && { token: key }),
      receive: (message) => this.#receive(message),
      changed: () => this.#report(true),
    });
  }

  /** Connects; what it returns ends everything. */
  begin(): () => void {
    this.#line.start();
    const report = setInterval(() => this.#report(true), REPORT_MS);
    addEventListener('obsSourceVisibleChanged', this.#seen);
    addEventListener('obsSourceActiveChanged', this.#seen);
    document.addEventListener('visibilitychange', this.#seen);
    return () => {
      clearInterval(report);
      removeEventListener('obsSourceVisibleChanged', this.#seen);
      removeEventListener('obsSourceActiveChanged', this.#seen);
      document.removeEventListener('visibilitychange', this.#seen);
      this.#trust.stop();
      this.#upgrade.stop();
      this.#line.stop();
    };
  }

  #receive(message: ServerMessage): void {
    this.board = reduce(this.board, message);
    const language = this.session?.language ?? '';
    // Who watches, not the machine that mixes, decides in which language the few words are.
    if (!this.parameters.lang && /^(it|en)\b/.test(language)) speak(language.startsWith('it') ? 'it' : 'en');
    this.#trust.heard(message);
    this.#upgrade.hears(message);
    this.#look();
  }

  #look(): void {
    this.trusted = this.#trust.trusted;
    const now = airing(this.board);
    this.#picture.shows(this.trusted ? now : null);
    // Taken off the picture and put back on it, a question has its seconds once more.
    if (this.trusted && !now) this.#picture.again();
    this.#report();
  }

  #report(anyway = false): void {
    const { shown } = this.#picture;
    if (!anyway && shown === this.#told) return;
    this.#told = shown;
    this.#line.shows({ type: 'shown', on_air: shown });
  }

  /**
   * OBS says that its source can be seen again, or goes on air. Its own transition brings it in, so
   * the picture is simply there; an entrance in the middle of that would be a flicker. Elsewhere
   * these events never come.
   */
  readonly #seen = (event: Event): void => {
    const { visible, active } = (event as CustomEvent<{ visible?: boolean; active?: boolean } | null>).detail || {};
    if (!(visible || active || (event.type === 'visibilitychange' && document.visibilityState === 'visible'))) return;
    this.#picture.settle();
    // Seconds are counted where they are seen.
    if (active) this.#picture.again();
  };
}
