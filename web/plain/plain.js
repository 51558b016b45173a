// One plain script for the roles without a page of their own yet: enough to follow an evening by eye and to press the main
// buttons. Everything that people wrote goes into the page as text, never as markup.
'use strict';

const { slug, as } = document.body.dataset;
const main = document.querySelector('main');
const board = { session: null, onAir: { id: null, rev: 0 }, queue: [], questions: new Map() };
const outbox = new Map(); // Commands without a reply: sent again after a reconnect, with the same id.
let [socket, cursor, attempt, present, screens, status] = [null, null, 0, 0, [], '…'];

// Elements. A child is a text or an element.
function make(tag, fields = {}, ...children) {
  const element = Object.assign(document.createElement(tag), fields);
  element.append(...children);
  return element;
}
const button = (label, press) => make('button', { type: 'button', onclick: press }, label);
const field = (name, label, extra = {}) => make('label', {}, `${label} `, make('input', { name, ...extra }), ' ');
function form(label, fields, send) {
  const element = make('form', {}, ...fields, make('button', {}, label));
  element.onsubmit = (event) => {
    event.preventDefault();
    send(Object.fromEntries(new FormData(element)), element);
  };
  return element;
}

// A ULID: ten characters of time, sixteen of chance.
function ulid() {
  const letters = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
  let time = Date.now();
  let id = '';
  for (; id.length < 10; time = Math.floor(time / 32)) id = letters[time % 32] + id;
  return id + Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => letters[byte % 32]).join('');
}

async function api(method, path, body) {
  const answer = await fetch(`/api/v1${path}`, { method, body: body && JSON.stringify(body) });
  const json = JSON.parse((await answer.text()) || '{}');
  if (!answer.ok) say(`${json.title} ${json.detail}`);
  return answer.ok ? json : null;
}

function say(text) {
  status = text;
  document.querySelector('[role=status]')?.replaceChildren(text);
}

function send(type, fields = {}) {
  const command = { type, id: ulid(), ...fields };
  // "Take it off the air" is about this moment: sent late, it would take something else off.
  if (type !== 'off_air') outbox.set(command.id, command);
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(command));
}

function change({ question, gone, on_air: onAir, queue, session }) {
  if (question) board.questions.set(question.id, question);
  if (gone) board.questions.delete(gone);
  if (onAir) board.onAir = onAir;
  if (queue) board.queue = queue;
  if (session) board.session = session;
}

// One message into the board. Pure bookkeeping; applying one twice is harmless.
function take(message) {
  switch (message.type) {
    case 'welcome':
      board.session = message.session;
      say(`collegato: ${message.role ?? as}`);
      for (const command of outbox.values()) socket.send(JSON.stringify(command));
      break;
    case 'snapshot':
      ({ session: board.session, on_air: board.onAir, queue: board.queue } = message);
      board.questions = new Map(message.questions.map((question) => [question.id, question]));
      break;
    case 'update':
      message.changes.forEach(change);
      break;
    case 'hush':
      if (board.onAir.id === message.id) board.onAir = { ...board.onAir, id: null };
      break;
    case 'tally':
      present = message.present;
      for (const question of board.questions.values()) question.votes = message.votes[question.id] ?? question.votes;
      break;
    case 'done':
    case 'refused':
      outbox.delete(message.id);
      if (message.receipt) say(`inviata; ricevuta ${message.receipt}`);
      if (message.title) say(`${message.title} ${message.detail}`);
      break;
    case 'screens':
      ({ screens } = message);
      break;
    case 'goodbye':
      say(message.reason);
      break;
    default: // A newer server says more than this page knows.
  }
  if (message.cursor) cursor = message.cursor;
  draw();
}

// Only an overlay has a key, behind the # of its address.
const key = as === 'overlay' ? location.hash.slice(1) : '';

async function connect() {
  const address = new URL(`/ws/v1/sessions/${slug}`, location.href.replace(/^http/, 'ws'));
  address.hash = '';
  address.searchParams.set('as', as === 'producer' ? 'stage' : as);
  if (cursor) address.searchParams.set('after', cursor);
  socket = new WebSocket(address, key ? ['filodiretto.v1', `bearer.${key}`] : ['filodiretto.v1']);
  let last = Date.now(); // Something comes every 15 s, to the screens every 3 s.
  const patience = as === 'desk' ? 35_000 : 8_000;
  const watch = setInterval(() => Date.now() - last > patience && socket.close(), 1000);
  socket.onmessage = (event) => {
    last = Date.now();
    attempt = 0;
    take(JSON.parse(event.data));
  };
  socket.onclose = (event) => {
    clearInterval(watch);
    if (event.code >= 4500) return; // Stay away.
    say('collegamento interrotto…');
    // Full jitter: after a restart a whole hall reconnects, and must not do it in one second.
    setTimeout(connect, Math.random() * Math.min(30_000, 500 * 2 ** attempt));
    attempt += 1;
  };
}

