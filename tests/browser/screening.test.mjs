// What people see of screening: the desk reads what was found as sentences with the place marked, the
// asker learns what to change, the press office sets the rules. Texts of our own.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { ADMIN, House, until } from './house.mjs';
import { goHome, LAPTOP, Phone, PHONE, SMALL } from './phone.mjs';

const RUDE = 'Perché l’assessore è un id1ota e non risponde mai?';
const PHONED = 'Chiamatemi al 333 1234567: quando riapre la biblioteca?';
const LINKED = 'Avete letto https://esempio.notizie.example/bilancio sul bilancio? È UN IMBECILLE chi lo ha scritto';
const LINK = 'Avete visto https://esempio.notizie.example/bilancio sul bilancio?';
const PATACCONE = 'Perché quel pataccone non ripara la fontana?';
const ZARA = 'Quando riapre la biblioteca di via Zara?';
const ROMA = 'Quando riapre la biblioteca di via Roma?';
const PLAIN = 'Quando riapre la piscina di viale Roma?';

let house;

before(async () => {
  house = await House.start({ flags: ['--limit-messages-per-staff', 'off', '--limit-requests-per-staff', 'off'] });
  await house.city();
});

after(async () => {
  await goHome();
  await house.end();
});

async function evening(slug, policy = {}) {
  const desk = await house.session(slug, { policy: { slow_s: null, questions: null, open_questions: null, ...policy } });
  await desk.open();
  return desk;
}

async function moderator(t, slug, about = {}) {
  const { link } = await house.invite(slug, 'moderator', 'Marta Riva');
  const marta = await Phone.arrives(t, `${house.url}${new URL(link).pathname}`, { size: LAPTOP, ...about });
  await marta.page.getByRole('main').getByRole('button').click();
  await marta.page.waitForURL(/\/desk/);
  await marta.page.locator('.desk-head h1').waitFor();
  return marta;
}

const reading = (marta) => marta.page.getByRole('article', { name: /Domanda in lettura|Question being read/ });
const found = (marta) => reading(marta).getByRole('list', { name: /controllo automatico|automatic check/ }).getByRole('listitem');

for (const [name, size, language] of [['laptop', LAPTOP, 'it-IT'], ['small', SMALL, 'en-GB']]) {
  test(`what was found stands in sentences, its place marked, on a ${name}`, async (t) => {
    const slug = `trovato-${name}`;
    const desk = await evening(slug);
    for (const text of [RUDE, PHONED, LINKED, PLAIN]) await house.asks(slug, text, { name: 'Anna Bianchi' });
    const marta = await moderator(t, slug, { size, language });
    await found(marta).first().waitFor();
    const sentences = await found(marta).allInnerTexts();
    assert.ok(sentences.some((sentence) => sentence.includes('id1ota') && /probabile|likely/.test(sentence)), sentences.join('\n'));
    assert.ok((await reading(marta).locator('mark').allInnerTexts()).includes('id1ota'));
    await marta.isSound(`screening-desk-${name}-word`);
    await marta.page.keyboard.press('j');
    await marta.page.getByText('[telefono]').first().waitFor();
    assert.deepEqual(await reading(marta).locator('mark').allInnerTexts(), ['[telefono]']);
    await marta.isSound(`screening-desk-${name}-masked`);
    await marta.page.keyboard.press('j');
    await reading(marta).getByText(/esempio\.notizie\.example/).first().waitFor();
    await marta.isSound(`screening-desk-${name}-link`);
    await marta.page.keyboard.press('j');
    await reading(marta).getByText(PLAIN).waitFor();
    assert.equal(await found(marta).count(), 0, 'nothing is said of an ordinary question');
  });
}

for (const [name, size, language] of [['phone', PHONE, 'it-IT'], ['small', SMALL, 'en-GB']]) {
  test(`who is refused learns why, keeps the text, and can ask for a person, on a ${name}`, async (t) => {
    const say = SAY[language];
    const desk = await evening(`rifiuto-${name}`, { links: 'block', words_block: ['pataccone*'] });
    const anna = await Phone.arrives(t, `${house.url}/s/rifiuto-${name}`, { size, language });
    await anna.presses(say.ask);
    const text = anna.page.getByRole('textbox', { name: say.text });
    const refused = anna.page.getByRole('dialog').getByRole('alert');
    await text.fill(LINK);
    await anna.presses(say.send);
    await refused.waitFor();
    await refused.locator('mark').filter({ hasText: 'esempio.notizie.example' }).waitFor();
    assert.equal(await text.inputValue(), LINK);
    await anna.isSound(`screening-refused-${name}`);
    await anna.focusIsSeen(`screening-refused-${name}`);
    // Another reason, of the organiser's list; then by keyboard alone to a person.
    await text.fill(PATACCONE);
    await anna.presses(say.send);
    await refused.locator('mark').getByText('pataccone').waitFor();
    const review = anna.role('button', say.review);
    await review.focus();
    await anna.page.keyboard.press('Enter');
    await anna.sees(say.received);
    await desk.reads(PATACCONE);
    // How long it is, nobody can overrule.
    await anna.page.getByRole('button', { name: /Fai un’altra domanda|Ask another question/ }).click();
    await text.fill('Ma?');
    await anna.presses(say.send);
    assert.equal(await review.count(), 0);
  });
}

