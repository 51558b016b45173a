import { expect, test, vi } from 'vitest';
import { Line, retryDelay, type LineState } from './line';
import { ask, citizen, Events, last, pass, Shelf, Socket, welcome, world } from './line-world';

test('a citizen becomes somebody, then has a seat, and comes back to where they were', async () => {
  const { states } = citizen();
  await pass(0);
  expect(world.asked).toEqual([{ path: '/api/v1/me' }]);
  expect(last(Socket.all).address.href).toBe('wss://comune.test/ws/v1/sessions/sera?as=citizen');
  expect(last(Socket.all).protocols).toEqual(['filodiretto.v1.deflate', 'filodiretto.v1']);
  last(Socket.all).opens();
  last(Socket.all).says({ type: 'update', cursor: 'C7', at: 1, changes: [] });
  last(Socket.all).drops();
  await pass(250);
  expect(Socket.all).toHaveLength(2);
  expect(last(Socket.all).address.searchParams.get('after')).toBe('C7');
  last(Socket.all).opens();
  expect(states).toEqual(['live', 'lost', 'live']);
  expect(world.asked, 'who one is does not change with the seat').toHaveLength(1);
});

test('a network that swallows everything and closes nothing is noticed', async () => {
  const { states } = citizen();
  await pass(0);
  last(Socket.all).opens();
  await pass(34_000);
  last(Socket.all).says({ type: 'tally', votes: {}, present: 3 });
  await pass(34_900);
  expect(states).toEqual(['live']);
  await pass(200);
  expect(states).toEqual(['live', 'lost']);
  expect(Socket.all[0]?.closed).toBe(true);
  await pass(250);
  last(Socket.all).opens();
  expect(states).toEqual(['live', 'lost', 'live']);
});

test('one that does not even open is given up, too', async () => {
  citizen();
  await pass(0);
  await pass(10_000 + 250);
  expect(Socket.all).toHaveLength(2);
});

test('a command is sent again with the same id until there is a reply', async () => {
  const { line, said } = citizen();
  await pass(0);
  const id = line.send(ask('Quando riapre la biblioteca?'));
  expect(last(Socket.all).heard, 'no line yet').toEqual([]);
  last(Socket.all).opens();
  expect(last(Socket.all).heard.map((command) => command.id)).toEqual([id]);
  last(Socket.all).drops();
  await pass(250);
  last(Socket.all).opens();
  expect(last(Socket.all).heard.map((command) => command.id)).toEqual([id]);
  last(Socket.all).says({ type: 'done', id, receipt: 'AAAA' });
  expect(line.waiting).toEqual([]);
  expect(last(said)).toEqual({ type: 'done', id, receipt: 'AAAA' });
  last(Socket.all).drops();
  await pass(1_000);
  last(Socket.all).opens();
  expect(last(Socket.all).heard, 'what had its reply is not sent again').toEqual([]);
});

test('what is on its way survives a reload, and leaves the other tab when it has its reply', async () => {
  const shelf = new Shelf();
  const first = citizen(shelf);
  const id = first.line.send(ask('Sopravvivo?'));
  first.line.stop();
  const again = citizen(shelf);
  const other = citizen(shelf);
  await pass(0);
  expect([again.line.waiting.length, other.line.waiting.length]).toEqual([1, 1]);
  const [one] = Socket.all.slice(-2);
  one?.opens();
  one?.says({ type: 'done', id });
  expect(Object.keys(shelf).filter((key) => key.startsWith('filodiretto.out.'))).toEqual([]);
  const gone = Object.assign(new Event('storage'), { key: `filodiretto.out.sera.${id}`, newValue: null });
  world.around.dispatchEvent(gone);
  expect(other.line.waiting).toEqual([]);
});

test('a shelf that was meddled with does no harm', async () => {
  const shelf = new Shelf();
  shelf.setItem('filodiretto.out.sera.X', '{');
  expect(citizen(shelf).line.waiting).toEqual([]);
  expect(shelf.getItem('filodiretto.out.sera.X')).toBeNull();
});

test('the latest vote for a question is the only one', async () => {
  const { line } = citizen();
  await pass(0);
  line.send({ type: 'vote', question: 'Q', on: true });
  const id = line.send({ type: 'vote', question: 'Q', on: false });
  line.send({ type: 'vote', question: 'R', on: true });
  last(Socket.all).opens();
  expect(last(Socket.all).heard[0]).toEqual({ type: 'vote', question: 'Q', on: false, id });
  expect(last(Socket.all).heard).toHaveLength(2);
});

