// Asks a question and follows it, or approves what waits, over a socket. Node 22.18 or later, nothing to install.
//
//     node bot.ts http://127.0.0.1:8080 prova ask "Quando riapre la biblioteca di via Manzoni?"
//     FILODIRETTO_TOKEN=… node bot.ts http://127.0.0.1:8080 prova approve
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClientCommand, DeskQuestion, Problem, Question, ServerMessage, Wish } from '../../web/src/wire.ts';

const [server = '', slug, deed, ...words] = process.argv.slice(2);
const seat = deed === 'ask' ? 'citizen' : 'desk';
let token = process.env.FILODIRETTO_TOKEN; // An invitation's. Never in an address: addresses are logged.
const waiting = new Map<string, ClientCommand>(); // Those without a reply: a time-out is no refusal.
let socket: WebSocket | null = null;
let [cursor, attempt, ours, seen] = ['', 0, '', ''];

function give(wish: Wish): string {
  // A ULID: 48 bits of time, 80 of chance.
  const number = (BigInt(Date.now()) << 80n) | BigInt(`0x${randomBytes(10).toString('hex')}`);
  const letter = (n: number) => '0123456789ABCDEFGHJKMNPQRSTVWXYZ'.charAt(Number((number >> BigInt(5 * n)) & 31n));
  const id = Array.from({ length: 26 }, (_, n) => letter(25 - n)).join('');
  waiting.set(id, { ...wish, id });
  send(id);
  return id;
}

function send(id: string): void {
  if (waiting.has(id) && socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(waiting.get(id)));
}

function stop(sentence: string, code = 1): never {
  console.log(sentence);
  process.exit(code);
}

function reads(question: Question): void {
  const { id, rev, state, verdict } = question as DeskQuestion;
  if (deed === 'approve' && state === 'pending' && verdict === 'pass') give({ type: 'approve', question: id, rev });
  if (id !== ours || state === seen) return;
  if (['answered', 'dismissed', 'withdrawn'].includes(state)) stop(state, 0);
  console.log((seen = state));
}

function replied(message: ServerMessage & { type: 'done' | 'refused' }): void {
  const command = waiting.get(message.id ?? '');
  if (!command) return;
  const refused = message.type === 'refused' ? message : null;
  if (refused?.retry_after_ms) return void sleep(refused.retry_after_ms, command.id).then(send);
  waiting.delete(command.id);
  console.log(command.type, refused ? `refused: ${refused.title} ${refused.detail}` : 'done');
  if (refused && deed === 'ask') process.exit(1);
}

/** One life of the line; how long to stay away after it, where the server says so. */
async function listen(): Promise<number | null> {
  const soon = { signal: AbortSignal.timeout(10_000) };
  const me = { ...soon, method: 'POST', body: '{"embed":true}' };
  token ??= ((await (await fetch(`${server}/api/v1/me`, me)).json()) as { token?: string }).token;
  // A socket that may not be only closes; a request says why.
  const [path, headers] = [`v1/sessions/${slug}`, { authorization: `Bearer ${token}` }];
  const knock = await fetch(`${server}/api/${path}/questions?as=${seat}`, { ...soon, headers });
  if ([401, 403, 404].includes(knock.status)) stop(((await knock.json()) as Problem).title);
  const address = `${server.replace('http', 'ws')}/ws/${path}?as=${seat}&after=${cursor}`;
  const line = new WebSocket(address, ['filodiretto.v1', `bearer.${token}`]);
  return new Promise((over) => {
    let pause: number | null = null;
    let silence = setTimeout(() => over(null), 10_000);
    socket = line;
    line.onclose = () => over(pause);
    line.onmessage = ({ data }) => {
      clearTimeout(silence);
      silence = setTimeout(() => line.close(), 35_000); // The server says something every 15 seconds.
      const message = JSON.parse(data) as ServerMessage;
      // Again with the same id, so that each counts once.
      if (message.type === 'welcome') [...waiting.keys()].forEach(send);
      if (message.type === 'snapshot' || message.type === 'mine') message.questions.forEach(reads);
      if (message.type === 'update') message.changes.forEach((change) => 'question' in change && reads(change.question));
      if (message.type === 'done' || message.type === 'refused') replied(message);
      if (message.type === 'goodbye') pause = message.retry_after_ms ?? stop(message.reason);
      if ('cursor' in message) [cursor, attempt] = [message.cursor, 0];
    };
  });
}

if (deed === 'ask') ours = give({ type: 'ask', text: words.join(' ') });
for (;;) {
  const pause = await listen().catch(() => null);
  // A whole hall comes back, but not in one second.
  await sleep(pause ?? Math.random() * Math.min(30_000, 500 * 2 ** attempt++));
}