const SAY = {
  'it-IT': {
    ask: 'Fai una domanda', text: 'La tua domanda', send: 'Invia la domanda', received: 'Ricevuta.', becomes: 'Il numero di telefono diventa [telefono].',
    review: 'Chiedi che la legga una persona', blocked: 'Così non la possiamo accettare.', like: 'Somiglia a questa: vuoi sostenerla?',
  },
  'en-GB': {
    ask: 'Ask a question', text: 'Your question', send: 'Send the question', received: 'Received.', becomes: 'The phone number becomes [telefono].',
    review: 'Have a person look at it', blocked: 'It cannot be accepted like this.', like: 'It is like this one: do you want to support it?',
  },
};

for (const [name, size, language] of [['phone', PHONE, 'it-IT'], ['small', SMALL, 'en-GB']]) {
  test(`who writes is told what will be hidden and what will not do, before sending, on a ${name}`, async (t) => {
    const say = SAY[language];
    const desk = await evening(`prima-${name}`, { words_block: ['pataccone'] });
    const anna = await Phone.arrives(t, `${house.url}/s/prima-${name}`, { size, language });
    await anna.presses(say.ask);
    const text = anna.page.getByRole('textbox', { name: say.text });
    await text.fill('Perché quel pataccone');
    // After a pause, and without a key of theirs being lost.
    await anna.sees(say.blocked);
    assert.ok((await anna.spoken()).some((sentence) => sentence.includes(say.blocked)), 'it is said politely');
    assert.ok(await text.evaluate((field) => field === document.activeElement), 'whoever writes goes on writing');
    await anna.isSound(`screening-blocked-${name}`);
    // Sent at once: the first time it is only shown what will be hidden.
    await text.fill(PHONED);
    await anna.presses(say.send);
    await anna.sees(say.becomes);
    await anna.isSound(`screening-hidden-${name}`);
    assert.deepEqual(await desk.questions(), [], 'nothing is sent before it was seen');
    await anna.presses(say.send);
    await anna.sees(say.received);
    await desk.reads('Chiamatemi al [telefono]: quando riapre la biblioteca?');
  });
}

test('who writes what was asked already can support that, above the button', async (t) => {
  const desk = await evening('gia');
  await house.asks('gia', ROMA);
  await desk.approve(ROMA);
  const anna = await Phone.arrives(t, `${house.url}/s/gia`, { size: PHONE });
  await anna.presses('Fai una domanda');
  await anna.page.getByRole('textbox', { name: 'La tua domanda' }).fill(`${ROMA.slice(0, -1)}, per favore?`);
  await anna.sees('Somiglia a questa: vuoi sostenerla?');
  await anna.isSound('screening-similar');
  const vote = anna.page.getByRole('dialog').getByRole('button', { name: 'Sostieni, 0 voti' });
  await vote.click();
  await anna.page.getByRole('dialog').getByRole('button', { name: 'Sostieni, 1 voto', pressed: true }).waitFor();
  assert.equal((await desk.reads(ROMA)).votes, 1);
});

test('without script: why it was refused, the text kept, and a person asked for', async (t) => {
  const desk = await evening('semplici', { words_block: ['pataccone'] });
  const anna = await Phone.arrives(t, `${house.url}/s/semplici/plain`, { size: PHONE, script: false });
  const text = anna.page.getByRole('textbox', { name: 'La tua domanda' });
  await text.fill(PATACCONE);
  await anna.presses('Invia la domanda');
  await anna.sees('La domanda non è stata inviata');
  await anna.page.getByRole('alert').locator('mark').getByText('pataccone').waitFor();
  assert.equal(await text.inputValue(), PATACCONE);
  await anna.isSound('screening-plain-refused');
  await anna.presses('Chiedi che la legga una persona');
  await anna.sees('Ricevuta');
  const [question] = await desk.questions();
  assert.deepEqual([question.text, question.state, question.verdict], [PATACCONE, 'pending', 'hold']);
  await text.fill(PHONED);
  await anna.presses('Invia la domanda');
  await anna.sees('al loro posto si legge [telefono]');
  await anna.isSound('screening-plain-hidden');
  // How short it is, nobody can overrule.
  await text.fill('Ma?');
  await anna.presses('Invia la domanda');
  await anna.sees('almeno 8 caratteri');
  assert.equal(await anna.role('button', 'Chiedi che la legga una persona').count(), 0);
});