test('no more is under way at a time than the server allows a person', async () => {
  const { line } = citizen();
  await pass(0);
  const ids = Array.from({ length: 10 }, (_, n) => line.send({ type: 'vote', question: `Q${n}`, on: true }));
  last(Socket.all).opens();
  expect(last(Socket.all).heard).toHaveLength(6);
  last(Socket.all).says({ type: 'done', id: ids[0] });
  expect(last(Socket.all).heard).toHaveLength(7);
});

test('a refusal reaches the page; a server that could not is world.asked again', async () => {
  const { line, said, unrecorded } = citizen();
  await pass(0);
  last(Socket.all).opens();
  const busy = line.send(ask('Uno?'));
  const refused = line.send(ask('Due?'));
  last(Socket.all).says({ type: 'refused', id: busy, code: 'busy', title: '', detail: '', retry_after_ms: 500 });
  last(Socket.all).says({ type: 'refused', id: refused, code: 'too_short', title: 'Troppo breve', detail: '' });
  expect(line.waiting.map((command) => command.id)).toEqual([busy]);
  expect(said.filter((message) => message.type === 'refused')).toHaveLength(1);
  expect(unrecorded).toEqual([busy]);
  await pass(500);
  expect(last(Socket.all).heard.filter((command) => command.id === busy)).toHaveLength(2);
});

test('who is told when to come back comes back then', async () => {
  citizen();
  await pass(0);
  last(Socket.all).opens();
  last(Socket.all).says({ type: 'goodbye', code: 4000, reason: '', retry_after_ms: 3_700 });
  last(Socket.all).drops(4000);
  world.around.dispatchEvent(new Event('online'));
  await pass(3_600);
  expect(Socket.all).toHaveLength(1);
  await pass(200);
  expect(Socket.all).toHaveLength(2);
});

test('who is told to stay away stays away', async () => {
  const { states } = citizen();
  await pass(0);
  last(Socket.all).opens();
  last(Socket.all).says({ type: 'goodbye', code: 4501, reason: 'La seduta non c’è più.', retry_after_ms: null });
  last(Socket.all).drops(4501);
  await pass(600_000);
  expect(Socket.all).toHaveLength(1);
  expect(states).toEqual(['live', 'gone']);
});

test('a phone that wakes up does not wait for a dead line', async () => {
  citizen();
  await pass(0);
  last(Socket.all).opens();
  world.page.visibilityState = 'hidden';
  vi.setSystemTime(Date.now() + 3_600_000); // Timers sleep as well.
  world.page.visibilityState = 'visible';
  world.page.dispatchEvent(new Event('visibilitychange'));
  await pass(0);
  expect(Socket.all).toHaveLength(2);
});

test('a network that is back is tried at once; a line that lives is left alone', async () => {
  citizen();
  await pass(0);
  last(Socket.all).opens();
  world.around.dispatchEvent(new Event('online'));
  await pass(0);
  expect(Socket.all).toHaveLength(1);
  for (let lost = 0; lost < 4; lost += 1) {
    last(Socket.all).drops();
    await pass(5_000);
    last(Socket.all).opens();
  }
  const before = Socket.all.length;
  last(Socket.all).drops();
  world.around.dispatchEvent(new Event('online'));
  await pass(0);
  expect(Socket.all).toHaveLength(before + 1);
});

test('where sockets are blocked, events are heard and commands are posted', async () => {
  const { line, said, states } = citizen();
  for (let attempt = 0; attempt < 2; attempt += 1) {
    await pass(1_000);
    last(Socket.all).drops();
  }
  await pass(2_000);
  expect(last(Events.all).address.href).toBe('https://comune.test/api/v1/sessions/sera/events?as=citizen');
  world.answers = (path, body) =>
    path.includes('/commands')
      ? Response.json({ type: 'done', id: JSON.parse(body ?? '{}').id })
      : new Response(null, { status: 204 });
  last(Events.all).says(welcome);
  const id = line.send(ask('Passa?'));
  await pass(0);
  expect(last(world.asked)).toEqual({
    path: '/api/v1/sessions/sera/commands?as=citizen',
    body: JSON.stringify({ type: 'ask', text: 'Passa?', id }),
  });
  expect(last(said)).toEqual({ type: 'done', id });
  expect(last(states)).toBe('live');
  // A time-out is never a refusal.
  world.answers = () => Promise.reject(new Error('cut'));
  const second = line.send(ask('E questa?'));
  await pass(100);
  expect(line.waiting).toHaveLength(1);
  const urn = { type: 'urn:filodiretto:closed', status: 409, id: second, code: 'closed', title: 'No', detail: 'Ora no' };
  world.answers = () => Response.json(urn, { status: 409 });
  await pass(5_000);
  expect(last(said)).toEqual({ ...urn, type: 'refused' });
  expect(line.waiting).toEqual([]);
});

