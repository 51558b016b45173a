// The desk: what moderators see and press, by keyboard first, under pressure.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { House, until } from './house.mjs';
import { Network } from './network.mjs';
import { goHome, LAPTOP, Phone } from './phone.mjs';
import { wire } from './wire.mjs';

const DOCK = { width: 320, height: 700 };

const LIBRARY = 'Quando riapre la biblioteca di via Zara, che è chiusa da marzo?';
const BUS = 'Perché l’autobus 12 non passa più la domenica mattina?';
const RUDE = 'Perché siete tutti così lenti a rispondere?';
const REGION = 'Quando aprono i nuovi ambulatori dell’ospedale?';
const TYPO = 'quando sistemte il marciapiede di via Roma???';
const ARABIC = 'متى ستفتح المكتبة من جديد؟';
const LONG = `${'Da tre anni abito in via Garibaldi e il marciapiede davanti alla farmacia è rotto. '.repeat(5)}`.slice(0, 399).trim() + '?';

let house;

before(async () => {
  // One machine is a whole city here.
  house = await House.start({ flags: ['--limit-messages-per-staff', 'off', '--limit-requests-per-staff', 'off'] });
  await house.city();
});

after(async () => {
  await goHome();
  await house.end();
});

async function evening(slug, ...texts) {
  const desk = await house.session(slug, {
    labels: ['Mobilità', 'Scuola'],
    policy: { slow_s: null, questions: null, open_questions: null },
  });
  await desk.open();
  for (const text of texts) await house.asks(slug, text, { name: 'Anna Bianchi' });
  return desk;
}

/** A moderator who came in by their invitation. */
async function moderator(t, slug, { url = house.url, role = 'moderator', ...about } = {}) {
  const { link, id, token } = await house.invite(slug, role, 'Marta Riva');
  const marta = await Phone.of({ size: LAPTOP, ...about });
  t.after(() => marta.leaves());
  await marta.goes(url + new URL(link, house.url).pathname);
  await marta.page.getByRole('main').getByRole('button').click();
  await marta.page.waitForURL(/\/(desk|admin)/);
  await marta.goes(`${url}/desk/${slug}`);
  await marta.page.locator('.desk-head h1').waitFor();
  Object.assign(marta, { invitation: id, token });
  return marta;
}

const focus = (marta) => marta.page.locator('.desk-focus .desk-text.large');
const reads = (marta, text) => focus(marta).getByText(text, { exact: true }).waitFor();
const press = (marta, ...keys) => keys.reduce((before, key) => before.then(() => marta.page.keyboard.press(key)), Promise.resolve());
const state = (desk, text) => async () => (await desk.questions()).find((question) => question.text === text)?.state;
const becomes = (desk, text, wanted) => until(`"${text}" is ${wanted}`, async () => (await state(desk, text)()) === wanted);
const card = (marta, where, text) => marta.page.locator(`.desk-${where} [data-question]`).filter({ hasText: text });
const notice = (marta, text) => marta.page.getByRole('alert').filter({ hasText: text }).first().waitFor();

