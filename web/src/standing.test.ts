import { expect, test, vi } from 'vitest';
import { ask, citizen, last, pass, Socket, world } from './line-world';
import { knock, Standing } from './standing';

const full = (ms: number) => Response.json({ code: 'busy', retry_after_ms: ms }, { status: 503 });
const seats = 'https://comune.test/ws/v1/sessions/sera?as=citizen';
const askedOf = (end: string) => world.asked.filter(({ path }) => path.endsWith(end)).length;

/** A server with no seat, until there is one. */
function crowded() {
  const here = { full: true, etag: '"1"', own: [] as object[] };
  world.answers = (path, body) => {
    if (path.endsWith('/me')) return new Response(null, { status: 204 });
    if (path.includes('/ws/')) return here.full ? full(7_000) : new Response(null, { status: 426 });
    if (path.endsWith('/mine')) return Response.json({ type: 'mine', questions: here.own, votes: {} });
    if (path.endsWith('/board')) return Response.json({ type: 'snapshot', cursor: here.etag }, { headers: { etag: here.etag } });
    return Response.json({ type: 'done', id: JSON.parse(body ?? '{}').id });
  };
  return here;
}

async function stands() {
  const one = citizen();
  await pass(0);
  last(Socket.all).drops();
  await pass(0);
  return one;
}

test('who finds every seat taken is told why, reads the board, and sits when one is free', async () => {
  const server = crowded();
  const { states, boards, said } = await stands();
  expect(states).toEqual(['standing']);
  expect(world.asked.map(({ path }) => path)).toEqual([
    '/api/v1/me',
    seats,
    '/api/v1/sessions/sera/board',
    '/api/v1/sessions/sera/mine',
  ]);
  expect(said).toEqual([{ type: 'mine', questions: [], votes: {} }]);
  await pass(5_000);
  expect([askedOf('/board'), boards.length], 'nothing has changed').toEqual([2, 1]);
  server.etag = '"2"';
  await pass(5_000);
  expect([askedOf('/board'), boards.length]).toEqual([3, 2]);
  expect([askedOf('waited=1'), Socket.all.length], 'asked once more, and still none').toEqual([1, 1]);
  server.full = false;
  await pass(4_000);
  expect(last(Socket.all).address.search).toBe('?as=citizen&waited=1');
  expect(last(states), 'until it has sat').toBe('standing');
  last(Socket.all).opens();
  expect(states).toEqual(['standing', 'live']);
  const before = world.asked.length;
  last(Socket.all).says({ type: 'tally', votes: {}, present: 1 });
  await pass(30_000);
  expect(world.asked.length, 'the line tells everything').toBe(before);
  expect(askedOf('/me'), 'who one is does not change').toBe(1);
});

test('a seat that somebody else took first is world.asked for again', async () => {
  const server = crowded();
  const { states } = await stands();
  server.full = false;
  await pass(7_000);
  expect(Socket.all).toHaveLength(2);
  server.full = true;
  last(Socket.all).drops();
  await pass(6_900);
  expect(Socket.all).toHaveLength(2);
  server.full = false;
  await pass(200);
  expect(Socket.all).toHaveLength(3);
  expect(states).toEqual(['standing']);
});

test('who stands can ask and vote, and learns what became of it', async () => {
  const server = crowded();
  const { line, said } = await stands();
  line.send({ type: 'vote', question: 'Q', on: true });
  await pass(0);
  expect(line.waiting).toEqual([]);
  expect(said.slice(-2).map(({ type }) => type)).toEqual(['mine', 'done']);
  expect(said.at(-2)).toEqual({ type: 'mine', questions: [], votes: { Q: true } });
  await pass(60_000);
  expect(askedOf('/mine'), 'nothing of their own to ask for').toBe(1);
  server.own = [{ id: 'A', state: 'pending' }];
  line.send(ask('Si sente anche in piedi?'));
  await pass(1_000);
  expect(askedOf('/mine')).toBe(2);
  await pass(25_000);
  expect(askedOf('/mine'), 'something may still become of it').toBe(3);
  server.own = [{ id: 'A', state: 'answered' }];
  await pass(100_000);
  expect(askedOf('/mine')).toBe(4);
  expect(line.asks({ type: 'check', text: 'Prova?' })).not.toBeNull();
});

test('what was given before there was a line goes also without a seat', async () => {
  crowded();
  const { line } = citizen();
  line.send(ask('Prima di tutto?'));
  await pass(0);
  last(Socket.all).drops();
  await pass(0);
  expect(line.waiting).toEqual([]);
});

test('a phone in a pocket reads no board, and does as it is looked at', async () => {
  crowded();
  await stands();
  world.page.visibilityState = 'hidden';
  await pass(60_000);
  expect(askedOf('/board')).toBe(1);
  world.page.visibilityState = 'visible';
  world.page.dispatchEvent(new Event('visibilitychange'));
  await pass(0);
  expect(askedOf('/board')).toBe(2);
  expect(Socket.all, 'the seat waits for its moment').toHaveLength(1);
});

test('who stands and loses the network is lost like everybody, and stands again', async () => {
  crowded();
  const { states } = await stands();
  world.answers = () => Promise.reject(new TypeError('no line'));
  await pass(5_000);
  expect(states).toEqual(['standing', 'lost']);
  crowded();
  await pass(1_000);
  last(Socket.all).drops();
  await pass(0);
  expect(states).toEqual(['standing', 'lost', 'standing']);
});

test('a proxy that answers in the place of the server is no full house', async () => {
  for (const [answer, door] of [
    [full(7_000), { full: 7_000 }],
    [Response.json({ code: 'busy' }, { status: 503 }), { full: 10_000 }],
    [new Response('<h1>503</h1>', { status: 503 }), 'silent'],
    [Response.json({ code: 'unknown_outcome' }, { status: 503 }), 'silent'],
    [new Response(null, { status: 426 }), 'open'],
  ] as const) {
    world.answers = () => answer;
    expect(await knock(new URL(seats))).toEqual(door);
  }
});

test('two hundred who came at the same moment do not read the board at the same moment', async () => {
  vi.mocked(Math.random).mockRestore();
  crowded();
  const nothing = () => {};
  const crowd = Array.from(
    { length: 200 },
    () => new Standing({ slug: 'sera', board: nothing, mine: nothing, ask: nothing, lost: nothing }),
  );
  crowd.forEach((one) => one.until(1_000_000));
  await pass(10_000);
  const seconds: number[] = [];
  for (let second = 0; second < 10; second += 1) {
    world.asked = [];
    await pass(1_000);
    seconds.push(askedOf('/board'));
  }
  crowd.forEach((one) => one.ends());
  // A fifth of them in each, more or less.
  expect(Math.max(...seconds)).toBeLessThan(85);
  expect(Math.min(...seconds)).toBeGreaterThan(12);
});
