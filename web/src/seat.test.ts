import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Seat } from './seat.svelte';

// --- a server's end of each socket, and a clock ------------------------------------------------------

class Socket {
  static all: Socket[] = [];
  static get now(): Socket {
    return Socket.all.at(-1)!;
  }
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  readonly heard: { type: string; id: string }[] = [];
  constructor() {
    Socket.all.push(this);
  }
  send(text: string): void {
    this.heard.push(JSON.parse(text));
  }
  close(): void {}
  says(...messages: object[]): void {
    for (const message of messages) this.onmessage?.({ data: JSON.stringify(message) });
  }
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const welcome = { type: 'welcome', person: 'P', role: 'moderator', session: {}, now: 0 };
const tally = { type: 'tally', votes: {}, present: 1 };
const onAir = (id: string | null, rev: number) => ({ type: 'update', cursor: `C${rev}`, at: 0, changes: [{ on_air: { id, since: 0, rev } }] });
const offAirs = () => Socket.now.heard.filter(({ type }) => type === 'off_air');

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
  Socket.all = [];
  const around = new EventTarget();
  vi.stubGlobal('WebSocket', Socket);
  vi.stubGlobal('document', Object.assign(new EventTarget(), { visibilityState: 'visible' }));
  vi.stubGlobal('location', { href: 'https://comune.test/desk/sera' });
  vi.stubGlobal('addEventListener', around.addEventListener.bind(around));
  vi.stubGlobal('removeEventListener', around.removeEventListener.bind(around));
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function seated(): Promise<Seat> {
  const seat = new Seat('sera', 'desk', () => {});
  seat.begin();
  Socket.now.says(welcome, { type: 'snapshot', cursor: 'C0', session: {}, on_air: { id: 'Q1', since: 0, rev: 7 }, queue: [], questions: [], total: {} }, tally);
  await pass(50);
  return seat;
}

/** The line dies and another comes about, which has not heard yet what was missed. */
async function comesBack(): Promise<void> {
  Socket.now.onclose?.({ code: 1006 });
  await pass(5_000);
  Socket.now.says(welcome);
  await pass(50);
}

// --- stories -----------------------------------------------------------------------------------------

test('a wish that is under way is not given twice', async () => {
  const seat = await seated();
  const wish = { type: 'ask', text: 'E il mercato?', channel: 'hall' } as const;
  expect(seat.gives(wish)).not.toBeNull();
  expect(seat.gives({ ...wish })).toBeNull();
  expect(seat.gives({ ...wish, text: 'E la fibra?' })).not.toBeNull();
  Socket.now.says({ type: 'done', id: Socket.now.heard[0]!.id });
  await pass(50);
  expect(seat.gives({ ...wish }), 'another one, later').not.toBeNull();
});

test('off air that a lost line has swallowed goes again while the same is on air', async () => {
  const seat = await seated();
  seat.offAir();
  expect(offAirs()).toHaveLength(1);
  await comesBack();
  expect(offAirs(), 'not before it is known what is on air').toHaveLength(0);
  expect(seat.trouble).toBe('unreached');
  Socket.now.says(tally);
  await pass(50);
  expect(offAirs()).toHaveLength(1);
  Socket.now.says(onAir(null, 8), { type: 'done', id: offAirs()[0]!.id });
  await pass(50);
  expect([seat.taken, seat.trouble]).toEqual([null, null]);
});

test('off air that a lost line has swallowed never takes off another question', async () => {
  const seat = await seated();
  seat.offAir();
  await comesBack();
  // Somebody else did it, and went on.
  Socket.now.says(onAir(null, 8), onAir('Q2', 9), tally);
  await pass(5_000);
  expect(offAirs()).toHaveLength(0);
  expect([seat.taken, seat.trouble, seat.waiting]).toEqual([null, null, []]);
});

test('off air that could not be recorded is not tried again on the next question', async () => {
  const seat = await seated();
  seat.offAir();
  Socket.now.says({ type: 'hush', id: 'Q1' }, { type: 'refused', id: offAirs()[0]!.id, code: 'busy', title: '', detail: '', retry_after_ms: 4_000 });
  await pass(3_000);
  expect(seat.trouble, 'the screens are clear, and it is said that it is not recorded').toBe('unrecorded');
  Socket.now.says(onAir('Q2', 8));
  await pass(3_000);
  expect([offAirs().length, seat.trouble]).toEqual([1, null]);
});

test('off air that was only hushed goes again on the next line', async () => {
  const seat = await seated();
  seat.offAir();
  Socket.now.says({ type: 'hush', id: 'Q1' });
  await comesBack();
  Socket.now.says(tally);
  await pass(50);
  expect(offAirs()).toHaveLength(1);
});

test('what is pressed without a line is never sent', async () => {
  const seat = await seated();
  Socket.now.onclose?.({ code: 1006 });
  seat.offAir();
  expect(seat.gives({ type: 'open' })).toBeNull();
  await pass(5_000);
  Socket.now.says(welcome, tally);
  await pass(5_000);
  expect(Socket.now.heard).toEqual([]);
  expect(seat.trouble, 'and it is said').toBe('still');
});
