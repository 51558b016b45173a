/** The state of the desk: what waits, what is being read, what staff typed, what they press. */
import { told } from '../parts/findings';
import { Seat, type Reply } from '../seat.svelte';
import type {
  Alike, Channel, CommandId, DeskQuestion, Order, QuestionId, Reason, Rev, ServerMessage, Wish,
} from '../wire';
import { Drafts } from './drafts';
import * as keys from './keys';
import { ordered } from './order';
import { tabShelf } from '../shelf';
import { untouched } from '../untouched';
import { SPREAD_MS, Upgrade } from '../upgrade';
import { Pace } from './pace';
import { apart, DRAWN, inOrder, meanwhile, next, previous } from './waiting';
import { words } from './words';

/** What the server wrote into the page. */
export interface Start {
  slug: string;
  build: string | null;
}

/** What is open beside a question. */
export type Panel = 'dismiss' | 'edit' | 'answer' | 'later' | 'take_back';

/** A decision of this desk, for where the eye is. */
export interface Decision {
  readonly question: DeskQuestion;
  readonly did: 'approved' | 'queued' | 'dismissed';
}

/** A question that came back, and why. */
export interface Bounced {
  readonly id: QuestionId;
  readonly text: string;
  readonly why: string;
}

/** Under this many that are held here, the desk asks for more of those that wait. */
const FEW = 100;
/** Bound: approved ones drawn at first, and more for each press. */
export const STEP = 40;

export class Desk {
  readonly seat: Seat<DeskQuestion>;
  readonly drafts: Drafts;
  readonly #shelf: Storage | null;
  /** Decided here, until the server has said what came of it. */
  #decided = $state.raw<ReadonlyMap<QuestionId, CommandId>>(new Map());
  /** Of those that wait, which were there when the moderator began to read. */
  #known = $state.raw<ReadonlySet<QuestionId>>(new Set());
  /** What waits on the server beside what is held here. */
  #unheld = $state.raw(0);

  /** What is being read, as it was then. */
  focus = $state.raw<DeskQuestion | null>(null);
  /** What is open, and on which question, as it was then; `found`: in the search. */
  panel = $state.raw<{ is: Panel; question: DeskQuestion; found: boolean } | null>(null);
  decision = $state.raw<Decision | null>(null);
  bounced = $state.raw<Bounced | null>(null);
  order = $state.raw<Order>('top');
  most = $state.raw(STEP);
  keys = $state.raw<keys.Kept>({ letters: true, keys: {} });
  /** Which of the dialogues is open. */
  open = $state.raw<'enter' | 'search' | 'keys' | 'state' | 'group' | null>(null);
  /** Which group of nearly the same texts is open. */
  group = $state.raw<QuestionId | null>(null);
  /** Counts what should take the browser's focus to the question that is being read. */
  turned = $state.raw(0);
  /** Whether it goes there even from elsewhere on the page. */
  summoned = false;
  /** The question that this desk did something with last. */
  actedOn: QuestionId | null = null;
  /** One sentence for who does not see the desk, and how many there were: the same one may come again. */
  spoken = $state.raw({ sentence: '', count: 0 });

  readonly #upgrade: Upgrade;
  readonly #arrivals = new Pace();
  readonly #decisions = new Pace();
  pace = $state.raw({ arrivals: 0, decisions: 0 });

