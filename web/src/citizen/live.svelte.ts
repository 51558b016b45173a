/** The state of the citizen's page: what the line told, what is under way, what was typed. */
import { Announcer } from '../announcer';
import { bounded, emptyBoard, ownIn, reduce, withBoard, withPage, type Board, type Listed } from '../board';
import { Line, type LineState } from '../line';
import { tabShelf } from '../shelf';
import { Slices } from '../slices';
import type { Snapshot } from '../standing';
import { untouched } from '../untouched';
import { SPREAD_MS, Upgrade } from '../upgrade';
import type {
  ClientCommand,
  CommandId,
  OnAir,
  OwnQuestion,
  Question,
  QuestionId,
  QuestionsBody,
  Receipt,
  Refused,
  ServerMessage,
} from '../wire';
import { Advisor, type Advice } from './advice.svelte';
import { fate } from './fate';
import { Held } from './stream/held';
import type { Way } from './stream/ways';
import { words } from './words';

/** What the server wrote into the page. */
export interface Start {
  slug: string;
  build: string | null;
  city: { name: string | null; contact: string | null; privacy_url: string | null };
}

export interface Draft {
  text: string;
  name: string;
  label: string;
}

/** What became of what was sent last. */
export type Sent =
  | { is: 'nothing' }
  | { is: 'under way'; id: CommandId; draft: Draft; edit: QuestionId | null }
  | { is: 'received'; receipt: Receipt | null; edit: boolean }
  /** `draft`: as it was sent. */
  | { is: 'refused'; why: Refused; draft: Draft; edit: QuestionId | null };

/** What only who writes a question needs. */
export const later = () => import('./later');

const nothing: Draft = { text: '', name: '', label: '' };

export class Live {
  readonly slug: string;
  readonly city: Start['city'];
  board = $state.raw<Board>(emptyBoard);
  line = $state.raw<LineState>('connecting');
  /** What is on air, in step with this viewer's picture. */
  onAir = $state.raw<OnAir>(emptyBoard.onAir);
  waiting = $state.raw<ClientCommand[]>([]);
  /** Of these, what the server has no time for: they go again by themselves. */
  putOff = $state.raw<ReadonlySet<CommandId>>(new Set());
  sent = $state.raw<Sent>({ is: 'nothing' });
  draft = $state<Draft>({ ...nothing });
  /** Whose text is being changed, if it is not a new question. */
  editing = $state.raw<QuestionId | null>(null);
  /** Why the last press on a question had no effect. */
  objection = $state.raw<{ question: QuestionId; why: string } | null>(null);
  spoken = $state.raw('');
  /** What is spoken beside the field where somebody writes: there it is heard also in a sheet. */
  hint = $state.raw('');
  goodbye = $state.raw<string | null>(null);
  /** A minute hand, in the server's time. */
  now = $state.raw(Date.now());

  /** Under way for a question: a vote that has no reply yet. */
  readonly voting = $derived(
    new Map(this.waiting.flatMap((command) => (command.type === 'vote' ? [[command.question, command.on] as const] : []))),
  );
  /** Questions that have not reached the server yet. */
  readonly asking = $derived(this.waiting.filter((command) => command.type === 'ask'));
  /** Whether what is sent goes now. */
  readonly reaches = $derived(this.line === 'live' || this.line === 'standing');
  readonly session = $derived(this.board.session);
  readonly mayAsk = $derived(
    this.session?.state === 'open' || (this.session?.state === 'scheduled' && this.session.policy.before_start),
  );
  readonly mayVote = $derived(this.mayAsk || this.session?.state === 'closed');
  readonly onAirQuestion = $derived(this.onAir.id ? this.board.questions.get(this.onAir.id) : undefined);
  readonly ownOnAir = $derived(this.onAirQuestion ? ownIn(this.board, this.onAirQuestion) : undefined);
  /** One's own, the newest first. One that this viewer's picture does not show yet is still next. */
  readonly own = $derived(
    [...this.board.mine.values()]
      .map((own) => (own.state === 'on_air' && own.id !== this.ownOnAir?.id ? { ...own, state: 'queued' as const } : own))
      .sort((a, b) => b.asked_at - a.asked_at),
  );

