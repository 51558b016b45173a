/**
 * The connection under every page: one seat in one session, and commands that reach it.
 *
 * It keeps the cursor, comes back by itself, notices silence, and sends a command again, with the
 * same id, until it is `done` or `refused`. Where sockets are blocked it listens to server-sent
 * events and posts; where every seat is taken it stands: reads the public board, posts, and sits when
 * it can. What messages mean is left to whoever receives them.
 */
import { Outbox } from './outbox';
import { knock, Standing, type Snapshot } from './standing';
import { ulid } from './ulid';
import type { ClientCommand, CommandId, Cursor, Problem, Refused, ServerMessage, Shown, Wish } from './wire';

/** `standing`: every seat is taken. `lost`: retrying by itself. `gone`: the server said to stay away. */
export type LineState = 'connecting' | 'live' | 'standing' | 'lost' | 'gone';

export type Capacity = 'citizen' | 'desk' | 'stage' | 'overlay';

export interface LineOptions {
  slug: string;
  as: Capacity;
  /** Every message, in the order in which the server sent it. */
  receive: (message: ServerMessage) => void;
  changed: (state: LineState) => void;
  /** The public board, for who has no seat; for citizens only. */
  board?: (snapshot: Snapshot) => void;
  /** This one could not be recorded, by nobody's doing; it goes again by itself. */
  unrecorded?: (refused: Refused) => void;
  /** The outbox has changed: what is under way. */
  waiting?: (commands: ClientCommand[]) => void;
  /** Where commands outlive the page; for citizens only. */
  shelf?: Storage | null;
  /** Behind the `#` of an overlay's address. */
  token?: string;
}

/** The server says something every 15 s, to the screens every 3 s. */
const SILENCE_MS: Record<Capacity, number> = { citizen: 35_000, desk: 35_000, stage: 8_000, overlay: 8_000 };
/** After a sleep: longer than this without a word, and the line is taken for dead at once. */
const DOUBT_MS: Record<Capacity, number> = { citizen: 16_000, desk: 16_000, stage: 4_000, overlay: 4_000 };
/** For one that does not even open. */
const OPENING_MS = 10_000;
/** A line that held so long was a good one: the next attempt is the first again. */
const HELD_MS = 10_000;
/** Bound: commands without a reply at the same time; the server allows a person 16, on all tabs. */
const UNDER_WAY = 6;
/** Sockets that did not open though the server answers, before the line tries without them. */
const BLOCKED = 2;

/** The longest pause between two attempts. Staff and screens are few, and somebody waits for them. */
const PAUSE_MS: Record<Capacity, number> = { citizen: 30_000, desk: 5_000, stage: 2_000, overlay: 2_000 };

/** Full jitter: after a restart a whole hall comes back, and must not do it in one second. */
export const retryDelay = (attempt: number, random: () => number = Math.random, most = PAUSE_MS.citizen): number =>
  random() * Math.min(most, 500 * 2 ** attempt);

/** One way of being connected. */
interface Wire {
  close(): void;
  /** Absent where commands are posted. */
  send?(text: string): void;
}

export class Line {
  readonly #options: LineOptions;
  readonly #outbox: Outbox;
  /** Commands on their way on the connection that there is now. */
  readonly #sent = new Set<CommandId>();
  #state: LineState = 'connecting';
  #wire: Wire | null = null;
  #cursor: Cursor | null = null;
  #attempt = 0;
  /** Whether the server knows who this is, as far as we know. */
  #somebody = false;
  #blocked = 0;
  #heard = 0;
  #since = 0;
  #retryAfter: number | null = null;
  #next: ReturnType<typeof setTimeout> | undefined;
  #watch: ReturnType<typeof setTimeout> | undefined;
  /** The attempt under way; one that was given up finds another here. */
  #opening: object | null = null;
  #stopped = false;
  readonly #standing: Standing;
  /** Binary snapshots are unpacked one after the other: what comes behind one waits for it. */
  #unpacking: Promise<void> | null = null;

