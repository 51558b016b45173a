/**
 * A seat of the staff, at the desk or at the stage: what it hears, and commands that are given now or
 * not at all.
 *
 * A key pressed without a connection does nothing, says so, and is never sent later: by then it
 * would mean something else. What was sent and has no reply goes again, with the same id.
 */
import { emptyBoard, reduce, type Board } from './board';
import { Line, type LineState } from './line';
import { words } from './parts/words';
import { Belief } from './screen';
import { Slices } from './slices';
import type { ClientCommand, CommandId, Refused, Rev, SeatRole, ServerMessage, StageQuestion, Wish } from './wire';

/** What became of a press, for a moment. */
export interface Notice {
  readonly sentence: string;
  readonly grave: boolean;
  readonly until: number;
}

/** What may be wrong with "off air": what was on air still is, or the screens are clear and nothing is recorded. */
export type Trouble = 'unreached' | 'unanswered' | 'still' | 'unrecorded';

/** The reply to a command. */
export type Reply = 'done' | Refused;

const NOTICE_MS = 6_000;
/** The line is a little away all evening long; nobody needs to know before this. */
const BLINK_MS = 2_000;
/** A reply takes a few milliseconds. After so long somebody should look at the other screens. */
const UNANSWERED_MS = 2_000;
/** A slow disk takes a moment; after this nobody should go on as if it were done. */
const SLOW_MS = 4_000;
const TICK_MS = 250;

/** Who may give what (`protocol.md`); the server decides, and no button is there in vain. */
const MAY: Partial<Record<Wish['type'], readonly SeatRole[]>> = {
  next: ['official', 'admin'],
  on_air: ['official', 'moderator', 'admin'],
  later: ['official', 'moderator', 'admin'],
  off_air: ['official', 'producer', 'moderator', 'admin'],
  answered: ['official', 'moderator', 'admin'],
  answer: ['official', 'moderator', 'admin'],
  overlay: ['producer', 'admin'],
  take_back: ['admin'],
};
/** Everything else that staff may give. */
const DESK: readonly SeatRole[] = ['moderator', 'admin'];

export class Seat<Asked extends StageQuestion = StageQuestion> {
  readonly slug: string;
  board = $state.raw<Board<Asked>>(emptyBoard);
  line = $state.raw<LineState>('connecting');
  role = $state.raw<SeatRole | null>(null);
  /** Commands without a reply. */
  waiting = $state.raw<ClientCommand[]>([]);
  /** Since when the oldest of them waits. */
  since = $state.raw(0);
  notice = $state.raw<Notice | null>(null);
  /** Why the server has sent us away for good, in its words. */
  goodbye = $state.raw<string | null>(null);
  /** Our own clock, four times a second. */
  now = $state.raw(Date.now());
  /** When the server was last heard, by our own clock. */
  heardAt = $state.raw(Date.now());
  /** Whether what the board says is still so, as far as one can know. */
  believed = $state.raw(false);
  /** What somebody here has taken off air: until the stage has moved, it is not seen here any more. */
  taken = $state.raw<{ rev: Rev; at: number; id: CommandId | null; unrecorded?: true } | null>(null);