test('the desk reads that a person was asked for', async (t) => {
  await evening('revisione', { words_block: ['pataccone'] });
  await house.asks('revisione', PATACCONE, { review: true });
  const marta = await moderator(t, 'revisione');
  await found(marta).getByText('chiede che la legga una persona').waitFor();
  assert.match((await found(marta).allInnerTexts()).join(' '), /Nella vostra lista delle parole da rifiutare: «pataccone»/);
  await marta.isSound('screening-desk-review');
});

for (const [name, size, language] of [['laptop', LAPTOP, 'it-IT'], ['small', SMALL, 'en-GB']]) {
  test(`a question like another stands beside it, and one key says so, on a ${name}`, async (t) => {
    const desk = await evening(`simili-${name}`);
    await house.asks(desk.slug, ROMA);
    await desk.approve(ROMA);
    const { id: first } = await desk.reads(ROMA);
    await house.asks(desk.slug, ZARA);
    const marta = await moderator(t, desk.slug, { size, language });
    const alike = reading(marta).getByRole('region', { name: /1 (domanda simile|similar question)/ });
    await alike.waitFor();
    assert.deepEqual(await alike.locator('mark').allInnerTexts(), ['Zara', 'Roma'], 'what differs is marked in both');
    await marta.isSound(`screening-alike-${name}`);
    await marta.focusIsSeen(`screening-alike-${name}`);
    await marta.page.keyboard.press('c');
    const dismissed = await until('it is dismissed', async () => {
      const now = await desk.reads(ZARA);
      return now.state === 'dismissed' && now;
    });
    assert.deepEqual([dismissed.reason.code, dismissed.reason.of], ['duplicate', first]);
  });

  test(`one text from many people is seen together and decided together, on a ${name}`, async (t) => {
    const desk = await evening(`campagna-${name}`, { campaign_people: 3 });
    await house.asks(desk.slug, PLAIN);
    const ends = ['!', '!!', '?!', '...', '.'];
    for (const end of ends) await house.asks(desk.slug, `Vogliamo la piscina scoperta aperta tutta l’estate, rispondete subito${end}`, { name: 'Luca' });
    const marta = await moderator(t, desk.slug, { size, language });
    await reading(marta).getByText(PLAIN).waitFor();
    // One line stands for all of them.
    await marta.page.locator('.desk-upcoming').getByText(/quasi uguale da 5 persone|nearly the same from 5 people/).waitFor();
    assert.equal(await marta.page.locator('.desk-upcoming li').count(), 1);
    await marta.page.keyboard.press('j');
    await reading(marta).getByText(/da 5 persone|from 5 people/).waitFor();
    await marta.isSound(`screening-campaign-${name}`);
    await marta.page.keyboard.press('g');
    const dialogue = marta.page.getByRole('dialog');
    const boxes = dialogue.getByRole('checkbox');
    await boxes.nth(4).waitFor();
    await boxes.nth(1).uncheck();
    await dialogue.getByRole('combobox').selectOption('advertising');
    await marta.isSound(`screening-group-${name}`);
    await dialogue.getByRole('button', { name: /Respingi 4|Dismiss 4/ }).click();
    await dialogue.getByText(/Respinte 4 di 4\.|4 of 4 dismissed\./).waitFor();
    await marta.isSound(`screening-grouped-${name}`);
    await marta.page.keyboard.press('Escape');
    // What was left out, and everybody else's, still wait.
    const waiting = (await desk.questions()).filter(({ state }) => state === 'pending');
    assert.equal(waiting.length, 2);
    await until('the desk reads one of the two', async () => {
      const text = await reading(marta).innerText();
      return waiting.some((one) => text.includes(one.text));
    });
  });
}

/** Somebody at the press office, before the rules of a session. */
async function office(t, slug, about = {}) {
  const marta = await Phone.arrives(t, `${house.url}/join/${ADMIN}`, { size: LAPTOP, ...about });
  await marta.page.getByRole('main').getByRole('button').click();
  await marta.page.waitForURL('**/admin*');
  await marta.goes(`${house.url}/admin?session=${slug}`);
  await rules(marta).waitFor();
  return marta;
}

const rules = (marta) => marta.page.getByRole('region', { name: /^(Regole|Rules)$/ });