for (const [name, size, language] of [['laptop', LAPTOP, 'it-IT'], ['dock', DOCK, 'en-GB']]) {
  test(`every state of the desk is sound, on a ${name}`, async (t) => {
    const slug = `stati-${name}`;
    const desk = await evening(slug);
    const marta = await moderator(t, slug, { size, language, role: 'admin' });
    await marta.page.locator('.desk-empty').first().waitFor();
    await marta.isSound(`desk-${name}-empty`);
    for (const text of [LIBRARY, BUS, RUDE, ARABIC, LONG, TYPO]) await house.asks(slug, text, { name: 'Anna Bianchi', labels: ['Scuola'] });
    for (const text of ['E il mercato del sabato?', 'E la fibra?', 'E il teatro comunale?']) await desk.enters(text, { name: 'Sala' });
    await reads(marta, LIBRARY);
    await marta.page.locator('.desk-line').getByText(/^5 /).waitFor();
    await marta.isSound(`desk-${name}-waiting`);
    await marta.focusIsSeen(`desk-${name}-waiting`);
    await press(marta, 'd');
    await marta.page.locator('.desk-dismiss').waitFor();
    await marta.isSound(`desk-${name}-reasons`);
    await press(marta, '4');
    await marta.page.locator('.desk-dismiss input').waitFor();
    await marta.isSound(`desk-${name}-whom`);
    await press(marta, 'Escape', 'Escape', 'e');
    await marta.page.locator('.desk-write textarea').waitFor();
    await marta.isSound(`desk-${name}-edit`);
    await press(marta, 'Escape', 's');
    await becomes(desk, LIBRARY, 'queued');
    await desk.does({ type: 'queue', ...(await ref(desk, 'E la fibra?')) });
    await desk.onAir('E il teatro comunale?');
    await marta.page.locator('.desk-now').waitFor();
    await marta.isSound(`desk-${name}-on-air`);
    await card(marta, 'approved', 'E il mercato').getByRole('button', { name: /Rispondi|Answer/ }).click();
    await marta.page.locator('.desk-write textarea').first().waitFor();
    await marta.isSound(`desk-${name}-answer`);
    await press(marta, 'Escape');
    await card(marta, 'approved', 'E il mercato').getByRole('button', { name: /Rimuovi|Remove/ }).click();
    await marta.isSound(`desk-${name}-remove`);
    await press(marta, 'Escape');
    for (const [key, dialogue] of [['n', 'enter'], ['/', 'search'], ['?', 'keys']]) {
      await press(marta, key);
      await marta.page.getByRole('dialog').waitFor();
      if (key === '/') await marta.page.keyboard.type('E');
      await marta.isSound(`desk-${name}-${dialogue}`);
      await press(marta, 'Escape');
      await marta.page.getByRole('dialog').waitFor({ state: 'detached' });
    }
    await marta.page.getByRole('button', { name: /Seduta|Session/ }).click();
    await marta.isSound(`desk-${name}-session`);
    await press(marta, 'Escape');
  });
}

const ref = async (desk, text) => {
  const { id, rev } = await desk.reads(text);
  return { question: id, rev };
};