  readonly session = $derived(this.board.session);
  readonly lost = $derived(this.line !== 'live' && this.line !== 'gone' && this.now - this.heardAt > BLINK_MS);
  /** There seems to be a line, and what was given has had no reply for too long to be sure of it. */
  readonly slow = $derived(this.line === 'live' && this.waiting.length > 0 && this.now - this.since > SLOW_MS);
  readonly trouble = $derived<Trouble | null>(this.#troubleOf());

  readonly #line: Line;
  readonly #hears: (message: ServerMessage) => void;
  readonly #heard = new Slices<ServerMessage>((message) => this.#receive(message));
  readonly #belief = new Belief();
  readonly #replies = new Map<CommandId, (reply: Reply) => void>();
  /** The stage's revision at an "off air" that a lost line may have swallowed. */
  #unsure: Rev | null = null;
  /** How far the server's clock is ahead of ours. */
  #ahead = $state.raw(0);

  constructor(
    slug: string,
    as: 'desk' | 'stage',
    hears: (message: ServerMessage) => void,
    changed: (state: LineState) => void = () => {},
  ) {
    this.slug = slug;
    this.#hears = hears;
    this.#line = new Line({
      slug,
      as,
      receive: (message) => this.#heard.add(message),
      changed: (state) => {
        this.line = state;
        if (state !== 'live') this.#doubt();
        changed(state);
      },
      waiting: (commands) => {
        if (commands[0]?.id !== this.waiting[0]?.id) this.since = Date.now();
        this.waiting = commands;
      },
      unrecorded: (refused) => this.#unrecorded(refused),
    });
  }

  /** Connects; what it returns ends everything. */
  begin(tick: () => void = () => {}): () => void {
    this.#line.start();
    const clock = setInterval(() => {
      this.now = Date.now();
      this.believed = this.#belief.holds(this.now);
      if (this.notice && this.now > this.notice.until) this.notice = null;
      tick();
    }, TICK_MS);
    return () => {
      clearInterval(clock);
      this.#heard.stop();
      this.#line.stop();
    };
  }

  /** The server's clock. */
  get serverNow(): number {
    return this.now + this.#ahead;
  }

  may(kind: Wish['type']): boolean {
    return this.role !== null && (MAY[kind] ?? DESK).includes(this.role);
  }

  /**
   * Gives a command, if there is a line to give it on. A wish that is under way already is not given
   * twice: a trembling hand must not enter a question twice.
   */
  gives(wish: Wish, then: (reply: Reply) => void = () => {}): CommandId | null {
    if (!this.isLive() || this.#isUnderWay(wish)) return null;
    const id = this.#line.send(wish);
    this.#replies.set(id, then);
    return id;
  }

  /** Whether something can be sent; says so if not. */
  isLive(): boolean {
    if (this.line === 'live') return true;
    this.says(words().notSent, true);
    return false;
  }

  /** Takes off air whatever is there: here at once, everywhere as soon as the server knows. */
  offAir(): void {
    const { rev } = this.board.onAir;
    this.#forgetOffAir();
    const id = this.line === 'live' ? this.gives({ type: 'off_air' }) : null;
    this.taken = { rev, at: Date.now(), id };
    this.#unsure = null;
    this.notice = null;
  }

  /** It is shown here again: it was never taken off. */
  untake(): void {
    this.taken = null;
  }

  /** What this screen shows, for who watches the screens. */
  shows(id: string | null): void {
    this.#line.shows({ type: 'shown', on_air: id });
  }

  /** Everything from the beginning: the line comes back without a place to go on from. */
  again(): void {
    this.#line.again();
  }

  says(sentence: string, grave = false): void {
    this.notice = { sentence, grave, until: Date.now() + NOTICE_MS };
  }

  #isUnderWay(wish: Wish): boolean {
    const said = JSON.stringify(wish);
    return this.waiting.some(({ id: _, ...other }) => JSON.stringify(other) === said);
  }

  /**
   * "Off air" names no question, so it must not go again by itself: by then it might take off another
   * one. What a lost line has swallowed waits until it is known what is on air now.
   */
  #doubt(): void {
    if (!this.taken?.id) return;
    this.#unsure = this.taken.rev;
    this.taken = { ...this.taken, id: null };
    this.#forgetOffAir();
  }

  #forgetOffAir(): void {
    for (const { id, type } of this.waiting) {
      if (type !== 'off_air') continue;
      this.#replies.delete(id);
      this.#line.forget(id);
    }
  }

  /** The line is back, and everything that was missed has been told. */
  #settle(): void {
    if (this.#unsure === null) return;
    // Also where the screens were only hushed: as long as the stage has not moved, nothing else is meant.
    const isStill = this.taken !== null && this.board.onAir.rev === this.#unsure;
    this.#unsure = null;
    if (isStill) this.offAir();
  }

  #receive(message: ServerMessage): void {
    this.heardAt = this.now = Date.now();
    this.board = reduce(this.board, message);
    if (this.taken && this.board.onAir.rev !== this.taken.rev) {
      this.taken = null;
      this.#forgetOffAir();
    }
    if (message.type === 'tally' && this.line === 'live') this.#settle();
    switch (message.type) {
      case 'welcome':
        this.#ahead = message.now - Date.now();
        this.role = message.role;
        break;
      case 'goodbye':
        if (message.retry_after_ms === null) this.goodbye = message.reason;
        break;
      case 'done':
        this.#replied(message.id, 'done');
        break;
      case 'refused':
        this.says(`${message.title} ${message.detail}`, true);
        if (message.id) this.#replied(message.id, message);
        break;
      default:
    }
    this.#belief.hears(message.type, this.now);
    this.believed = this.#belief.holds(this.now);
    this.#hears(message);
  }

  /** A server whose disk is full must not look as if it worked. */
  #unrecorded({ id, title, detail }: Refused): void {
    if (this.taken && this.taken.id === id) this.taken = { ...this.taken, unrecorded: true };
    else this.says(`${title} ${detail}`, true);
  }

  #replied(id: CommandId, reply: Reply): void {
    // Nothing was on air: nothing will move.
    if (this.taken?.id === id && this.board.onAir.id === null) this.taken = null;
    const then = this.#replies.get(id);
    this.#replies.delete(id);
    then?.(reply);
  }

  #troubleOf(): Trouble | null {
    if (this.taken?.unrecorded) return 'unrecorded';
    if (!this.taken) return null;
    if (this.taken.id === null) {
      if (this.board.onAir.id === null) return null;
      return this.line !== 'live' || this.#unsure !== null ? 'unreached' : 'still';
    }
    // Also where the screens were cleared at once: it is not recorded yet.
    return this.now - this.taken.at > UNANSWERED_MS ? 'unanswered' : null;
  }
}