test('the press office sees what a preset changes, and keeps lists of its own', async (t) => {
  await evening('regole');
  const marta = await office(t, 'regole');
  const policy = async () => (await house.api('GET', '/sessions/regole')).policy;
  const changes = rules(marta).getByRole('group', { name: 'Con «Salva» cambia:' });
  await rules(marta).getByRole('radio', { name: 'Prudente' }).check();
  await changes.getByText('Caratteri, al massimo: 400 → 280').waitFor();
  assert.equal((await policy()).max_chars, 400, 'nothing is changed before it is saved');
  await marta.isSound('screening-rules-preset');
  await rules(marta).getByRole('button', { name: 'Lascia perdere' }).click();
  await changes.waitFor({ state: 'detached' });

  await rules(marta).getByText('Regola i dettagli').click();
  await rules(marta).getByText('Le vostre liste').click();
  const held = rules(marta).getByRole('textbox', { name: /^Parole da far leggere/ });
  await held.fill('fontan*;"piazza vecchia"\nfontan*');
  await held.blur();
  assert.equal(await held.inputValue(), 'fontan*\npiazza vecchia');
  await rules(marta).getByRole('textbox', { name: /^Parole da rifiutare/ }).fill('*');
  await rules(marta).getByRole('button', { name: 'Salva' }).click();
  await rules(marta).getByText('«*» non va').waitFor();
  await marta.isSound('screening-rules-wrong');
  await rules(marta).getByRole('textbox', { name: /^Parole da rifiutare/ }).fill('pataccone');
  await rules(marta).getByRole('button', { name: 'Salva' }).click();
  await rules(marta).getByText('Salvato.').waitFor();
  const { words_block, words_hold } = await policy();
  assert.deepEqual([words_block, words_hold], [['pataccone'], ['fontan*', 'piazza vecchia']]);
});

test('the press office tries its lists, takes out what only costs reading, and has the queue checked again', async (t) => {
  const desk = await evening('prove', { words_hold: ['fontana'] });
  const fountains = ['Perché la fontana di piazza Dante è spenta?', 'La fontana perde acqua da aprile, lo sapete?', 'Chi pulisce la fontana del parco?'];
  for (const text of fountains) {
    await house.asks('prove', text);
    await desk.approve(text);
  }
  await house.asks('prove', PLAIN);
  const marta = await office(t, 'prove');
  const check = marta.page.getByRole('region', { name: 'Come va il controllo' });
  await check.getByText('Superata 3 volte su 3: toglierla?').waitFor();
  await marta.isSound('screening-overruled');
  await check.getByRole('button', { name: 'Togli dalla lista «fontana»' }).click();
  await check.getByText('«fontana» non è più nella lista.').waitFor();
  assert.deepEqual((await house.api('GET', '/sessions/prove')).policy.words_hold, []);

  await rules(marta).getByText('Regola i dettagli').click();
  await rules(marta).getByText('Le vostre liste').click();
  await rules(marta).getByRole('textbox', { name: /^Parole da far leggere/ }).fill('piscin*');
  await rules(marta).getByRole('button', { name: 'Prova sulle ultime 500 domande' }).click();
  await rules(marta).getByText('Provato su 4 domande.').waitFor();
  await rules(marta).locator('mark').getByText('piscina').waitFor();
  await marta.isSound('screening-tried');
  assert.deepEqual((await house.api('GET', '/sessions/prove')).policy.words_hold, [], 'nothing is saved by it');
  await rules(marta).getByRole('button', { name: 'Salva' }).click();
  await rules(marta).getByText('Salvato.').waitFor();
  assert.equal((await desk.reads(PLAIN)).verdict, 'pass');
  await check.getByRole('button', { name: 'Controlla di nuovo la coda' }).click();
  await check.getByText('Fatto').waitFor();
  assert.equal((await desk.reads(PLAIN)).verdict, 'hold');
});

for (const [name, size, language] of [['laptop', LAPTOP, 'it-IT'], ['small', SMALL, 'en-GB']]) {
  test(`every rule of a session, on a ${name}`, async (t) => {
    await evening(`tutte-${name}`, { moderation: 'post', hold_s: 5, words_hold: ['fontana', 'piazza vecchia'], contacts: ['02 0202'] });
    const marta = await office(t, `tutte-${name}`, { size, language });
    await rules(marta).getByText(/Regola i dettagli|Adjust the details/).click();
    for (const summary of await rules(marta).locator('details details > summary').all()) await summary.click();
    await marta.isSound(`screening-rules-${name}`);
    await marta.focusIsSeen(`screening-rules-${name}`, 120);
  });
}