test('an evening by keyboard alone', async (t) => {
  const desk = await evening('tastiera', LIBRARY, BUS, RUDE, REGION, TYPO);
  const marta = await moderator(t, 'tastiera');
  const anna = await house.person();
  const own = await house.asks('tastiera', 'Quando tagliate l’erba al parco?', { token: anna });
  await reads(marta, LIBRARY);
  await press(marta, 'a');
  await reads(marta, BUS);
  await press(marta, 's');
  await reads(marta, RUDE);
  // The sentence that the asker will read stands beside the key that sends it.
  await press(marta, 'd');
  const reasons = marta.page.locator('.desk-dismiss li');
  assert.equal(await reasons.count(), 9);
  assert.match(await reasons.nth(4).innerText(), /^5\s*Attacco personale\s*Non pubblicata: attacca una persona\./);
  await press(marta, '5');
  await reads(marta, REGION);
  await becomes(desk, RUDE, 'dismissed');
  await press(marta, 'd', '4');
  await marta.page.getByLabel('A chi rivolgersi').fill('Azienda sanitaria, tel. 800 000 000');
  await press(marta, 'Enter');
  await reads(marta, TYPO);
  await becomes(desk, REGION, 'dismissed');
  const regional = (await desk.questions()).find(({ text }) => text === REGION);
  assert.deepEqual(regional.reason, { code: 'not_our_office', of: null, note: 'Azienda sanitaria, tel. 800 000 000' });
  // A slip: the last dismissal is taken back, once the page has been told of it, too.
  await until('it is taken back', async () => {
    await press(marta, 'z');
    return (await state(desk, REGION)()) === 'pending';
  });

  await press(marta, 'e');
  const text = marta.page.getByLabel('Testo da pubblicare');
  assert.equal(await text.inputValue(), TYPO);
  await marta.page.locator('.desk-beside').getByText(TYPO).waitFor();
  await text.fill('Quando sistemate il marciapiede di via Roma?');
  await press(marta, 'Control+Enter');
  await reads(marta, 'Quando sistemate il marciapiede di via Roma?');
  await marta.page.locator('.desk-original').getByText(TYPO).waitFor();
  await press(marta, 'a');
  await becomes(desk, 'Quando sistemate il marciapiede di via Roma?', 'approved');

  // A question from the hall, in one field.
  await press(marta, 'n');
  await marta.page.keyboard.type('Chi paga la festa patronale?');
  await press(marta, 'Control+Enter');
  await becomes(desk, 'Chi paga la festa patronale?', 'approved');
  await marta.page.getByRole('dialog').waitFor({ state: 'detached' });

  // A number finds its question; the keys of the desk work on the card that has the focus.
  const { number } = (await desk.questions()).find((question) => question.text === LIBRARY);
  await press(marta, '/');
  await marta.page.keyboard.type(`${number}`);
  await marta.page.getByRole('dialog').getByText(LIBRARY).waitFor();
  await marta.page.getByRole('dialog').getByRole('button', { name: /In scaletta/ }).focus();
  await press(marta, 'Enter', 'Escape');
  await becomes(desk, LIBRARY, 'queued');

  // The running order by keys: the library comes first.
  await card(marta, 'running', LIBRARY).focus();
  await press(marta, 'Alt+ArrowUp');
  const order = () => marta.page.locator('.desk-running .desk-text').allInnerTexts();
  await until('the library is first', async () => (await order())[0] === LIBRARY);
  assert.equal(await card(marta, 'running', LIBRARY).evaluate((item) => item.contains(document.activeElement)), true, 'the focus moves with it');
  await press(marta, 'o');
  await becomes(desk, LIBRARY, 'on_air');
  await marta.page.locator('.desk-now').getByText(LIBRARY).waitFor();

  // Off air, while somebody is typing.
  await press(marta, 'n');
  await marta.page.keyboard.type('E poi');
  await press(marta, 'F8');
  await becomes(desk, LIBRARY, 'approved');
  assert.equal(await marta.page.getByLabel('La domanda').inputValue(), 'E poi', 'what is typed is still there');
  await press(marta, 'Escape');
  await marta.page.getByRole('heading', { name: 'Niente in onda' }).waitFor();
  assert.match(await card(marta, 'approved', LIBRARY).innerText(), /tolta dalla diretta (alle |all’)\d\d:\d\d/);

  // An answer in writing.
  await card(marta, 'approved', 'festa patronale').focus();
  await press(marta, 'r');
  await marta.page.getByLabel('Risposta scritta').fill('La pagano gli sponsor.');
  await marta.page.getByLabel('Link, uno per riga').fill('https://comune.example.it/festa');
  await press(marta, 'Control+Enter');
  await becomes(desk, 'Chi paga la festa patronale?', 'answered');
  await marta.page.getByLabel('Risposta scritta').waitFor({ state: 'detached' });
  const answered = (await desk.questions()).find((question) => question.text === 'Chi paga la festa patronale?');
  assert.deepEqual([answered.answer.text, answered.answer.links], ['La pagano gli sponsor.', ['https://comune.example.it/festa']]);

  // Single letters off: nothing happens by accident, and every button still works.
  await press(marta, '?', 'Tab', 'Space', 'Escape');
  const before = await focus(marta).innerText();
  await press(marta, 'a', 'd');
  assert.equal(await marta.page.locator('.desk-dismiss').count(), 0);
  assert.equal(await focus(marta).innerText(), before);
  await marta.page.locator('.desk-focus').getByRole('button', { name: 'Approva', exact: true }).click();
  await becomes(desk, before, 'approved');
  // Changed keys are kept.
  await marta.page.getByRole('button', { name: 'Tasti' }).click();
  await marta.page.getByLabel('Tasti singoli attivi').check();
  const key = marta.page.getByLabel('Approva', { exact: true });
  await key.fill('d');
  await key.blur();
  await notice(marta, 'che non serva già ad altro');
  await key.fill('y');
  await key.blur();
  await press(marta, 'Escape');
  await marta.page.reload();
  await focus(marta).waitFor();
  const last = await focus(marta).innerText();
  await press(marta, 'a');
  assert.equal(await focus(marta).innerText(), last);
  await press(marta, 'y');
  await becomes(desk, last, 'approved');
  assert.ok(own);
  assert.deepEqual(marta.errors, []);
});