  readonly #line: Line;
  readonly #shelf: Storage | null;
  readonly #announcer = new Announcer((sentence) => (this.spoken = sentence));
  readonly #hints = new Announcer((sentence) => (this.hint = sentence));
  readonly #held: Held;
  readonly #upgrade: Upgrade;
  readonly #heard = new Slices<() => void>((take) => take());
  readonly advisor: Advisor = new Advisor(
    (text, name) => this.#line.asks({ type: 'check', text, ...(name && { name }) }),
    // Without it the page says nothing of it, and everything else goes on.
    (advice) => void this.#advises(advice).catch(() => {}),
  );
  /** On which question a command was given, until its reply. */
  readonly #pressed = new Map<CommandId, QuestionId>();
  /** How far the server's clock is ahead of ours. */
  #ahead = 0;

  constructor(start: Start, shelf: Storage | null) {
    this.slug = start.slug;
    this.city = start.city;
    this.#shelf = shelf;
    this.#held = new Held(
      (onAir) => this.#puts(onAir),
      () => Date.now() + this.#ahead,
    );
    this.#line = new Line({
      slug: start.slug,
      as: 'citizen',
      shelf,
      receive: (message) => this.#heard.add(() => this.#receive(message)),
      board: (snapshot) => this.#heard.add(() => this.#reads(snapshot)),
      changed: (state) => (this.line = state),
      unrecorded: ({ id }) => id && (this.putOff = new Set(this.putOff).add(id)),
      waiting: (commands) => {
        this.waiting = commands;
        this.putOff = new Set(commands.map(({ id }) => id).filter((id) => this.putOff.has(id)));
      },
    });
    const quiet = untouched();
    this.#upgrade = new Upgrade({
      build: start.build,
      spread: SPREAD_MS.crowd,
      idle: () => quiet() && this.line === 'live' && this.waiting.length === 0 && !this.editing && !this.draft.text.trim(),
      shelf: tabShelf(),
    });
    this.draft = { ...nothing, ...this.#recall<Draft>('draft') };
    this.waiting = this.#line.waiting;
    const ask = this.waiting.findLast((command) => command.type === 'ask');
    if (ask) this.sent = { is: 'under way', id: ask.id, draft: drafted(ask), edit: null };
  }

  /** Connects; what it returns ends everything. */
  begin(): () => void {
    this.#line.start();
    const minute = setInterval(() => (this.now = Date.now() + this.#ahead), 20_000);
    return () => {
      clearInterval(minute);
      this.#held.stop();
      this.#upgrade.stop();
      this.#heard.stop();
      this.#line.stop();
    };
  }

  question(id: QuestionId): Question | undefined {
    return this.board.questions.get(id);
  }

  /** Whether one supports it, as far as one has said. */
  supports(id: QuestionId): boolean {
    return this.voting.get(id) ?? this.board.votes.get(id) ?? false;
  }

  vote(question: QuestionId): void {
    this.objection = null;
    this.#pressed.set(this.#line.send({ type: 'vote', question, on: !this.supports(question) }), question);
  }

  withdraw(question: QuestionId): void {
    this.objection = null;
    this.#pressed.set(this.#line.send({ type: 'withdraw', question }), question);
  }

  /** Keeps what is being typed, whatever happens to the page. */
  keep(): void {
    if (!this.editing) this.#remember('draft', $state.snapshot(this.draft));
  }

  /** Sends what was typed. It leaves the form only when the server has it. `review`: a person should read it. */
  submit(review = false): void {
    const draft = $state.snapshot(this.draft);
    const [text, name] = [draft.text.trim(), draft.name.trim()];
    const edit = this.editing;
    const id = edit
      ? this.#line.send({ type: 'edit', question: edit, text })
      : this.#line.send({
          ...{ type: 'ask', text },
          ...(name && { name }),
          ...(draft.label && { labels: [draft.label] }),
          ...(review && { review }),
        });
    this.advisor.forget();
    this.sent = { is: 'under way', id, draft, edit };
    if (!edit) {
      // It is in the outbox now, which is kept as well.
      this.draft = { ...nothing, name: draft.name };
      this.keep();
    }
  }

  /** Begins to change a question, or a new one. */
  write(own: OwnQuestion | null): void {
    if (this.sent.is !== 'under way') this.sent = { is: 'nothing' };
    this.advisor.forget();
    this.editing = own?.id ?? null;
    this.draft = own ? { ...nothing, text: own.text ?? '' } : { ...nothing, ...this.#recall<Draft>('draft') };
  }

  /** How this viewer watches, from now on. */
  watches({ seconds }: Way): void {
    this.#held.delay(seconds);
  }

  /** The next hundred of a list, from the server; null when there are no more. */
  async page(order: Listed, after: string | null): Promise<string | null> {
    const address = new URL(`/api/v1/sessions/${this.slug}/questions`, location.href);
    address.searchParams.set('as', 'citizen');
    address.searchParams.set('order', order === 'top' ? 'top' : 'new');
    address.searchParams.set('state', order === 'answered' ? 'answered' : 'approved,queued,on_air');
    if (after) address.searchParams.set('after', after);
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(answer.statusText);
    const { questions, next } = (await answer.json()) as QuestionsBody;
    this.board = withPage(this.board, questions);
    return next;
  }

  #receive(message: ServerMessage): void {
    const before = this.board;
    this.board = bounded(reduce(before, message));
    this.#upgrade.hears(message);
    switch (message.type) {
      case 'welcome':
        this.#ahead = message.now - Date.now();
        this.now = message.now;
        this.goodbye = null;
        break;
      case 'mine':
        if (!before.mineIsWhole || before.mine.size > 0) this.#tellOwn(before);
        break;
      case 'done':
        this.#done(message.id, message.receipt ?? null);
        break;
      case 'refused':
        if (!this.advisor.hears(message)) this.#refused(message);
        break;
      case 'checked':
        this.advisor.hears(message);
        break;
      case 'hush':
        this.#held.clear(message.id);
        break;
      case 'goodbye':
        if (message.retry_after_ms === null) this.goodbye = message.reason;
        break;
      default:
    }
    this.#moved(before);
  }

  /** Without a seat. */
  #reads(snapshot: Snapshot): void {
    const before = this.board;
    this.board = withBoard(before, snapshot);
    this.#moved(before);
  }

  #moved(before: Board): void {
    if (before.session && before.session.state !== this.session?.state) this.#tellSession();
    this.#hears(before.onAir.id);
  }

  /** The line has been away for longer than a blink, or is back. */
  tellLine(lost: boolean): void {
    this.#announcer.other(lost ? words().lost : words().back);
  }

  /** There is no seat, or after that there is one. */
  tellSeat(seated: boolean): void {
    this.#announcer.other(seated ? words().seated : words().standing);
  }

  #hears(before: QuestionId | null): void {
    const left = before === null ? undefined : this.board.questions.get(before);
    this.#held.hear(this.board.onAir, left?.state === 'answered');
    // One that stays in sight, answered, until the next one comes may be taken away meanwhile.
    const shown = this.onAir.id;
    if (shown !== null && (this.board.questions.get(shown)?.text ?? null) === null) this.#held.clear(shown);
  }

  #puts(onAir: OnAir): void {
    const changed = onAir.id !== this.onAir.id;
    this.onAir = onAir;
    if (!changed) return;
    if (!this.onAirQuestion) {
      this.#announcer.notAnyMore(words().yoursOnAir);
    } else if (this.ownOnAir) {
      this.#announcer.own(words().yoursOnAir);
      // Without a touch before, a browser would only complain.
      if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.(200);
    } else {
      this.#announcer.other(words().onAirNow(this.onAirQuestion.text ?? ''));
    }
  }

  /** What became of one's own questions, but for going on air: that is told in its time. */
  #tellOwn(before: Board): void {
    for (const own of this.board.mine.values()) {
      const was = before.mine.get(own.id);
      if (!was || was.state === own.state || own.state === 'on_air') continue;
      if (was.state === 'on_air' && own.state !== 'answered') continue;
      const told = fate(own, this.session, this.city.contact, this.now);
      this.#announcer.own([told.is, told.todo].filter(Boolean).join(' '));
    }
  }

  #tellSession(): void {
    const { session } = this;
    if (session?.state === 'open') this.#announcer.other(words().opened);
    if (session?.state === 'closed') this.#announcer.other(words().closed);
    if (session?.state !== 'ended') return;
    const unreached = this.own.find((own) => ['pending', 'approved', 'queued'].includes(own.state));
    if (unreached) this.#announcer.own(`${words().ended} ${fate(unreached, session, null, this.now).is}`);
    else this.#announcer.other(words().ended);
  }

  #done(id: CommandId, receipt: Receipt | null): void {
    this.#pressed.delete(id);
    if (this.sent.is !== 'under way' || this.sent.id !== id) return;
    const edit = this.sent.edit !== null;
    if (edit) this.write(null);
    this.sent = { is: 'received', receipt, edit };
    this.#announcer.own(edit ? words().editReceived : this.receivedWords);
  }

  /** Where a text stands that has no reply yet. */
  sending(id: CommandId): string {
    if (!this.reaches) return words().sendingLost;
    return this.putOff.has(id) ? words().sendingLater : words().sending;
  }

  get receivedWords(): string {
    return this.session?.policy.moderation === 'post' ? words().receivedPost : words().received;
  }

  /** Told once, and not again while it stays so. */
  async #advises(advice: Advice): Promise<void> {
    const { spoken } = await later();
    const said = spoken(advice);
    if (said && said !== this.#advised) this.#hints.other(said);
    this.#advised = said;
  }

  #advised = '';

  #refused(why: Refused & { type: 'refused' }): void {
    const sent = this.sent;
    const sentence = `${why.title} ${why.detail}`;
    if (sent.is === 'under way' && sent.id === why.id) {
      this.sent = { is: 'refused', why, draft: sent.draft, edit: sent.edit };
      this.editing = sent.edit;
      // What they typed comes back into the form, unless they have begun something else there.
      if (!this.draft.text.trim() || sent.edit) this.draft = { ...sent.draft };
      else this.draft.text = `${sent.draft.text}\n\n${this.draft.text}`;
      this.keep();
      this.#announcer.own(sentence);
      return;
    }
    const question = why.question?.id ?? this.#pressed.get(why.id ?? '');
    this.#pressed.delete(why.id ?? '');
    if (question) this.objection = { question, why: sentence };
    this.#announcer.own(sentence);
  }

  #recall<T>(what: string): T | null {
    try {
      return JSON.parse(this.#shelf?.getItem(`filodiretto.${what}.${this.slug}`) ?? 'null');
    } catch {
      return null;
    }
  }

  #remember(what: string, value: unknown): void {
    try {
      this.#shelf?.setItem(`filodiretto.${what}.${this.slug}`, JSON.stringify(value));
    } catch {
      // A full or forbidden shelf: then for as long as the page is open.
    }
  }
}

const drafted = (ask: ClientCommand & { type: 'ask' }): Draft => ({
  text: ask.text,
  name: ask.name ?? '',
  label: ask.labels?.[0] ?? '',
});
