// The citizen's evening, from arriving to what was not reached, on a phone and on a laptop, in real
// Chromium. What assistive technology is told on the way stands in `told.txt`, line by line.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';

import { House, until } from './house.mjs';
import { Network } from './network.mjs';
import { LAPTOP, oneHouse, Phone, PHONE, SMALL } from './phone.mjs';

const house = oneHouse();
const { arrives } = Phone;

async function throughNetwork(t) {
  const network = await Network.to(house);
  t.after(() => network.end());
  return network;
}

/** Where one writes: a sheet on a phone, beside the list on a laptop. */
const sheet = (phone) => phone.page.getByRole('dialog', { name: 'Fai una domanda' });
const form = async (phone) => ((await sheet(phone).isVisible()) ? sheet(phone) : phone.page);

async function begins(phone) {
  const open = phone.role('button', 'Fai una domanda');
  const again = phone.role('button', 'Fai un’altra domanda');
  const text = phone.page.getByRole('textbox', { name: 'La tua domanda' });
  await open.or(again).or(text).first().waitFor();
  if (await text.isVisible()) return text;
  if (await again.isVisible()) await again.click();
  else await open.click();
  await text.waitFor();
  return text;
}

/** Writes a question and sends it. */
async function asks(phone, text, name) {
  await (await begins(phone)).fill(text);
  if (name) await phone.page.getByRole('textbox', { name: /Il tuo nome/ }).fill(name);
  await (await form(phone)).getByRole('button', { name: 'Invia la domanda' }).click();
}

/** The one line at the top while the network is away; the same words are spoken, too. */
const lost = (phone) => phone.page.getByRole('paragraph').filter({ hasText: 'Connessione persa' });

/** Puts the sheet away, where there is one. */
async function leaves(phone) {
  if (await sheet(phone).isVisible()) {
    await phone.page.keyboard.press('Escape');
    await sheet(phone).waitFor({ state: 'hidden' });
  }
}

const LOST = 'Quando riapre la biblioteca di via Zara?';
const HALL = 'Perché la pista ciclabile di viale Roma si interrompe?';
const OTHER = 'Perché il mio vicino parcheggia sul marciapiede?';
const LATE = 'Quando sistemate il tetto della scuola elementare?';