test('what is being read never changes under a key', async (t) => {
  const desk = await evening('sotto');
  const anna = await house.person();
  const first = await house.asks('sotto', LIBRARY, { token: anna });
  await house.asks('sotto', BUS);
  await house.asks('sotto', RUDE);
  const marta = await moderator(t, 'sotto');
  await reads(marta, LIBRARY);

  // New ones gather below the line.
  await house.asks('sotto', REGION);
  await marta.page.locator('.desk-line').getByText('1 nuova').waitFor();
  assert.equal(await marta.page.locator('.desk-upcoming li').count(), 2);

  // Its asker changes it: what was read stays, the change is said, and the key does nothing.
  const edited = 'Quando riapre la biblioteca di via Zara, sporchi ladri?';
  await house.api('POST', '/sessions/sotto/commands?as=citizen', { type: 'edit', id: await newUlid(), question: first, text: edited }, anna);
  await marta.sees('Nel frattempo il testo è cambiato.');
  await reads(marta, LIBRARY);
  await press(marta, 'a', 'd');
  await notice(marta, 'il testo è cambiato');
  assert.equal(await state(desk, edited)(), 'pending');
  await marta.presses('Leggi il testo nuovo');
  await reads(marta, edited);

  // Another moderator decides it.
  await desk.dismiss(edited, 'personal_attack');
  await marta.sees('Nel frattempo è stata decisa altrove.');
  await reads(marta, edited);
  await press(marta, 'a');
  await reads(marta, edited);
  await press(marta, 'j');
  await reads(marta, BUS);
  assert.equal((await desk.questions()).find(({ id }) => id === first).state, 'dismissed');

  // A key that is held down decides once.
  await marta.page.evaluate(() => {
    for (let n = 0; n < 20; n += 1) dispatchEvent(new KeyboardEvent('keydown', { key: 'a', repeat: n > 0, bubbles: true }));
  });
  await reads(marta, RUDE);
  await becomes(desk, BUS, 'approved');
  assert.equal(await state(desk, RUDE)(), 'pending');
});

const newUlid = async () => (await import('./house.mjs')).newId();

test('what staff typed survives a stale question, a reload and a lost network', async (t) => {
  const desk = await evening('bozze', TYPO, BUS);
  const network = await Network.to(house);
  t.after(() => network.end());
  const marta = await moderator(t, 'bozze', { url: network.url });
  await reads(marta, TYPO);
  await press(marta, 'e');
  const text = marta.page.getByLabel('Testo da pubblicare');
  await text.fill('Quando sistemate il marciapiede?');
  await marta.page.reload();
  await text.waitFor();
  assert.equal(await text.inputValue(), 'Quando sistemate il marciapiede?');

  // Somebody else was quicker: the typed text stays, beside the question as it is now.
  await desk.revise(TYPO, 'Quando sistemate via Roma?');
  await marta.sees('Nel frattempo il testo è cambiato.');
  await text.focus();
  await press(marta, 'Control+Enter');
  // The reply has come: until then a second press would rest on the same old version.
  await marta.page.locator('.desk-beside').getByText('Com’è stata scritta').waitFor();
  await marta.page.locator('.desk-beside').getByText(TYPO).waitFor();
  assert.equal(await text.inputValue(), 'Quando sistemate il marciapiede?');
  await press(marta, 'Control+Enter');
  await becomes(desk, 'Quando sistemate il marciapiede?', 'pending');
  await text.waitFor({ state: 'detached' });

  // Without a network nothing that is pressed counts, and nothing is sent later.
  await press(marta, 'n');
  await marta.page.getByLabel('La domanda').fill('Una domanda dalla sala?');
  network.gone();
  await notice(marta, 'Connessione persa');
  await press(marta, 'Control+Enter');
  await press(marta, 'Escape');
  const before = await focus(marta).innerText();
  await press(marta, 'a');
  assert.equal(await focus(marta).innerText(), before);
  await press(marta, 'F8');
  network.good();
  await marta.page.getByRole('alert').filter({ hasText: 'Connessione persa' }).waitFor({ state: 'detached' });
  await new Promise((go) => setTimeout(go, 1_500));
  assert.equal((await desk.questions()).some((question) => question.text === 'Una domanda dalla sala?'), false);
  assert.equal(await state(desk, before)(), 'pending');
  await press(marta, 'n');
  assert.equal(await marta.page.getByLabel('La domanda').inputValue(), 'Una domanda dalla sala?');
  await press(marta, 'Control+Enter');
  await becomes(desk, 'Una domanda dalla sala?', 'approved');

  // The right ends: the desk says so, and shows nothing more.
  await house.api('DELETE', `/sessions/bozze/invitations/${marta.invitation}`);
  await marta.sees('Questo banco non è più collegato.');
  assert.equal(await marta.page.getByText(BUS).count(), 0);
});