test('where neither sockets nor events pass the public board is read', async () => {
  const { boards, states } = citizen();
  world.answers = (path) =>
    path.endsWith('/board') ? Response.json({ type: 'snapshot', cursor: 'B' }) : new Response(null, { status: 204 });
  for (let attempt = 0; attempt < 2; attempt += 1) {
    await pass(1_000);
    last(Socket.all).drops();
  }
  await pass(2_000);
  last(Events.all).onerror?.();
  await pass(0);
  expect(boards).toEqual([{ type: 'snapshot', cursor: 'B' }]);
  expect(last(states)).toBe('lost');
});

test('two hundred who lost their line without a word come back over a while', async () => {
  vi.mocked(Math.random).mockRestore();
  const crowd = Array.from({ length: 200 }, () => citizen().line);
  await pass(0);
  Socket.all.forEach((socket) => socket.opens());
  Socket.all.forEach((socket) => socket.drops());
  const parts: number[] = [];
  for (let part = 0; part < 5; part += 1) {
    const before = Socket.all.length;
    await pass(100);
    parts.push(Socket.all.length - before);
  }
  crowd.forEach((line) => line.stop());
  expect(Math.max(...parts)).toBeLessThan(85);
  expect(Math.min(...parts)).toBeGreaterThan(12);
});

test('a snapshot may come packed, and what follows waits for it', async () => {
  vi.useRealTimers();
  const { said } = citizen();
  await vi.waitFor(() => expect(Socket.all).toHaveLength(1));
  const text = JSON.stringify({ type: 'snapshot', cursor: 'S' });
  const packed = new Blob([text]).stream().pipeThrough(new CompressionStream('deflate-raw'));
  const data = await new Response(packed).arrayBuffer();
  last(Socket.all).opens();
  last(Socket.all).onmessage?.({ data });
  last(Socket.all).says({ type: 'tally', votes: {}, present: 1 });
  await vi.waitFor(() => expect(said.map((message) => message.type)).toEqual(['welcome', 'snapshot', 'tally']));
});

test('a screen whose right ended while its line was away stays away', async () => {
  const states: LineState[] = [];
  new Line({ slug: 'sera', as: 'stage', receive: () => {}, changed: (state) => states.push(state) }).start();
  await pass(0);
  last(Socket.all).opens();
  last(Socket.all).drops();
  // As long as nobody answers, it goes on trying.
  world.answers = () => Promise.reject(new TypeError('no line'));
  await pass(250);
  last(Socket.all).drops();
  await pass(500);
  expect(last(states)).toBe('lost');
  world.answers = () => new Response(null, { status: 403 });
  last(Socket.all).drops();
  await pass(0);
  expect(last(states)).toBe('gone');
  const tries = Socket.all.length;
  await pass(60_000);
  expect(Socket.all).toHaveLength(tries);
});

test('a hall that comes back does not come back at once', () => {
  expect(retryDelay(0, () => 1)).toBe(500);
  expect(retryDelay(4, () => 0)).toBe(0);
  expect(retryDelay(40, () => 1)).toBe(30_000);
  expect(retryDelay(40, () => 1, 2_000), 'a screen is waited for').toBe(2_000);
});

test('a screen without a network waits for a socket, since over events it could not say what it shows', async () => {
  new Line({ slug: 'sera', as: 'overlay', receive: () => {}, changed: () => {} }).start();
  await pass(0);
  last(Socket.all).opens();
  world.answers = () => Promise.reject(new TypeError('no line'));
  for (let attempt = 0; attempt < 6; attempt += 1) {
    last(Socket.all).drops();
    await pass(3_000);
  }
  expect([Socket.all.length, Events.all.length]).toEqual([7, 0]);
  // The server answers, and sockets do not open: then the picture at least comes over events.
  world.answers = () => new Response(null, { status: 200 });
  for (let attempt = 0; attempt < 2; attempt += 1) {
    last(Socket.all).drops();
    await pass(3_000);
  }
  expect(Events.all.length).toBe(1);
});

test('what only counts now is world.asked once, on the line that there is, and never kept', async () => {
  const shelf = new Shelf();
  const { line } = citizen(shelf);
  await pass(0);
  expect(line.asks({ type: 'check', text: 'Quando riapre?' }), 'before there is a line').toBeNull();
  last(Socket.all).opens();
  const id = line.asks({ type: 'check', text: 'Quando riapre?' });
  expect(last(Socket.all).heard).toEqual([{ type: 'check', text: 'Quando riapre?', id }]);
  expect(line.waiting).toEqual([]);
  expect(Object.keys(shelf)).toEqual([]);
  last(Socket.all).drops();
  expect(line.asks({ type: 'check', text: 'E adesso?' })).toBeNull();
  await pass(1_000);
  last(Socket.all).opens();
  expect(last(Socket.all).heard, 'it is not sent again').toEqual([]);
});
