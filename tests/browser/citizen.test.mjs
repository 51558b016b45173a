// The citizen's evening, from arriving to what was not reached, on a phone and on a laptop, in real
// Chromium. What assistive technology is told on the way stands in `told.txt`, line by line.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { House, until } from './house.mjs';
import { Network } from './network.mjs';
import { goHome, LAPTOP, Phone, PHONE } from './phone.mjs';

let house;

before(async () => {
  house = await House.start();
  await house.city();
});

after(async () => {
  await goHome();
  await house.end();
});

/** Writes a question and sends it. */
async function asks(phone, text, name) {
  await phone.presses('Fai una domanda');
  await phone.page.getByRole('textbox', { name: /domanda/i }).fill(text);
  if (name) await phone.page.getByRole('textbox', { name: /nome/i }).fill(name);
  await phone.page.getByRole('dialog').getByRole('button', { name: /^Invia/ }).click();
}

for (const [kind, size] of Object.entries({ phone: PHONE, laptop: LAPTOP })) {
  test(`an evening on a ${kind}`, async () => {
    const slug = `sera-${kind}`;
    const desk = await house.session(slug);
    const network = await Network.to(house);
    const anna = await Phone.of({ size });
    await anna.goes(`${network.url}/s/${slug}`);
    await anna.sees('Il bilancio, domanda per domanda');
    await anna.isSound(`${kind}-before`);

    await desk.open();
    await anna.page.getByRole('button', { name: 'Fai una domanda' }).waitFor();
    await anna.isSound(`${kind}-empty`);

    // The network goes while she asks: the question is on its way, and says so.
    const lost = 'Quando riapre la biblioteca di via Zara?';
    network.gone();
    await asks(anna, lost, 'Anna');
    await anna.sees(lost);
    await anna.sees('Connessione persa');
    await anna.isSound(`${kind}-lost`);
    await anna.page.reload({ waitUntil: 'domcontentloaded' }).catch(() => {});
    network.good();
    await anna.goes(`${network.url}/s/${slug}`);
    await anna.sees(lost);
    await desk.reads(lost);
    await anna.sees('Ricevuta');
    await anna.isSound(`${kind}-received`);
    const sent = (await desk.questions()).filter(({ text }) => text === lost);
    assert.equal(sent.length, 1, 'the question is there once');

    await desk.approve(lost);
    await anna.sees('pubblicata');
    // Somebody else votes for it, and she votes for somebody else's.
    const hall = 'Perché la pista ciclabile di viale Roma si interrompe?';
    await desk.enters(hall);
    const bruno = await Phone.of({ size });
    await bruno.goes(`${house.url}/s/${slug}`);
    await bruno.page.getByRole('button', { name: /0 voti|Vota|Sostieni/i }).first().click();
    await until('a vote counts', async () => (await desk.questions()).some(({ votes }) => votes === 1));
    await anna.isSound(`${kind}-approved`);
    await anna.focusIsSeen(`${kind}-approved`);

    // The server is killed and comes back.
    await house.kill();
    await anna.sees('Connessione persa');
    await house.comesBack();
    await anna.page.getByText('Connessione persa').waitFor({ state: 'hidden' });

    await desk.onAir(lost);
    await anna.sees('La tua domanda è in onda adesso');
    assert.match(await anna.page.title(), /in onda/i);
    assert.equal(await anna.page.evaluate(() => window.seen.buzzed), 1);
    await anna.isSound(`${kind}-on-air`);
    await desk.answered(lost);
    await anna.sees('Ha avuto risposta');
    await anna.isSound(`${kind}-answered`);

    const other = 'Perché il mio vicino parcheggia sul marciapiede?';
    await asks(anna, other);
    await desk.dismiss(other, 'not_our_office', 'Se ne occupa la polizia locale: 030 000000.');
    await anna.sees('riguarda un altro ente');
    await anna.sees('Se ne occupa la polizia locale');
    const late = 'Quando sistemate il tetto della scuola elementare?';
    await asks(anna, late);
    await desk.reads(late);
    await desk.ends();
    await anna.sees('Non ci siamo arrivati stasera');
    await anna.isSound(`${kind}-ended`);

    await anna.leaves();
    await bruno.leaves();
    await network.end();
  });
}

test('a network that swallows everything is noticed, and nothing is missing afterwards', async () => {
  const slug = 'galleria';
  const desk = await house.session(slug);
  await desk.open();
  const network = await Network.to(house);
  const anna = await Phone.of();
  await anna.goes(`${network.url}/s/${slug}`);
  await anna.page.getByRole('button', { name: 'Fai una domanda' }).waitFor();
  await desk.enters('La prima domanda della sala?');
  await anna.sees('La prima domanda della sala?');
  const since = Date.now();
  network.swallows();
  await asks(anna, 'Arriva anche da una galleria?');
  await desk.enters('La seconda domanda della sala?');
  await anna.page.getByText('Connessione persa').waitFor({ timeout: 60_000 });
  const noticed = (Date.now() - since) / 1000;
  console.log(`noticed after ${noticed.toFixed(1)} s`);
  assert.ok(noticed < 40, `noticed after ${noticed} s`);
  network.good();
  await anna.page.getByText('Connessione persa').waitFor({ state: 'hidden', timeout: 60_000 });
  await anna.sees('La seconda domanda della sala?');
  await desk.reads('Arriva anche da una galleria?');
  const came = (await desk.questions()).filter(({ text }) => text.startsWith('Arriva'));
  assert.equal(came.length, 1);
  await anna.leaves();
  await network.end();
});