test('off air from a stale desk, and a screen that does not obey turns red', async (t) => {
  const desk = await evening('schermi', LIBRARY, BUS);
  const marta = await moderator(t, 'schermi');
  const { key } = await house.api('GET', '/sessions/schermi/overlay');
  const overlay = await wire(t, house, 'schermi', 'overlay', key);
  const liar = await wire(t, house, 'schermi', 'overlay');
  await desk.approve(LIBRARY);
  await desk.onAir(LIBRARY);
  const { id } = await desk.reads(LIBRARY);
  const screens = marta.page.locator('.desk-screens');
  // One without a key may say what it likes.
  await liar.says({ type: 'shown', on_air: id });
  await overlay.says({ type: 'shown', on_air: null });
  await screens.locator('.wrong').getByText('Grafica: non mostra la domanda').waitFor();
  assert.equal(await screens.locator('.right').count(), 0);
  await overlay.says({ type: 'shown', on_air: id });
  await screens.locator('.right').getByText('Grafica: mostra la domanda').waitFor();
  await press(marta, 'F8');
  await screens.locator('.wrong').getByText('Grafica: mostra ancora una domanda').waitFor();
  await marta.isSound('desk-disobeyed');
  await overlay.says({ type: 'shown', on_air: null });
  await screens.locator('.right').getByText('Grafica: vuoto').waitFor();

  // The producer hides the overlay: clear is right then.
  await desk.onAir(LIBRARY);
  await desk.does({ type: 'overlay', show: false });
  await screens.locator('.right').getByText('Grafica: nascosta dalla regia').waitFor();
  // Somebody moved the stage a moment ago; off air is never too late.
  await Promise.all([desk.approve(BUS), press(marta, 'F8')]);
  await becomes(desk, LIBRARY, 'approved');
});

