// What is left after an evening: a receipt with all that is held of its asker, taking a question
// back, being forgotten; the record of a session that is over, and words in past evenings. All of it
// without JavaScript but the live page.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { until } from './house.mjs';
import { LAPTOP, oneHouse, Phone, PHONE, SMALL } from './phone.mjs';

const house = oneHouse();
const arrives = (t, path, about) => Phone.arrives(t, `${house.url}${path}`, { script: false, ...about });

const SHOWN = 'Perché la pista ciclabile di viale Roma si interrompe davanti alla stazione?';
const WAITING = 'Quando riapre la biblioteca di via Zara, e con quali orari?';
const CLAIM = 'Il mio vicino parcheggia sul marciapiede: chi interviene?';
const HALL = 'L’università avrà più città? È però così: perché no?';
const NAME = 'Anna Bianchi';

// All of them when pictures are taken; else each screen once, and each language.
const ALL = process.env.SHOTS
  ? Object.entries({ phone: PHONE, small: SMALL, laptop: LAPTOP })
    .flatMap(([name, size]) => ['it-IT', 'en-GB'].map((language) => ({ name, size, language })))
  : [{ name: 'small', size: SMALL, language: 'it-IT' }, { name: 'laptop', size: LAPTOP, language: 'en-GB' }];

/** Asks on the plain page; the way to the receipt. */
async function asks(anna, slug, text, name = '') {
  await anna.goes(`${house.url}/s/${slug}/plain`);
  await anna.page.getByRole('textbox', { name: /La tua domanda/ }).fill(text);
  await anna.page.getByRole('textbox', { name: /nome/i }).fill(name);
  await anna.presses(/^Invia/);
  await anna.sees('Ricevuta');
  return anna.page.locator('#said a.receipt').getAttribute('href');
}

test('a receipt: what became of it, what is held, taking back, being forgotten', async (t) => {
  const desk = await house.session('bilancio');
  await desk.open();
  const anna = await arrives(t, '/s/bilancio/plain', { size: PHONE });
  await desk.enters(HALL);
  const shown = await asks(anna, 'bilancio', SHOWN, NAME);
  const waiting = await asks(anna, 'bilancio', WAITING, NAME);
  const claim = await asks(anna, 'bilancio', CLAIM, NAME);
  await desk.approve(SHOWN);
  await desk.dismiss(CLAIM, 'not_our_office', 'Se ne occupa la polizia locale: 030 000000.');
  const { id } = await desk.reads(HALL);
  await until('she sees what the hall asked', async () => {
    await anna.goes(`${house.url}/s/bilancio/plain?order=new`);
    return (await anna.page.locator(`#q-${id}`).count()) > 0;
  });
  await anna.page.locator(`#q-${id}`).getByRole('button', { name: /^Sostieni/ }).click();

  // Who holds the receipt is asked for nothing else, on whatever device.
  for (const { name, size, language } of ALL) {
    const other = await arrives(t, claim, { size, language });
    await other.sees('030 000000');
    await other.sees(NAME);
    await other.isSound(`receipt-${name}-${language}`);
    await other.leaves();
  }
  const other = await arrives(t, waiting, { size: SMALL });
  await other.sees('In attesa');
  await other.page.getByRole('link', { name: /ogni gesto/ }).click();
  await other.sees('Hai sostenuto');
  assert.equal(await other.page.locator('ol.history > li').count(), 4);
  await other.isSound('receipt-history');
  await other.focusIsSeen('receipt-history');

  // Taking back is a press. What has happened is said, and the page is a page again.
  await other.presses('Ritira la domanda');
  await other.sees('L’hai ritirata.');
  assert.equal((await desk.reads(WAITING)).state, 'withdrawn');
  await other.isSound('receipt-withdrawn');
  assert.equal(await other.page.getByRole('button', { name: 'Ritira la domanda' }).count(), 0);

  // Being forgotten is told first, and confirmed.
  await other.goes(`${house.url}${shown}`);
  await other.sees('urp@comune.example.it');
  await other.page.getByText('Cancella i miei dati', { exact: true }).click();
  await other.isSound('receipt-forgetting');
  await other.page.evaluate(() => document.querySelector('#sure').removeAttribute('required'));
  await other.presses('Cancella per sempre');
  await other.sees('Spunta la casella');
  await other.isSound('receipt-not-sure');
  await other.page.getByRole('checkbox').check();
  await other.presses('Cancella per sempre');
  await other.sees('Fatto: il tuo nome');
  await other.isSound('receipt-forgotten');
  await other.goes(`${house.url}${shown}?lang=en`);
  await other.sees('Your data of this session has been erased already.');
  await other.isSound('receipt-forgotten-en');
  const text = await other.page.locator('main').innerText();
  assert.ok(text.includes(SHOWN), 'what is published stays, without a name');
  for (const gone of [NAME, WAITING, CLAIM]) assert.ok(!text.includes(gone), gone);
});