// What may be done with a question, by role and state.
function actions(question) {
  const { id, rev, state } = question;
  const on = (label, type, fields = {}) => button(label, () => send(type, { question: id, rev, ...fields }));
  const air = () => on('in onda', 'on_air', { stage: board.onAir.rev });
  const reply = (text) => text && send('answer', { question: id, rev, text });
  const answer = () => button('rispondi', () => reply(prompt('Risposta')));
  if (as === 'stage') return state === 'on_air' ? [on('risposto', 'answered'), answer()] : [air()];
  if (as !== 'desk') return [];
  const dismiss = on('non pubblicare', 'dismiss', { reason: 'off_topic' });
  return {
    pending: [on('approva', 'approve'), dismiss],
    approved: [on('in scaletta', 'queue'), air(), dismiss, answer()],
    queued: [air(), on('fuori scaletta', 'unqueue'), answer()],
    on_air: [on('risposto', 'answered'), on('più tardi', 'later')],
    dismissed: [on('riprendi', 'restore')],
    answered: [answer()],
  }[state] ?? [];
}

function item(question) {
  const notes = [question.number && `n. ${question.number}`, question.name, question.state, question.votes !== null && `${question.votes} voti`];
  const text = make('bdi', { dir: 'auto' }, question.text ?? '(rimossa)');
  const line = make('li', { id: question.id }, text, ` (${notes.filter(Boolean).join(', ')}) `, ...actions(question));
  if (question.answer) line.append(make('p', {}, 'Risposta: ', make('bdi', { dir: 'auto' }, question.answer.text)));
  if (question.reason) line.append(` [${question.reason.code} ${question.reason.note ?? ''}]`);
  return line;
}

const list = (title, questions) => [make('h2', {}, title), make('ul', {}, ...questions.map(item))];

const offAir = () => button('togli dalla diretta', () => send('off_air'));
const controls = {
  desk: () => [...['open', 'close', 'end', 'reopen'].map((type) => button(type, () => send(type))), offAir()],
  stage: () => [button('prossima', () => board.queue[0] && send('next', { question: board.queue[0] })), offAir()],
  producer: () => [
    offAir(),
    button('mostra la grafica', () => send('overlay', { show: true })),
    button('nascondi la grafica', () => send('overlay', { show: false })),
    button('indirizzo della grafica', async () => say((await api('GET', `/sessions/${slug}/overlay`))?.link ?? '')),
  ],
};

let [drawn, shown] = [null, undefined];
function draw() {
  drawn ??= requestAnimationFrame(() => {
    drawn = null;
    const onAir = board.questions.get(board.onAir.id) ?? null;
    report(onAir?.id ?? null);
    const air = document.getElementById('air');
    air.replaceChildren(...(onAir ? [make('bdi', { dir: 'auto' }, onAir.text ?? '')] : []));
    if (as === 'overlay') return;
    const all = [...board.questions.values()];
    const queued = board.queue.map((id) => board.questions.get(id)).filter(Boolean);
    const rest = all.filter((question) => !['queued', 'on_air', 'pending'].includes(question.state));
    rest.sort((a, b) => (b.votes ?? 0) - (a.votes ?? 0) || (b.number ?? 0) - (a.number ?? 0));
    const state = board.session ? `${board.session.state}, ${present} presenti` : '';
    document.getElementById('state').textContent = state + screens.map((screen) => `; ${screen.kind}: ${screen.on_air ?? 'vuoto'}`).join('');
    document.getElementById('lists').replaceChildren(
      ...(onAir ? list('In onda', [onAir]) : []),
      ...list('In scaletta', queued),
      ...(as === 'desk' ? list('Da leggere', all.filter((question) => question.state === 'pending')) : []),
      ...list('Domande', rest),
    );
  });
}

// Stage and overlay say what they show: whenever it changes, and every ten seconds.
function report(onAir) {
  if (!['stage', 'overlay'].includes(as) || shown === onAir) return;
  shown = onAir;
  tell();
}
function tell() {
  if (shown !== undefined && socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ type: 'shown', on_air: shown }));
}

async function admin() {
  const { sessions } = (await api('GET', '/sessions')) ?? { sessions: [] };
  const made = (slug, role, name) => name && api('POST', `/sessions/${slug}/invitations`, { role, name });
  const invite = (slug) => (role) => button(`invito: ${role}`, async () => say((await made(slug, role, prompt('Per chi?')))?.link ?? status));
  const roles = ['moderator', 'official', 'producer', 'admin'];
  const row = ({ slug, title, state }) => make('li', {}, make('a', { href: `/desk/${slug}` }, title), ` (${state}) `, ...roles.map(invite(slug)));
  const city = ['name', 'contact', 'privacy_url', 'accessibility_url', 'legal_url'];
  main.replaceChildren(
    make('p', { role: 'status' }, status),
    make('ul', {}, ...sessions.map(row)),
    form('crea', [field('slug', 'indirizzo', { required: true }), field('title', 'titolo', { required: true }), field('rehearsal', 'prova', { type: 'checkbox' })], async (values) => {
      await api('POST', '/sessions', { ...values, language: 'it', rehearsal: 'rehearsal' in values });
      admin();
    }),
    form('salva', city.map((name) => field(name, name)), (values) => api('PATCH', '/house', { city: Object.fromEntries(Object.entries(values).filter(([, text]) => text)) })),
  );
}

if (as === 'admin') admin();
else if (slug) {
  main.append(make('p', { id: 'air' }));
  if (as !== 'overlay') main.append(make('p', { role: 'status' }, status), make('p', { id: 'state' }), make('p', {}, ...(controls[as]?.() ?? [])));
  main.append(make('div', { id: 'lists' }));
  setInterval(tell, 10_000);
  connect();
}