test('a hundred that wait are cleared while twenty a second arrive', async (t) => {
  const waiting = Array.from({ length: 100 }, (_, n) => `${n + 1}. Quando sistemate la strada numero ${n + 1}?`);
  const desk = await evening('piena');
  const crowd = await Promise.all(Array.from({ length: 20 }, () => house.person()));
  for (const [n, text] of waiting.entries()) await house.asks('piena', text, { token: crowd[n % 20] });
  const marta = await moderator(t, 'piena');
  await reads(marta, waiting[0]);
  await marta.page.evaluate(() => {
    window.turns = [];
    let pressed = 0;
    addEventListener('keydown', () => (pressed = performance.now()), true);
    const text = () => document.querySelector('.desk-focus .desk-text.large')?.textContent;
    let last = text();
    new MutationObserver(() => {
      if (text() === last || pressed === 0) return;
      last = text();
      // When it is drawn, and not when it is known.
      const from = pressed;
      requestAnimationFrame(() => setTimeout(() => window.turns.push(performance.now() - from)));
    }).observe(document.body, { childList: true, characterData: true, subtree: true });
  });

  let arrived = 0;
  let over = false;
  const arriving = (async () => {
    while (!over) {
      const second = Date.now() + 1_000;
      await Promise.all(crowd.map((token) => house.asks('piena', `Arrivata ${(arrived += 1)}: e questa?`, { token })));
      await new Promise((go) => setTimeout(go, Math.max(0, second - Date.now())));
    }
  })();
  const read = [];
  let keys = 0;
  try {
    for (let n = 0; n < waiting.length; n += 1) {
      read.push((await focus(marta).innerText()).trim());
      const dismisses = n % 3 === 2;
      await press(marta, ...(dismisses ? ['d', '1'] : ['a']));
      keys += dismisses ? 2 : 1;
      const next = waiting[n + 1] ?? /^Arrivata /;
      await focus(marta).getByText(next).waitFor();
    }
  } finally {
    over = true;
    await arriving;
  }
  assert.deepEqual(read, waiting, 'each was read, who had waited longest first');
  const decided = (text) => async () => !['pending'].includes(await state(desk, text)());
  for (const text of waiting.slice(-3)) await until(`"${text}" is decided`, decided(text));
  const all = (await desk.questions()).filter(({ text }) => waiting.includes(text));
  assert.deepEqual([all.filter((q) => q.state === 'approved').length, all.filter((q) => q.state === 'dismissed').length], [67, 33]);
  const turns = (await marta.page.evaluate(() => window.turns)).sort((a, b) => a - b);
  const at = (share) => Math.round(turns[Math.min(turns.length - 1, Math.floor(turns.length * share))]);
  t.diagnostic(`${keys} keys for 100 questions while ${arrived} arrived; from the key to the next question drawn: p50 ${at(0.5)}, p99 ${at(0.99)}, max ${at(1)} ms`);
  assert.ok(turns.length >= 100, `${turns.length} turns`);
  // An order of magnitude: what takes a second is not at once.
  assert.ok(at(0.5) < 1_000, `${at(0.5)} ms`);
  assert.deepEqual(marta.errors, []);
});

const FOUR = ['Quando apre il teatro?', 'Quando apre la piscina?', 'Quando apre il museo?', 'Quando apre il mercato?'];
const inList = (marta, where) => marta.page.locator(`.desk-${where} .desk-list > :not(.ghost) .desk-text`).allInnerTexts();
const hasFocus = (marta) => marta.page.evaluate(() => document.activeElement?.closest('[data-question]')?.querySelector('.desk-text')?.textContent ?? document.activeElement?.textContent?.trim() ?? '');

