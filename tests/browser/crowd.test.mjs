// More people than seats: a phone finds everything full, and its evening is one all the same.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { until } from './house.mjs';
import { LAPTOP, oneHouse, Phone, SMALL } from './phone.mjs';

const house = oneHouse({ flags: ['--seats', '3', '--staff-seats', '1'] });
const { arrives } = Phone;

const ON_AIR = 'Perché la pista ciclabile di viale Roma si interrompe?';
const NEXT = 'Quando riapre la piscina comunale?';
const OWN = 'Chi pulisce il parco della stazione?';
const FULL = /C’è molta gente: per ora questa pagina si aggiorna solo ogni pochi secondi/;

/**
 * Somebody in the crowd takes a seat; what it gives leaves it. Who left a moment ago may still have
 * theirs: the server learns of it from the network.
 */
async function sits(slug) {
  const leaves = new AbortController();
  const headers = { authorization: `Bearer ${await house.person()}` };
  const stream = await until('there is a seat', async () => {
    const answer = await fetch(`${house.url}/api/v1/sessions/${slug}/events?as=citizen`, { headers, signal: leaves.signal });
    // Who asks so often is told to wait, too.
    if ([429, 503].includes(answer.status)) {
      await answer.text();
      return null;
    }
    assert.equal(answer.status, 200);
    return answer;
  });
  // A stream that nobody holds is given up with the memory it takes.
  return Object.assign(() => leaves.abort(), { stream });
}

test('a phone for which there is no seat sees, asks, votes, and sits when one is free', async (t) => {
  const desk = await house.session('folla');
  await desk.open();
  await desk.enters(ON_AIR);
  await desk.enters(NEXT);
  await desk.onAir(ON_AIR);
  const crowd = [await sits('folla'), await sits('folla')];
  t.after(() => crowd.forEach((leaves) => leaves()));

  const anna = await arrives(t, `${house.url}/s/folla`, { size: SMALL });
  const told = anna.page.getByText(FULL).and(anna.page.locator(':visible')).last();
  await told.waitFor();
  // Also in the list; the board may be a second old, and is read again in some.
  const air = anna.page.getByRole('region', { name: /In onda/ });
  await air.getByText(ON_AIR).waitFor();
  await until('it is spoken', async () => (await anna.spoken()).some((said) => FULL.test(said)));
  assert.equal(await anna.page.getByText('Connessione persa').count(), 0, 'nothing is lost');
  await anna.isSound('small-standing');
  await anna.focusIsSeen('small-standing');

  // She votes, asks, and learns what becomes of it.
  const list = anna.page.getByRole('region', { name: 'Le domande' });
  const card = list.getByRole('listitem').filter({ hasText: NEXT });
  await card.getByRole('button', { name: 'Sostieni, 0 voti' }).click();
  await card.getByRole('button', { name: /^Sostieni/, pressed: true }).waitFor();
  await until('her vote counts', async () => (await desk.reads(NEXT)).votes === 1);
  await card.getByRole('button', { name: 'Sostieni, 1 voto', pressed: true }).waitFor();
  await anna.presses('Fai una domanda');
  await anna.page.getByRole('textbox', { name: 'La tua domanda' }).fill(OWN);
  await anna.page.getByRole('dialog').getByRole('button', { name: 'Invia la domanda' }).click();
  await anna.sees('Ricevuta. La leggiamo prima di pubblicarla.');
  await anna.page.keyboard.press('Escape');
  await anna.sees('Le tue domande (1)');
  await desk.approve(OWN);
  await anna.page.getByText('La tua domanda è pubblicata.').first().waitFor({ timeout: 60_000 });

  // What is on air follows.
  await desk.onAir(NEXT);
  await air.getByText(NEXT).waitFor();
  await anna.isSound('small-standing-later');

  // Somebody goes.
  const beside = await list.boundingBox();
  crowd.pop()();
  await anna.page.getByText('C’è posto: adesso questa pagina è in diretta.').last().waitFor();
  await told.waitFor({ state: 'hidden' });
  assert.equal((await list.boundingBox()).y, beside.y, 'nothing moved');
  await anna.page.getByText('2 persone collegate').waitFor();
  await anna.isSound('small-seated');
});

test('on a laptop, in English, and lost while standing', async (t) => {
  const desk = await house.session('folla-due');
  await desk.open();
  await desk.enters(ON_AIR);
  const crowd = [await sits('folla-due'), await sits('folla-due')];
  t.after(() => crowd.forEach((leaves) => leaves()));
  const anna = await arrives(t, `${house.url}/s/folla-due`, { size: LAPTOP, language: 'en-GB' });
  await anna.page.getByText('Many people are here: for now this page refreshes').last().waitFor();
  await anna.sees(ON_AIR);
  await anna.isSound('laptop-standing');
  await house.kill();
  await anna.page.getByText('Connection lost.').last().waitFor();
  await house.comesBack();
  // The others are gone: this time there is a seat.
  await anna.page.getByText('There is room: now this page is live.').last().waitFor();
});