for (const [kind, size] of Object.entries({ phone: PHONE, laptop: LAPTOP })) {
  test(`an evening on a ${kind}`, async (t) => {
    const slug = `sera-${kind}`;
    const desk = await house.session(slug, { starts_at: Date.now() + 3_600_000 });
    const network = await throughNetwork(t);
    const anna = await arrives(t, `${network.url}/s/${slug}`, { size });
    await anna.sees('Il bilancio, domanda per domanda');
    await anna.page.getByRole('link', { name: 'Aggiungi al calendario' }).waitFor();
    await anna.isSound(`${kind}-before`);

    await desk.open();
    await begins(anna);
    await anna.isSound(`${kind}-asking`);
    await leaves(anna);
    await anna.sees('Ancora nessuna domanda pubblicata');
    await anna.isSound(`${kind}-empty`);

    // The network goes while she asks: the question is on its way, and says so.
    await begins(anna);
    network.gone();
    await asks(anna, LOST, 'Anna');
    await anna.sees('La invio appena torna la connessione');
    await lost(anna).waitFor();
    await anna.isSound(`${kind}-lost`);
    // She closes the page, and comes back later.
    await anna.page.close();
    network.good();
    await anna.tab();
    await anna.goes(`${network.url}/s/${slug}`);
    await desk.reads(LOST);
    await anna.sees('Le tue domande (1)');
    await anna.sees('In attesa: la leggiamo prima di pubblicarla.');
    await anna.isSound(`${kind}-received`);
    const sent = (await desk.questions()).filter(({ text }) => text === LOST);
    assert.equal(sent.length, 1, 'the question is there once');

    await desk.approve(LOST);
    await anna.sees('La tua domanda è pubblicata.');
    // Somebody else votes for it, and she votes for somebody else's, which waits behind a button
    // while the list is under her thumb.
    const list = (who) => who.page.getByRole('region', { name: 'Le domande' });
    await list(anna).getByText(LOST).scrollIntoViewIfNeeded();
    await desk.enters(HALL);
    const bruno = await arrives(t, `${house.url}/s/${slug}`, { size });
    const article = (who, text) => list(who).getByRole('listitem').filter({ hasText: text });
    await article(bruno, LOST).getByRole('button', { name: /^Sostieni/ }).click();
    await until('a vote counts', async () => (await desk.reads(LOST)).votes === 1);
    await anna.page.getByRole('button', { name: /nuova|nuove/ }).click();
    await article(anna, HALL).getByRole('button', { name: 'Sostieni, 0 voti' }).click();
    await until('her vote counts', async () => (await desk.reads(HALL)).votes === 1);
    await article(anna, HALL).getByRole('button', { name: 'Sostieni, 1 voto', pressed: true }).waitFor();
    await anna.isSound(`${kind}-approved`);
    await anna.focusIsSeen(`${kind}-approved`);

    // The server is killed and comes back.
    await house.kill();
    await lost(anna).waitFor();
    await house.comesBack();
    await lost(anna).waitFor({ state: 'hidden' });

    await desk.onAir(LOST);
    await anna.sees('La tua domanda è in onda adesso.');
    await until('the title says so', async () => /in onda/i.test(await anna.page.title()));
    assert.equal(await anna.page.evaluate(() => window.seen.buzzed), 1);
    await anna.isSound(`${kind}-on-air`);
    await desk.answered(LOST);
    await anna.sees('Ha avuto risposta');
    await anna.isSound(`${kind}-answered`);

    await asks(anna, OTHER);
    await anna.sees('Ricevuta. La leggiamo prima di pubblicarla.');
    await anna.isSound(`${kind}-receipt`);
    await leaves(anna);
    await desk.dismiss(OTHER, 'not_our_office', 'Se ne occupa la polizia locale: 030 000000.');
    await anna.sees('riguarda un altro ente');
    await anna.sees('Se ne occupa la polizia locale');
    await asks(anna, LATE);
    await desk.reads(LATE);
    await leaves(anna);
    await desk.close();
    await anna.sees('Non si possono più fare domande');
    await desk.ends();
    await anna.sees('Non ci siamo arrivati');
    await anna.isSound(`${kind}-ended`);
  });
}

test('a network that swallows everything is noticed, and nothing is missing afterwards', async (t) => {
  const slug = 'galleria';
  const desk = await house.session(slug);
  await desk.open();
  const network = await throughNetwork(t);
  const anna = await arrives(t, `${network.url}/s/${slug}`);
  await anna.role('button', 'Fai una domanda').waitFor();
  await desk.enters('La prima domanda della sala?');
  await anna.sees('La prima domanda della sala?');
  const since = Date.now();
  network.swallows();
  await asks(anna, 'Arriva anche da una galleria?');
  await desk.enters('La seconda domanda della sala?');
  await lost(anna).waitFor({ timeout: 60_000 });
  const noticed = (Date.now() - since) / 1000;
  console.log(`noticed after ${noticed.toFixed(1)} s`);
  assert.ok(noticed < 40, `noticed after ${noticed} s`);
  network.good();
  await lost(anna).waitFor({ state: 'hidden', timeout: 60_000 });
  await desk.reads('Arriva anche da una galleria?');
  await leaves(anna);
  // It may wait behind the button, if the list was under her thumb.
  const second = anna.page.getByText('La seconda domanda della sala?');
  const news = anna.role('button', 'Mostra 1 nuova domanda');
  await second.or(news).first().waitFor();
  if (await news.isVisible()) await news.click();
  await second.waitFor();
  const came = (await desk.questions()).filter(({ text }) => text.startsWith('Arriva'));
  assert.equal(came.length, 1);
});