test('a key never meets a question beside the one that was meant', async (t) => {
  const desk = await evening('fuoco', LIBRARY, BUS);
  for (const text of FOUR) await desk.enters(text);
  const marta = await moderator(t, 'fuoco');
  await reads(marta, LIBRARY);
  await until('four are approved', async () => (await inList(marta, 'approved')).length === 4);
  await marta.presses('nuove');
  const [last, third, second, first] = FOUR;
  await card(marta, 'approved', first).focus();

  // One's own deed: the next card of the list has the focus.
  await press(marta, 's');
  await card(marta, 'running', first).waitFor();
  await until('the next card has the focus', async () => (await hasFocus(marta)) === second);

  // Somebody else's: no card has it, and the next key does nothing.
  await desk.does({ type: 'queue', ...(await ref(desk, second)) });
  await card(marta, 'running', second).waitFor();
  await until('the list itself has the focus', async () => /^Approvate/.test(await hasFocus(marta)));
  await press(marta, 's', 'a');
  await notice(marta, 'Scegline una');
  assert.deepEqual(await Promise.all([LIBRARY, third, last].map((text) => state(desk, text)())), ['pending', 'approved', 'approved']);

  // Back to what is being read, by one key; and what moves in the running order keeps the focus.
  await press(marta, 'j');
  await until('the question that is being read has the focus', async () => (await hasFocus(marta)) === BUS);
  for (const text of [third, last]) await desk.does({ type: 'queue', ...(await ref(desk, text)) });
  await card(marta, 'running', last).waitFor();
  const order = () => marta.page.locator('.desk-running .desk-text').allInnerTexts();
  await card(marta, 'running', first).focus();
  await press(marta, 'Alt+ArrowDown');
  await until('it is second', async () => (await order())[1] === first);
  assert.equal(await hasFocus(marta), first);
  await press(marta, 'Alt+ArrowDown', 'Alt+ArrowDown');
  await until('it is third at least', async () => (await order()).indexOf(first) >= 2);
  assert.equal(await hasFocus(marta), first);
  await card(marta, 'running', second).getByRole('button', { name: /^Sposta su/ }).focus();
  await press(marta, 'Enter', 'a');
  assert.equal(await hasFocus(marta), second, 'a button that can do no more keeps the focus');
  assert.equal(await state(desk, BUS)(), 'pending');

  // A digit is for the question in sight: not for one under a dialogue, nor with a key of the browser's.
  await press(marta, 'j', 'd', '/');
  await marta.page.getByRole('dialog').waitFor();
  await marta.page.keyboard.type('teatro');
  await marta.page.getByRole('dialog').getByRole('button', { name: /Modifica/ }).focus();
  await press(marta, '5', 'Control+5');
  await marta.page.getByRole('dialog').getByRole('button', { name: /Respingi/ }).press('Enter');
  await marta.page.getByRole('dialog').locator('.desk-dismiss').waitFor();
  await press(marta, 'Escape');
  await marta.page.getByRole('dialog').locator('.desk-dismiss').waitFor({ state: 'detached' });
  await marta.page.getByRole('dialog').waitFor();
  await press(marta, 'Escape');
  await marta.page.getByRole('dialog').waitFor({ state: 'detached' });
  await press(marta, 'Control+5', 'Alt+5');
  assert.deepEqual(await Promise.all([LIBRARY, BUS].map((text) => state(desk, text)())), ['pending', 'pending']);
  assert.deepEqual(marta.errors, []);
});

test('nothing moves under a hand, and a double click decides once', async (t) => {
  const desk = await evening('mano', LIBRARY);
  for (const text of FOUR) await desk.enters(text);
  const marta = await moderator(t, 'mano');
  await until('four are approved', async () => (await inList(marta, 'approved')).length === 4);
  const before = await inList(marta, 'approved');
  await card(marta, 'approved', before[0]).hover();
  const voter = await house.person();
  const { id } = await desk.reads(before[2]);
  await house.api('POST', '/sessions/mano/commands?as=citizen', { type: 'vote', id: await newUlid(), question: id, on: true }, voter);
  await card(marta, 'approved', before[2]).getByText('1 voto').waitFor();
  assert.deepEqual(await inList(marta, 'approved'), before, 'under the pointer votes move nothing');
  await marta.sees('ferme mentre scegli');

  // The second half of a double click falls on what was below, or on nothing.
  await card(marta, 'approved', before[0]).getByRole('button', { name: /In onda/ }).dblclick();
  await becomes(desk, before[0], 'on_air');
  await marta.page.locator('.desk-now').getByText(before[0]).waitFor();
  assert.equal(await marta.page.locator('.desk-approved .ghost').count(), 1, 'its place is kept');
  await marta.isSound('desk-ghost');
  await marta.page.mouse.move(5, 5);
  const sorted = [before[2], before[1], before[3]];
  await until('the list goes its way', async () => (await inList(marta, 'approved')).join() === sorted.join());
  assert.equal(await marta.page.locator('.ghost').count(), 0);
  await marta.page.locator('.desk-now').getByRole('button', { name: 'Ha avuto risposta' }).dblclick();
  await becomes(desk, before[0], 'answered');
  assert.deepEqual(await Promise.all(sorted.map((text) => state(desk, text)())), ['approved', 'approved', 'approved']);
  assert.deepEqual(marta.errors, []);
});