test('an evening that is over: its record, and its words', async (t) => {
  const desk = await house.session('scuola', { title: 'La scuola che vogliamo', starts_at: Date.now() + 500 });
  await until('it is open', async () => (await house.api('GET', '/sessions/scuola')).state === 'open');
  const anna = await arrives(t, '/s/scuola', { size: PHONE, script: true });
  for (const question of [HALL, SHOWN, WAITING]) await desk.enters(question);
  await desk.does({
    type: 'answer', question: (await desk.reads(SHOWN)).id, rev: (await desk.reads(SHOWN)).rev,
    text: 'Il tratto mancante si costruisce a primavera: la gara è già stata aggiudicata.', links: ['https://comune.example.it/ciclabile'],
  });
  // The page's first request is lost.
  await anna.page.route('**/chain', (route) => route.abort(), { times: 1 });
  await desk.close();
  await desk.ends();
  const { chain } = await house.api('GET', '/sessions/scuola/chain');

  // On the live page, which stays open.
  await anna.sees(chain);
  assert.equal(anna.asked.filter((url) => url.endsWith('/chain')).length, 2);
  await anna.isSound('record-live-phone');
  await anna.leaves();
  const laptop = await arrives(t, '/s/scuola?lang=en', { size: LAPTOP, script: true });
  await laptop.sees('Fingerprint of the record');
  await laptop.isSound('record-live-laptop');
  await laptop.leaves();

  for (const { name, size, language } of ALL) {
    const bob = await arrives(t, '/s/scuola/plain?order=answered', { size, language });
    await until('the page has ended', async () => {
      if (await bob.page.getByText(chain).isVisible()) return true;
      await bob.page.reload();
      return false;
    });
    await bob.isSound(`record-plain-${name}-${language}`);
    await bob.goes(`${house.url}/search`);
    await bob.isSound(`search-${name}-${language}`);
    await bob.page.getByRole('searchbox').fill('  CITTA perche ');
    await bob.presses(/^(Cerca|Search)$/);
    await bob.sees(HALL);
    assert.equal(await bob.page.locator('ul.cards > li').count(), 1);
    await bob.isSound(`search-found-${name}-${language}`);
    await bob.leaves();
  }

  // From home, by the keyboard, to the question itself.
  const bob = await arrives(t, '/', { size: SMALL });
  await until('home offers it', async () => {
    if (await bob.page.getByRole('searchbox').isVisible()) return true;
    await bob.page.reload();
    return false;
  });
  await bob.isSound('home-search');
  await bob.page.getByRole('searchbox').fill('primavera');
  await bob.page.keyboard.press('Enter');
  await bob.sees('Il tratto mancante');
  await bob.focusIsSeen('search');
  await bob.page.getByRole('link', { name: SHOWN }).click();
  const { id } = await desk.reads(SHOWN);
  await bob.page.locator(`#q-${id}`).first().waitFor();
  await bob.goes(`${house.url}/search?q=nientedelgenere`);
  await bob.sees('Nessuna domanda trovata');
  await bob.isSound('search-nothing');

  // What is taken back is found no more.
  await desk.does({ type: 'take_back', question: id, reason: 'Pubblicata per errore.' });
  await bob.goes(`${house.url}/search?q=primavera`);
  await bob.sees('Nessuna domanda trovata');
});
