/** Around a line under test: a server's end of each socket, a shelf, and a clock. */
import { afterEach, beforeEach, vi } from 'vitest';
import { Line, type LineState } from './line';
import type { Snapshot } from './standing';
import type { ServerMessage } from './wire';

export class Socket {
  static all: Socket[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  binaryType = '';
  closed = false;
  readonly heard: { type: string; id: string }[] = [];
  constructor(
    readonly address: URL,
    readonly protocols: string[],
  ) {
    Socket.all.push(this);
  }
  send(text: string): void {
    this.heard.push(JSON.parse(text));
  }
  close(): void {
    this.closed = true;
  }
  opens(): void {
    this.onopen?.();
    this.says({ type: 'welcome', person: 'P', role: 'citizen', session: {}, now: 0 });
  }
  says(message: object): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
  drops(code = 1006): void {
    this.onclose?.({ code });
  }
}

export class Events {
  static all: Events[] = [];
  onmessage: ((event: { data: string }) => void) | null = null;
  onerror: (() => void) | null = null;
  constructor(readonly address: URL) {
    Events.all.push(this);
  }
  close(): void {}
  says(message: object): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
}

export class Shelf {
  [key: string]: unknown;
  getItem(key: string): string | null {
    return (this[key] as string | undefined) ?? null;
  }
  setItem(key: string, value: string): void {
    this[key] = value;
  }
  removeItem(key: string): void {
    delete this[key];
  }
}

export const welcome = { type: 'welcome', person: 'P', role: 'citizen', session: {}, now: 0 };

/** What was asked of the server, what it answers, and what is around the page. */
export const world = {
  asked: [] as { path: string; body?: string }[],
  answers: ((): Response => new Response(null, { status: 204 })) as (path: string, body?: string) => Response | Promise<Response>,
  page: Object.assign(new EventTarget(), { visibilityState: 'visible' }),
  around: new EventTarget(),
};

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
  vi.spyOn(Math, 'random').mockReturnValue(0.5);
  [Socket.all, Events.all, world.asked] = [[], [], []];
  world.answers = () => new Response(null, { status: 204 });
  world.page = Object.assign(new EventTarget(), { visibilityState: 'visible' });
  world.around = new EventTarget();
  vi.stubGlobal('WebSocket', Socket);
  vi.stubGlobal('EventSource', Events);
  vi.stubGlobal('document', world.page);
  vi.stubGlobal('location', { href: 'https://comune.test/s/sera' });
  vi.stubGlobal('addEventListener', world.around.addEventListener.bind(world.around));
  vi.stubGlobal('removeEventListener', world.around.removeEventListener.bind(world.around));
  vi.stubGlobal('fetch', async (address: string | URL, init?: RequestInit) => {
    const path = String(address);
    world.asked.push({ path, ...(init?.body ? { body: init.body as string } : {}) });
    return world.answers(path, init?.body as string | undefined);
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

export function citizen(shelf: Shelf | null = null) {
  const said: ServerMessage[] = [];
  const states: LineState[] = [];
  const unrecorded: (string | null)[] = [];
  const boards: Snapshot[] = [];
  const line = new Line({
    slug: 'sera',
    as: 'citizen',
    unrecorded: ({ id }) => unrecorded.push(id),
    receive: (message) => said.push(message),
    changed: (state) => states.push(state),
    board: (snapshot) => boards.push(snapshot),
    shelf: shelf as unknown as Storage | null,
  });
  line.start();
  return { line, said, states, unrecorded, boards };
}

export const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
export const last = <T>(all: T[]): T => {
  const one = all.at(-1);
  if (!one) throw new Error('there is none');
  return one;
};
export const ask = (text: string) => ({ type: 'ask' as const, text });