test('the running order is dragged', async (t) => {
  const desk = await evening('trascina');
  for (const text of FOUR) {
    await desk.enters(text);
    await desk.does({ type: 'queue', ...(await ref(desk, text)) });
  }
  const marta = await moderator(t, 'trascina');
  const order = () => inList(marta, 'running');
  const is = (...places) => until(`the order is ${places}`, async () => (await order()).join() === places.map((place) => FOUR[place]).join());
  await is(0, 1, 2, 3);
  const top = { targetPosition: { x: 20, y: 4 } };
  await card(marta, 'running', FOUR[3]).dragTo(card(marta, 'running', FOUR[0]), top);
  await is(3, 0, 1, 2);
  // Below the last one; and what is dropped where it was stays there.
  const { height } = await card(marta, 'running', FOUR[2]).boundingBox();
  await card(marta, 'running', FOUR[3]).dragTo(card(marta, 'running', FOUR[2]), { targetPosition: { x: 20, y: height - 4 } });
  await is(0, 1, 2, 3);
  // Between two of them, where there is none.
  const [from, gap] = await Promise.all([card(marta, 'running', FOUR[0]).boundingBox(), card(marta, 'running', FOUR[2]).boundingBox()]);
  await marta.page.mouse.move(from.x + 20, from.y + 10);
  await marta.page.mouse.down();
  await marta.page.mouse.move(gap.x + 20, gap.y + gap.height - 3, { steps: 5 });
  await marta.page.mouse.move(gap.x + 20, gap.y + gap.height + 4, { steps: 3 });
  await marta.page.mouse.up();
  await is(1, 2, 0, 3);
  const seen = (await desk.questions()).filter(({ state }) => state === 'queued').length;
  assert.equal(seen, 4);
  assert.deepEqual(marta.errors, []);
});

test('in a dock, off air is in sight wherever one is; and no text of a stranger breaks out of its place', async (t) => {
  const desk = await evening('molo');
  const hostile = [
    'Quando \u202Eriapre\u202C <b>la</b> <script>alert(1)</script> biblioteca?',
    `Perché ${'a'.repeat(380)}?`,
    // As many marks as a text may have and is still read.
    'Zalgo: quando apre il ponte?'.replace(/\p{L}/gu, '$&\u0301\u0316\u0353'),
    `Chi paga ${'👨‍👩‍👧‍👦'.repeat(60)}?`,
    ARABIC,
  ];
  for (const text of hostile) await house.asks('molo', text, { name: 'Lucia Conti' });
  for (const text of FOUR) await desk.enters(text);
  await desk.onAir(FOUR[0]);
  const marta = await moderator(t, 'molo', { size: DOCK });
  const off = marta.page.getByRole('button', { name: /Togli dalla diretta/ });
  for (const text of FOUR.slice(1)) {
    await card(marta, 'approved', text).focus();
    const [top, box] = await Promise.all([off.boundingBox(), card(marta, 'approved', text).boundingBox()]);
    assert.ok(top.y >= 0 && top.y + top.height <= DOCK.height, `the button is at ${top.y}`);
    assert.ok(box.y >= top.y + top.height, 'what has the focus is not under it');
  }
  await press(marta, 'j');
  for (const _ of hostile) {
    await marta.isSound('desk-dock-hostile');
    await press(marta, 'j');
  }
  await off.click();
  await becomes(desk, FOUR[0], 'approved');
});

test('what a network has swallowed is not shown as done, also under a dialogue', async (t) => {
  const desk = await evening('muta', LIBRARY, BUS);
  const network = await Network.to(house);
  t.after(() => network.end());
  const marta = await moderator(t, 'muta', { url: network.url });
  await reads(marta, LIBRARY);
  network.swallows();
  await press(marta, 'a');
  await notice(marta, 'Il server non risponde ancora');
  await press(marta, 'n');
  await marta.page.getByRole('dialog').getByRole('alert').getByText('Il server non risponde ancora').waitFor();
  await press(marta, 'F8');
  await marta.page.getByRole('dialog').getByRole('alert').getByText('avvisa la regia').waitFor();
  assert.equal(await state(desk, LIBRARY)(), 'pending');
  assert.deepEqual(marta.errors, []);
});