  readonly board = $derived.by(() => this.seat.board);
  readonly session = $derived.by(() => this.seat.session);
  readonly waiting = $derived.by(() => inOrder(this.board.questions.values(), this.#decided));
  readonly count = $derived.by(() => this.waiting.length + this.#unheld);
  /** Those that come after the one that is being read. */
  readonly upcoming = $derived.by(() => {
    const rest = this.waiting.filter(({ id }) => id !== this.focus?.id && this.#known.has(id));
    const from = this.focus ? rest.indexOf(next(rest, this.focus) ?? rest[0]!) : 0;
    return apart([...rest.slice(from), ...rest.slice(0, from)], this.focus).slice(0, DRAWN);
  });
  readonly arrived = $derived.by(
    () => this.waiting.reduce((count, { id }) => count + Number(!this.#known.has(id) && id !== this.focus?.id), 0),
  );
  readonly meanwhile = $derived.by(() =>
    this.focus ? meanwhile(this.focus, this.board.questions.get(this.focus.id)) : 'nothing',
  );
  /** What the automatic check found in what is being read. */
  readonly found = $derived.by(() => {
    const { focus } = this;
    if (!focus) return [];
    // Beside the group itself its sentence says nothing more.
    return told(focus).filter(({ code }) => code !== 'FLOOD_CAMPAIGN' || !focus.campaign);
  });
  /** Questions like it, as far as it still reads as it did. */
  readonly alike = $derived.by((): readonly Alike[] => {
    const { focus } = this;
    const now = focus && this.board.questions.get(focus.id);
    const alike = (now && now.rev === focus.rev ? now.alike : focus?.alike) ?? [];
    // Those of its group are seen together.
    return alike.filter(({ id }) => !focus?.campaign || this.board.questions.get(id)?.campaign?.id !== focus.campaign.id);
  });
  /** How many of the group of what is being read wait here, itself among them. */
  readonly groupWaits = $derived.by(() => (this.focus?.campaign ? this.groupOf(this.focus.campaign.id).length : 0));
  readonly approved = $derived.by(() => ordered(this.board.questions.values(), this.order));
  readonly queue = $derived.by(() => this.board.queue.flatMap((id) => this.board.questions.get(id) ?? []));
  readonly onAir = $derived.by(() => {
    const { id } = this.board.onAir;
    return id === null ? null : (this.board.questions.get(id) ?? null);
  });
  readonly unconfirmed = $derived.by(() => this.board.onAir.unconfirmed !== undefined);

  constructor(start: Start, shelf: Storage | null) {
    this.#shelf = shelf;
    this.drafts = new Drafts(start.slug, shelf);
    this.keys = keys.kept(shelf);
    this.seat = new Seat<DeskQuestion>(start.slug, 'desk', (message) => this.#hears(message));
    const quiet = untouched();
    this.#upgrade = new Upgrade({
      build: start.build,
      spread: SPREAD_MS.few,
      // Not while there is one to read: behind a key that is pressed in that moment would stand another.
      idle: () =>
        quiet() && this.seat.line === 'live' && !this.focus && !this.panel && !this.open && this.count === 0 &&
        this.board.onAir.id === null && this.seat.waiting.length === 0,
      shelf: tabShelf(),
    });
  }

  begin(): () => void {
    return this.seat.begin(() => this.#tick());
  }

  // --- reading --------------------------------------------------------------------------------

  /** Goes on to the next, or back; what is open closes, and what was typed is kept. */
  turn(to: 'next' | 'previous'): void {
    this.read((to === 'next' ? next : previous)(this.waiting, this.focus) ?? this.#still());
  }

  /** Begins to read a question. Whatever has arrived takes its place in the list now. */
  read(question: DeskQuestion | null): void {
    this.panel = null;
    this.focus = question;
    this.#known = new Set(this.waiting.map(({ id }) => id));
    this.turned += 1;
    this.#reopen();
  }

  /** Takes the browser's focus to this question, or to the one that is being read, from wherever it is. */
  summon(question?: DeskQuestion): void {
    this.summoned = true;
    if (question) this.read(question);
    else this.turned += 1;
  }

  /** The question that is being read in its newest words. */
  reread(): void {
    if (this.focus) this.read(this.board.questions.get(this.focus.id) ?? null);
  }

  // --- deciding -------------------------------------------------------------------------------

  /** Approves what is being read, or a question in a list, as it was before the moderator's eyes. */
  approve(question: DeskQuestion, andQueue = false): void {
    const decides = { type: 'approve', question: question.id, rev: question.rev } as const;
    this.#decide(question, andQueue ? 'queued' : 'approved', decides, () => {
      const now = this.board.questions.get(question.id);
      if (andQueue && now) this.#give({ type: 'queue', question: now.id, rev: now.rev });
    });
  }

  dismiss(question: DeskQuestion, reason: Reason, more: { of?: QuestionId; note?: string } = {}): void {
    const wish = { type: 'dismiss', question: question.id, rev: question.rev, reason, ...more } as const;
    this.#decide(question, 'dismissed', wish, () => this.drafts.drop(`why ${reason}`, question.id));
  }

  /** Everybody reads it: whoever asked the same can be sent there. */
  isPublic({ state }: DeskQuestion): boolean {
    return state === 'approved' || state === 'queued' || state === 'on_air' || state === 'answered';
  }

  /** The public question that is most like this one. */
  doubleOf(question: DeskQuestion): DeskQuestion | null {
    const alike = question.id === this.focus?.id ? this.alike : (question.alike ?? []);
    for (const { id } of alike) {
      const other = this.board.questions.get(id);
      if (other && this.isPublic(other)) return other;
    }
    return null;
  }

  /** There is one like it already, which its asker is led to. */
  dismissAsDouble(question: DeskQuestion, of: DeskQuestion): void {
    this.dismiss(question, 'duplicate', { of: of.id });
  }

  /** The public question with this number, as somebody types it. */
  numbered(typed: string): DeskQuestion | undefined {
    const number = Number(typed.trim().replace(/^#/, ''));
    return [...this.board.questions.values()].find((one) => one.number === number);
  }

  /** Those of a group of nearly the same texts that wait here, the oldest first. */
  groupOf(campaign: QuestionId): DeskQuestion[] {
    return this.waiting.filter((question) => question.campaign?.id === campaign || question.id === campaign);
  }

  openGroup(): void {
    if (!this.focus?.campaign) return;
    this.group = this.focus.campaign.id;
    this.open = 'group';
  }

  /** What is being read was decided with its group: on to the next. */
  leaveDecided(): void {
    if (this.focus && this.meanwhile !== 'nothing' && this.meanwhile !== 'changed') this.turn('next');
  }

  /** Takes the last dismissal of this desk back. */
  restore(): void {
    const id = this.decision?.did === 'dismissed' ? this.decision.question.id : null;
    const question = id === null ? undefined : this.board.questions.get(id);
    if (question?.state !== 'dismissed') return;
    this.#give({ type: 'restore', question: question.id, rev: question.rev }, () => (this.decision = null));
  }

  /** Saves other words for a question. They stay in the field until the server has them. */
  revise(question: DeskQuestion, text: string): void {
    const typed = this.drafts.get('edit', question.id);
    this.#give({ type: 'revise', question: question.id, rev: this.#rev(question), text }, () => {
      this.seat.says(words().revised);
      // Whoever went on typing meanwhile keeps what they typed.
      if (this.drafts.get('edit', question.id) !== typed) return;
      this.drafts.drop('edit', question.id);
      this.#close(question.id, 'edit');
      if (this.focus?.id === question.id) this.reread();
    });
  }

  answer(question: DeskQuestion, text: string, links: string[]): void {
    const wish = { type: 'answer', question: question.id, rev: this.#rev(question), text } as const;
    const typed = this.drafts.get('answer', question.id);
    this.#give({ ...wish, ...(links.length > 0 && { links }) }, () => {
      this.seat.says(words().answeredNow);
      if (this.drafts.get('answer', question.id) !== typed) return;
      this.drafts.drop('answer', question.id);
      this.drafts.drop('links', question.id);
      this.#close(question.id, 'answer');
    });
  }

  takeBack(question: DeskQuestion, reason: string): void {
    this.#give({ type: 'take_back', question: question.id, reason }, () => {
      this.drafts.drop('take_back', question.id);
      this.#close(question.id, 'take_back');
    });
  }

  /** Enters a question from the room. */
  enter(text: string, name: string, channel: Channel, then: () => void): void {
    const typed = this.drafts.get('enter');
    this.#give({ type: 'ask', text, channel, ...(name && { name }) }, () => {
      this.seat.says(words().entered);
      // The next one may be half typed already.
      if (this.drafts.get('enter') !== typed) return;
      this.drafts.drop('enter');
      then();
    });
  }

