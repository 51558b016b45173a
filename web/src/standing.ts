/**
 * A page without a seat, because all are taken: it reads the public board and its own questions now
 * and then, and asks for a seat when it was told to.
 *
 * Everything is at random moments: ten thousand who stand would otherwise all ask at once.
 */
import type { ServerMessage } from './wire';

export type Snapshot = Extract<ServerMessage, { type: 'snapshot' }>;
export type Mine = Extract<ServerMessage, { type: 'mine' }>;

/** Between two looks at the board; what it says is at most two seconds old. */
const BOARD_MS = [2_000, 8_000] as const;
/** Between two looks at own questions, while something may still become of one. */
const MINE_MS = [10_000, 40_000] as const;
/** What was just done shows there. */
const DONE_MS = [300, 1_000] as const;
/** Where the server does not say. */
const AGAIN_MS = 10_000;
/** An answer that does not come by then will not. */
const ANSWER_MS = 10_000;
/** What becomes nothing else any more by itself. */
const SETTLED = ['answered', 'dismissed', 'withdrawn', 'merged'];

/** What the server says of a seat: none, and when to ask again; one; nothing at all. */
export type Door = { full: number } | 'open' | 'silent';

/** A browser does not say why a socket did not open. The same address without an upgrade does. */
export async function knock(address: URL): Promise<Door> {
  try {
    const answer = await fetch(address, { signal: AbortSignal.timeout(ANSWER_MS) });
    if (answer.status !== 503) return 'open';
    const { code, retry_after_ms } = await answer.json();
    return code === 'busy' ? { full: retry_after_ms ?? AGAIN_MS } : 'silent';
  } catch {
    // Nobody answers; or a proxy does, in the server's place.
    return 'silent';
  }
}

export interface StandingOptions {
  slug: string;
  board: (snapshot: Snapshot) => void;
  mine: (mine: Mine) => void;
  /** It is time to ask for a seat. */
  ask: () => void;
  /** Nobody answers any more. */
  lost: () => void;
}

const between = ([least, most]: readonly [number, number]): number => least + Math.random() * (most - least);

export class Standing {
  readonly #options: StandingOptions;
  readonly #timers: Record<'board' | 'mine' | 'seat', ReturnType<typeof setTimeout> | undefined> = {
    board: undefined,
    mine: undefined,
    seat: undefined,
  };
  #is = false;
  #looked = 0;
  #tag: string | null = null;

  constructor(options: StandingOptions) {
    this.#options = options;
  }

  get is(): boolean {
    return this.#is;
  }

  /** There is no seat; worth asking again after this time. */
  until(ms: number): void {
    this.#later('seat', ms, () => this.#options.ask());
    if (this.#is) return;
    this.#is = true;
    void this.#reads();
    void this.#readsMine();
  }

  /** There is one now, or nobody who would give one. */
  ends(): void {
    this.#is = false;
    Object.values(this.#timers).forEach(clearTimeout);
  }

  /** Somebody looks again after a while. */
  looks(): void {
    if (this.#is && Date.now() - this.#looked > BOARD_MS[0]) void this.#reads();
  }

  /** Something was done: it shows in one's own questions. */
  acted(): void {
    if (this.#is) this.#later('mine', between(DONE_MS), () => void this.#readsMine());
  }

  /** The board, once, whether one stands or not. */
  async once(): Promise<void> {
    const answer = await this.#fetch('board');
    if (answer?.ok) this.#options.board(await answer.json());
  }

  async #reads(): Promise<void> {
    this.#later('board', between(BOARD_MS), () => void this.#reads());
    // Nobody looks; whoever does again is shown it at once.
    if (document.visibilityState === 'hidden') return;
    this.#looked = Date.now();
    const answer = await this.#fetch('board');
    if (!this.#is) return;
    if (answer === null) {
      this.#options.lost();
      return;
    }
    const tag = answer.headers.get('etag');
    if (!answer.ok || (tag !== null && tag === this.#tag)) return;
    const snapshot = (await answer.json()) as Snapshot;
    if (!this.#is) return;
    this.#tag = tag;
    this.#options.board(snapshot);
  }

  async #readsMine(): Promise<void> {
    const answer = await this.#fetch('mine');
    const mine = answer?.ok ? ((await answer.json()) as Mine) : null;
    if (!this.#is) return;
    if (mine) this.#options.mine(mine);
    const settled = mine?.questions.every(({ state }) => SETTLED.includes(state)) ?? false;
    if (!settled) this.#later('mine', between(MINE_MS), () => void this.#readsMine());
  }

  async #fetch(what: string): Promise<Response | null> {
    try {
      return await fetch(`/api/v1/sessions/${this.#options.slug}/${what}`, { signal: AbortSignal.timeout(ANSWER_MS) });
    } catch {
      return null;
    }
  }

  #later(what: 'board' | 'mine' | 'seat', ms: number, then: () => void): void {
    clearTimeout(this.#timers[what]);
    this.#timers[what] = setTimeout(then, ms);
  }
}