test('what is typed survives a reload, a refusal and a closed sheet', async (t) => {
  const desk = await house.session('testo');
  await desk.open();
  const anna = await arrives(t, `${house.url}/s/testo`);
  const text = () => anna.page.getByRole('textbox', { name: 'La tua domanda' }).inputValue();
  await (await begins(anna)).fill('Chi paga?');
  await anna.page.getByRole('textbox', { name: /Il tuo nome/ }).fill('Anna');
  await anna.page.reload();
  await begins(anna);
  assert.equal(await text(), 'Chi paga?');
  assert.equal(await anna.page.getByRole('textbox', { name: /Il tuo nome/ }).inputValue(), 'Anna');
  // The rules change under her hands: the server refuses what the page let pass.
  await desk.does({ type: 'policy', policy: { slow_s: 600 } });
  await anna.presses('Invia la domanda');
  await anna.sees('Ricevuta.');
  await asks(anna, 'E chi controlla?');
  await anna.sees('Troppo in fretta.');
  assert.equal(await text(), 'E chi controlla?');
  await anna.isSound('phone-refused');
});

test('what the server cannot take right now goes again by itself, and its author is told', async (t) => {
  // A file that may not grow: refused as with too much to do, and as long as we like.
  const house = await House.start({ under: `trap '' XFSZ; exec "$0" "$@"` });
  t.after(() => house.end());
  const grows = (bytes) => execFileSync('prlimit', [`--pid=${house.child.pid}`, `--fsize=${bytes}:unlimited`]);
  const desk = await house.session('piena', { rehearsal: true });
  await desk.open();
  const anna = await arrives(t, `${house.url}/s/piena`, { size: PHONE });
  await begins(anna);
  grows(1);
  await asks(anna, LOST);
  await anna.sees('In questo momento non ci riusciamo: la invio appena si può.');
  await anna.isSound('phone-put-off');
  grows('unlimited');
  await anna.sees('Ricevuta.');
  await until('it is on the desk', async () => (await desk.reads(LOST)).state === 'pending');
});

test('the list stays under the finger, and lets in what is new when asked', async (t) => {
  const desk = await house.session('lista');
  await desk.open();
  for (let n = 1; n <= 12; n += 1) await desk.enters(`Domanda numero ${n}, lunga abbastanza per una riga o due?`);
  await desk.enters('متى ستفتح الحديقة الجديدة؟ 🌳');
  await desk.enters('Perchéunaparolasolacosìlungachenessunoschermolatieneintera'.repeat(3));
  const anna = await arrives(t, `${house.url}/s/lista`, { size: SMALL });
  await anna.presses('Nuove');
  const card = anna.page.getByText('Domanda numero 8,');
  await card.scrollIntoViewIfNeeded();
  const where = async () => (await card.boundingBox()).y;
  const at = await where();
  await desk.enters('Questa arriva adesso?');
  await desk.enters('E anche questa?');
  await anna.page.getByText('2 nuove').waitFor({ state: 'attached' });
  assert.equal(await where(), at, 'nothing moved');
  assert.equal(await anna.page.getByText('Questa arriva adesso?').count(), 0);
  await anna.presses('Mostra 2 nuove domande');
  await anna.sees('Questa arriva adesso?');
  await anna.isSound('small-full');
  await anna.focusIsSeen('small-full');
  // The keyboard alone opens the sheet, writes, and comes back to where it was.
  const button = anna.role('button', 'Fai una domanda');
  await button.focus();
  await anna.page.keyboard.press('Enter');
  await anna.page.keyboard.type('Si può fare tutto con i tasti?');
  await anna.page.keyboard.press('Escape');
  assert.ok(await button.evaluate((one) => one === document.activeElement), 'the focus comes back');
});

test('where sockets are blocked the page lives all the same', async (t) => {
  const desk = await house.session('proxy');
  await desk.open();
  const network = await throughNetwork(t);
  network.sockets = false;
  const anna = await arrives(t, `${network.url}/s/proxy`, { language: 'en-GB' });
  await anna.role('button', 'Ask a question').click();
  await anna.page.getByRole('textbox', { name: 'Your question' }).fill(LOST);
  await anna.presses('Send the question');
  await anna.sees('Received. We read it before we publish it.');
  await desk.approve(LOST);
  await anna.sees('Your question is published.');
  await anna.isSound('english-published');
});