  constructor(options: LineOptions) {
    this.#options = options;
    this.#outbox = new Outbox(options.slug, options.shelf ?? null);
    this.#standing = new Standing({
      slug: options.slug,
      board: (snapshot) => options.board?.(snapshot),
      mine: (mine) => options.receive(mine),
      ask: () => void this.#asksForSeat(),
      lost: () => this.#lost(),
    });
  }

  get state(): LineState {
    return this.#state;
  }

  /** Commands without a reply, the oldest first. */
  get waiting(): ClientCommand[] {
    return this.#outbox.all();
  }

  start(): void {
    document.addEventListener('visibilitychange', this.#wake);
    addEventListener('online', this.#wake);
    addEventListener('pageshow', this.#wake);
    addEventListener('storage', this.#elsewhere);
    void this.#connect();
  }

  stop(): void {
    this.#stopped = true;
    document.removeEventListener('visibilitychange', this.#wake);
    removeEventListener('online', this.#wake);
    removeEventListener('pageshow', this.#wake);
    removeEventListener('storage', this.#elsewhere);
    this.#hangUp();
    this.#standing.ends();
    clearTimeout(this.#next);
  }

  /** Gives a command, now or as soon as there is a line. Its reply names the id. */
  send(wish: Wish, id: CommandId = ulid()): CommandId {
    this.#outbox.add({ ...wish, id });
    this.#tellWaiting();
    this.#pump();
    return id;
  }

  /**
   * Asks what only counts now: it is not kept, and not sent again. Null where there is no line; its
   * reply may never come.
   */
  asks(wish: Wish): CommandId | null {
    if (!this.#reaches) return null;
    const command = { ...wish, id: ulid() };
    this.#gives(command);
    return command.id;
  }

  /** Gives up a command that has no reply: it is not sent again. What was sent may still count. */
  forget(id: CommandId): void {
    this.#settled(id);
  }

  /** Comes back without a place to go on from, so that a snapshot replaces everything. */
  again(): void {
    if (this.#state !== 'live') return;
    this.#cursor = null;
    void this.#connect();
  }

  /** Says what a screen shows. Gets no reply, and is not kept. */
  shows(shown: Shown): void {
    if (this.#state === 'live') this.#wire?.send?.(JSON.stringify(shown));
  }

  // --- connecting -----------------------------------------------------------------------------

  async #connect(): Promise<void> {
    clearTimeout(this.#next);
    this.#hangUp();
    if (this.#stopped || this.#state === 'gone') return;
    this.#retryAfter = null;
    this.#since = this.#heard = Date.now();
    const attempt = {};
    this.#opening = attempt;
    this.#listenFor(OPENING_MS);
    // A citizen is somebody, also one who only watches.
    const known = this.#options.as !== 'citizen' || this.#somebody || (await this.#becomeSomebody());
    if (this.#opening !== attempt) return;
    if (!known) {
      this.#lost();
      return;
    }
    this.#wire = this.#blocked < BLOCKED ? this.#socket() : this.#events();
  }

  async #becomeSomebody(): Promise<boolean> {
    try {
      const answer = await fetch('/api/v1/me', { method: 'POST', signal: AbortSignal.timeout(OPENING_MS) });
      this.#heedRetryAfter(answer);
      return (this.#somebody = answer.ok);
    } catch {
      return false;
    }
  }

  #address(path: string): URL {
    const address = new URL(path, location.href);
    address.searchParams.set('as', this.#options.as);
    if (this.#cursor) address.searchParams.set('after', this.#cursor);
    if (this.#standing.is) address.searchParams.set('waited', '1');
    return address;
  }

  #socket(): Wire {
    const address = this.#address(this.#seats);
    address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
    const protocols = ['filodiretto.v1.deflate', 'filodiretto.v1'];
    if (typeof DecompressionStream === 'undefined') protocols.shift();
    if (this.#options.token) protocols.push(`bearer.${this.#options.token}`);
    const socket = new WebSocket(address, protocols);
    socket.binaryType = 'arraybuffer';
    let opened = false;
    // What a closing socket would only drop waits for the next one: see the outbox.
    const send = (text: string) => socket.readyState === WebSocket.OPEN && socket.send(text);
    const wire: Wire = { close: () => socket.close(), send };
    const ours = () => this.#wire === wire;
    socket.onopen = () => {
      opened = true;
      if (ours()) this.#hear();
    };
    socket.onmessage = ({ data }) => {
      if (!ours()) return;
      this.#hear();
      this.#blocked = 0;
      this.#read(data, ours);
    };
    socket.onclose = ({ code }) => {
      if (!ours()) return;
      if (!opened && this.#options.as === 'citizen') {
        void this.#unopened(wire);
        return;
      }
      if (!opened) void this.#knock();
      if (code >= 4500 && code < 5000) this.#stayAway();
      else this.#lost();
    };
    return wire;
  }

  #events(): Wire {
    const source = new EventSource(this.#address(`/api/v1/sessions/${this.#options.slug}/events`));
    const wire: Wire = { close: () => source.close() };
    const ours = () => this.#wire === wire;
    let opened = false;
    source.onmessage = ({ data }) => {
      if (!ours()) return;
      opened = true;
      this.#hear();
      this.#read(data, ours);
    };
    source.onerror = () => {
      if (!ours()) return;
      if (!opened && this.#options.as === 'citizen') {
        wire.close();
        void this.#unopened(wire);
        return;
      }
      // The next attempt is a socket's again: what blocked it may have gone.
      this.#blocked = 0;
      this.#lost();
    };
    return wire;
  }

  /** Where a socket is asked for; without an upgrade, whether there is a seat. */
  get #seats(): string {
    return `/ws/v1/sessions/${this.#options.slug}`;
  }

  /** A browser does not say why: the server does, if it answers at all. */
  async #unopened(wire: Wire): Promise<void> {
    const door = await knock(this.#address(this.#seats));
    if (this.#wire !== wire || this.#stopped) return;
    if (typeof door === 'object') {
      this.#stands(door.full);
      return;
    }
    // It may be the cookie.
    this.#somebody = false;
    if (this.#blocked >= BLOCKED) {
      // Neither sockets nor events: the board is better than nothing. The next attempt is a socket's
      // again: what blocked it may have gone.
      this.#blocked = 0;
      void this.#standing.once().catch(() => {});
    } else {
      // Also where nothing was answered: who blocks sockets may take this for one.
      this.#blocked += 1;
    }
    this.#lost();
  }

  /** Every seat is taken: until one is free the board stands in for it, and commands are posted. */
  #stands(ms: number): void {
    this.#hangUp();
    this.#attempt = 0;
    this.#become('standing');
    this.#standing.until(ms);
    this.#pump();
  }

  async #asksForSeat(): Promise<void> {
    const door = await knock(this.#address(this.#seats));
    if (!this.#standing.is || this.#stopped) return;
    if (typeof door === 'object') this.#standing.until(door.full);
    else void this.#connect();
  }

  /**
   * A right may have ended while the line was away: a socket that is refused does not say so. Only
   * where the server answers can it be sockets that are blocked; over events a screen could not say
   * what it shows.
   */
  async #knock(): Promise<void> {
    const { as, slug } = this.#options;
    const path = as === 'overlay' ? 'board' : `questions?as=${as}&state=on_air`;
    try {
      const answer = await fetch(`/api/v1/sessions/${slug}/${path}`);
      this.#blocked += 1;
      const ended = as !== 'overlay' && [401, 403, 404].includes(answer.status);
      if (!this.#stopped && ended) this.#stayAway();
    } catch {
      // Nobody answers: the line goes on trying.
    }
  }

  #read(data: string | ArrayBuffer, ours: () => boolean): void {
    if (typeof data === 'string' && !this.#unpacking) {
      this.#take(JSON.parse(data));
      return;
    }
    const before = this.#unpacking ?? Promise.resolve();
    const reading = before.then(async () => {
      const text = typeof data === 'string' ? data : await inflate(data);
      if (ours()) this.#take(JSON.parse(text));
    });
    const read = reading
      .catch(() => {
        // What cannot be unpacked is a broken line.
        if (ours()) this.#lost();
      })
      .finally(() => {
        if (this.#unpacking === read) this.#unpacking = null;
      });
    this.#unpacking = read;
  }

  // --- hearing --------------------------------------------------------------------------------

  #take(message: ServerMessage): void {
    if ('cursor' in message) this.#cursor = message.cursor;
    switch (message.type) {
      case 'welcome':
        this.#standing.ends();
        this.#become('live');
        this.#options.receive(message);
        this.#sent.clear();
        this.#pump();
        return;
      case 'goodbye':
        this.#retryAfter = message.retry_after_ms;
        this.#options.receive(message);
        if (message.retry_after_ms === null) this.#stayAway();
        return;
      case 'done':
        if (this.#standing.is) this.#tellDone(message.id);
        this.#settled(message.id);
        break;
      case 'refused':
        if (message.id && this.#comesBack(message)) return;
        if (message.id) this.#settled(message.id);
        break;
    }
    this.#options.receive(message);
  }

  /** Nothing was recorded, and it is nobody's doing: the line tries again by itself. */
  #comesBack(refused: Refused): boolean {
    const command = refused.id ? this.#outbox.get(refused.id) : undefined;
    const byItself = refused.code === 'busy' || (refused.code === 'too_fast' && command?.type === 'vote');
    if (!command || !byItself) return false;
    this.#options.unrecorded?.(refused);
    const wire = this.#wire;
    setTimeout(() => {
      this.#sent.delete(command.id);
      if (this.#wire === wire) this.#pump();
    }, refused.retry_after_ms ?? 2_000);
    return true;
  }

  /** Without a seat nobody tells what became of it: of a vote it is clear, the rest is read. */
  #tellDone(id: CommandId): void {
    const command = this.#outbox.get(id);
    if (command?.type === 'vote') {
      this.#options.receive({ type: 'mine', questions: [], votes: { [command.question]: command.on } });
    } else {
      this.#standing.acted();
    }
  }

  #settled(id: CommandId): void {
    this.#sent.delete(id);
    if (this.#outbox.remove(id)) this.#tellWaiting();
    this.#pump();
  }

  #hear(): void {
    this.#heard = Date.now();
    this.#listenFor(SILENCE_MS[this.#options.as]);
  }

  /** A network can swallow everything and close nothing. */
  #listenFor(ms: number): void {
    clearTimeout(this.#watch);
    this.#watch = setTimeout(() => this.#lost(), ms);
  }

  // --- sending --------------------------------------------------------------------------------

  /** Whether the server hears us: over a line, or, while we stand, by what is posted. */
  get #reaches(): boolean {
    return this.#state === 'live' || (this.#state === 'standing' && !this.#wire);
  }

  #gives(command: ClientCommand): void {
    if (this.#wire?.send) this.#wire.send(JSON.stringify(command));
    else void this.#post(command);
  }

  #pump(): void {
    if (!this.#reaches) return;
    for (const command of this.#outbox.all()) {
      if (this.#sent.size >= UNDER_WAY) return;
      if (this.#sent.has(command.id)) continue;
      this.#sent.add(command.id);
      this.#gives(command);
    }
  }

  async #post(command: ClientCommand): Promise<void> {
    const wire = this.#wire;
    const path = `/api/v1/sessions/${this.#options.slug}/commands?as=${this.#options.as}`;
    try {
      const answer = await fetch(path, { method: 'POST', body: JSON.stringify(command) });
      const said = (await answer.json()) as ServerMessage | Problem;
      if (this.#wire !== wire) return;
      if (answer.ok) this.#take(said as ServerMessage);
      else if ((said as Problem).code === 'unknown_outcome') throw new Error('not known yet');
      else this.#take({ ...(said as Problem), id: command.id, type: 'refused' });
    } catch {
      // A time-out is never a refusal: the same command again, with the same id.
      setTimeout(() => {
        this.#sent.delete(command.id);
        if (this.#wire === wire) this.#pump();
      }, 1_000 + retryDelay(2));
    }
  }

  // --- losing ---------------------------------------------------------------------------------

  #lost(): void {
    if (this.#stopped || this.#state === 'gone') return;
    if (this.#state === 'live' && Date.now() - this.#since > HELD_MS) this.#attempt = 0;
    this.#hangUp();
    this.#standing.ends();
    this.#become('lost');
    const delay = this.#retryAfter ?? retryDelay(this.#attempt, Math.random, PAUSE_MS[this.#options.as]);
    this.#attempt += 1;
    clearTimeout(this.#next);
    this.#next = setTimeout(() => void this.#connect(), delay);
  }

  #stayAway(): void {
    this.#hangUp();
    this.#standing.ends();
    clearTimeout(this.#next);
    this.#become('gone');
  }

  #hangUp(): void {
    clearTimeout(this.#watch);
    this.#opening = null;
    this.#sent.clear();
    const wire = this.#wire;
    this.#wire = null;
    wire?.close();
  }

  #become(state: LineState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#options.changed(state);
  }

  #tellWaiting(): void {
    this.#options.waiting?.(this.#outbox.all());
  }

  #heedRetryAfter(answer: Response): void {
    const seconds = Number(answer.headers.get('retry-after'));
    if (!answer.ok && seconds > 0) this.#retryAfter = seconds * 1000 * (1 + Math.random());
  }

  /** Somebody looks again, or there is a network again: no reason to wait any longer. */
  readonly #wake = (): void => {
    if (document.visibilityState === 'hidden' || this.#stopped || this.#state === 'gone') return;
    if (this.#standing.is) {
      this.#standing.looks();
      return;
    }
    const silent = Date.now() - this.#heard > DOUBT_MS[this.#options.as];
    if (this.#state === 'live' && !silent) return;
    if (this.#opening && !silent && this.#state !== 'live') return;
    // A crowd that was told when to come back comes back then.
    if (this.#retryAfter !== null && this.#state === 'lost') return;
    if (this.#state === 'live') this.#become('lost');
    void this.#connect();
  };

  readonly #elsewhere = ({ key, newValue }: StorageEvent): void => {
    if (this.#outbox.elsewhere(key, newValue)) this.#tellWaiting();
  };
}

async function inflate(data: ArrayBuffer): Promise<string> {
  const text = new Blob([data]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  return new Response(text).text();
}