  // --- running order and air --------------------------------------------------------------------

  enqueue(question: DeskQuestion, before: QuestionId | null = null): void {
    this.#give({ type: 'queue', question: question.id, rev: question.rev, ...(before && { before }) });
  }

  unqueue(question: DeskQuestion): void {
    this.#give({ type: 'unqueue', question: question.id, rev: question.rev });
  }

  /** Moves a question of the running order up or down by one. */
  shift(question: DeskQuestion, by: -1 | 1): void {
    const at = this.queue.findIndex(({ id }) => id === question.id);
    const to = at + by;
    if (at < 0 || to < 0 || to >= this.queue.length) return;
    this.enqueue(question, this.queue[by < 0 ? to : to + 1]?.id ?? null);
  }

  /** On air; of what is on air already, after an unclean stop, the confirmation. */
  putOnAir(question: DeskQuestion): void {
    this.#give({ type: 'on_air', question: question.id, rev: question.rev, stage: this.board.onAir.rev });
  }

  answered(question: DeskQuestion): void {
    this.#give({ type: 'answered', question: question.id, rev: question.rev });
  }

  later(question: DeskQuestion, note: string): void {
    const wish = { type: 'later', question: question.id, rev: question.rev, ...(note && { note }) } as const;
    this.#give(wish, () => {
      this.drafts.drop('later', question.id);
      this.#close(question.id, 'later');
    });
  }

  /** The session goes on to its next state. */
  lead(type: 'open' | 'close' | 'end' | 'reopen'): void {
    this.#give({ type }, () => (this.open = null));
  }

  // --- keys -------------------------------------------------------------------------------------

  /** Opens a panel on a question, or closes it again. */
  show(is: Panel, question: DeskQuestion): void {
    this.panel = this.isOpen(is, question) ? null : { is, question, found: this.open === 'search' };
  }

  isOpen(is: Panel, question: DeskQuestion): boolean {
    const { panel } = this;
    return panel?.is === is && panel.question.id === question.id && panel.found === (this.open === 'search');
  }

  /** A key anywhere on the page, met on a question of a list or on the one that is being read. */
  press(action: keys.Action, on: DeskQuestion | null): void {
    const question = on ?? this.focus;
    switch (action) {
      case 'off_air':
        return this.seat.offAir();
      case 'next':
      case 'previous':
        this.summoned = true;
        return this.turn(action);
      case 'enter':
      case 'search':
      case 'keys':
        this.open = action;
        return;
      case 'restore':
        return this.restore();
      default:
    }
    if (!question) return;
    const { state } = question;
    const isRead = question.id === this.focus?.id;
    if (isRead && this.meanwhile !== 'nothing') return this.seat.says(words().meanwhile[this.meanwhile]);
    const open = state === 'approved' || state === 'queued';
    switch (action) {
      case 'approve':
        if (state === 'pending') this.approve(question);
        else this.seat.says(words().already(state));
        return;
      case 'approve_queue':
        if (state === 'pending') this.approve(question, true);
        else if (state === 'approved') this.enqueue(question);
        else this.seat.says(words().already(state));
        return;
      case 'dismiss':
        if (state === 'pending' || open) this.show('dismiss', question);
        return;
      case 'edit':
        if (state === 'pending' || open) this.show('edit', question);
        return;
      case 'duplicate': {
        const of = state === 'pending' ? this.doubleOf(question) : null;
        if (of) this.dismissAsDouble(question, of);
        else this.seat.says(words().noDouble);
        return;
      }
      case 'group':
        if (isRead && question.campaign) this.openGroup();
        else this.seat.says(words().noGroup);
        return;
      case 'answer':
        if (state === 'pending') this.seat.says(words().approveFirst);
        else this.show('answer', question);
        return;
      case 'on_air':
        if (open || state === 'answered') this.putOnAir(question);
        else if (state === 'pending') this.seat.says(words().approveFirst);
        return;
    }
  }

  changeKeys(kept: keys.Kept): void {
    this.keys = kept;
    keys.keep(this.#shelf, kept);
  }

  keyOf(action: keys.Action): string {
    const key = keys.keyOf(this.keys, action);
    return action === 'off_air' || this.keys.letters ? key.toUpperCase() : '';
  }

  // --- beneath ----------------------------------------------------------------------------------

  #give(wish: Wish, then: () => void = () => {}): CommandId | null {
    if ('question' in wish) this.actedOn = wish.question;
    return this.seat.gives(wish, (reply) => {
      if (reply === 'done') return then();
      // What is typed stays open, beside the question as it is now.
      const now = this.panel && this.board.questions.get(this.panel.question.id);
      if (this.panel && now && reply.code === 'stale' && now.state === this.panel.question.state) {
        this.panel = { ...this.panel, question: now };
      }
    });
  }

  /** The next question has the focus at once; the one that was decided comes back if that failed. */
  #decide(question: DeskQuestion, did: Decision['did'], wish: Wish, then: () => void): void {
    const id = this.seat.gives(wish, (reply) => this.#came(question, reply, then));
    if (id === null) return;
    this.actedOn = question.id;
    this.panel = null;
    this.bounced = null;
    this.decision = { question, did };
    if (question.state !== 'pending') return;
    this.#decided = new Map(this.#decided).set(question.id, id);
    this.#decisions.happened(Date.now());
    if (question.id === this.focus?.id) this.turn('next');
    this.#tell(words().did[did]);
  }

  #came(question: DeskQuestion, reply: Reply, then: () => void): void {
    const decided = new Map(this.#decided);
    decided.delete(question.id);
    this.#decided = decided;
    if (reply === 'done') {
      then();
      if (!this.focus) this.#begin();
      return;
    }
    if (this.decision?.question.id === question.id) this.decision = null;
    const why = `${reply.title} ${reply.detail}`;
    this.bounced = { id: question.id, text: question.text ?? '', why };
    if (!this.focus) this.#begin();
  }

  #tell(sentence: string): void {
    this.spoken = { sentence, count: this.spoken.count + 1 };
  }

  /** What goes on air and off is told whoever did it; not what was there when the desk sat down. */
  #tellAir(): void {
    const { id } = this.board.onAir;
    const before = this.#air;
    this.#air = id;
    if (before === undefined || before === id) return;
    this.#tell(id === null ? words().offAirNow : words().onAirNow(this.onAir?.text ?? ''));
  }

  #air: QuestionId | null | undefined;

  #hears(message: ServerMessage): void {
    this.#upgrade.hears(message);
    if (message.type === 'snapshot' || message.type === 'update') this.#tellAir();
    if (message.type === 'welcome') this.#asked = false;
    if (message.type === 'snapshot') {
      this.#seen.clear();
      for (const { id, state } of message.questions) if (state === 'pending') this.#seen.add(id);
      this.#unheld = Math.max(0, (message.total.pending ?? 0) - this.#seen.size);
      this.#begin();
    }
    if (message.type === 'update') {
      for (const change of message.changes) if ('question' in change) this.#counts(change.question as DeskQuestion);
      if (!this.focus) this.#begin();
      else if (this.#unheld > 0 && this.waiting.length < FEW) this.#askForMore();
    }
  }

  /** Once: what was on its way before the snapshot comes must not ask again. */
  #askForMore(): void {
    if (this.#asked) return;
    this.#asked = true;
    this.seat.again();
  }

  #asked = false;

  readonly #seen = new Set<QuestionId>();

  /** Arrivals are told apart from what was here before: they are new in the last minute. */
  #counts({ id, state, asked_at }: DeskQuestion): void {
    const now = this.seat.serverNow;
    if (state === 'pending' && !this.#seen.has(id) && now - asked_at < 60_000) this.#arrivals.happened(Date.now());
    const elsewhere = state !== 'pending' && state !== 'withdrawn' && this.#seen.has(id) && !this.#decided.has(id);
    if (elsewhere) this.#decisions.happened(Date.now());
    if (state === 'pending') this.#seen.add(id);
    else this.#seen.delete(id);
  }

  /** Somebody is at the desk and nothing is being read. */
  #begin(): void {
    if (this.focus) return;
    const first = next(this.waiting, null);
    if (!first) return;
    this.focus = first;
    this.#known = new Set(this.waiting.map(({ id }) => id));
    // Where the sentence "nothing waits" had the browser's focus, the question has it now.
    if (this.turned > 0) this.turned += 1;
    this.#reopen();
  }

  /** What was typed and not sent is open again, where it belongs. */
  #reopen(): void {
    const { focus } = this;
    if (focus && this.drafts.get('edit', focus.id) !== null) this.panel = { is: 'edit', question: focus, found: false };
  }

  /** Nothing else waits: what is being read stays, as long as it waits itself. */
  #still(): DeskQuestion | null {
    const now = this.focus ? this.board.questions.get(this.focus.id) : undefined;
    return now?.state === 'pending' && !this.#decided.has(now.id) ? (this.focus ?? null) : null;
  }

  /** The newest revision that the person who presses has been shown. */
  #rev(question: DeskQuestion): Rev {
    return this.panel?.question.id === question.id ? this.panel.question.rev : question.rev;
  }

  #close(id: QuestionId, is: Panel): void {
    if (this.panel?.is === is && this.panel.question.id === id) this.panel = null;
  }

  #tick(): void {
    const now = Date.now();
    const pace = { arrivals: this.#arrivals.aMinute(now), decisions: this.#decisions.aMinute(now) };
    if (pace.arrivals !== this.pace.arrivals || pace.decisions !== this.pace.decisions) this.pace = pace;
  }
}
