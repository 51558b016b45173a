// The same evening on the plain page, in Chromium with JavaScript switched off; and the pages around
// it: home, receipt, invitation, an address that leads nowhere.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { until } from './house.mjs';
import { LAPTOP, oneHouse, Phone, PHONE, SMALL } from './phone.mjs';

const house = oneHouse();

const arrives = (t, path, about) => Phone.arrives(t, `${house.url}${path}`, { script: false, ...about });

const SLIP = 'Quando riapre la bibloteca di via Zara?';
const OWN = 'Quando riapre la biblioteca di via Zara?';
const HALL = 'Perché la pista ciclabile di viale Roma si interrompe?';
const OTHER = 'Perché il mio vicino parcheggia sul marciapiede?';
const LATE = 'متى ستفتح الحديقة الجديدة؟ 🌳';

async function asks(anna, text) {
  await anna.page.getByRole('textbox', { name: /domanda/i }).fill(text);
  await anna.presses(/^Invia/);
}

test('an evening without JavaScript', async (t) => {
  const desk = await house.session('semplice', { starts_at: Date.now() + 3_600_000 });
  const anna = await arrives(t, '/s/semplice/plain', { size: PHONE });
  await anna.sees('Il bilancio, domanda per domanda');
  await anna.page.getByRole('link', { name: /calendario/i }).waitFor();
  await anna.isSound('plain-before');

  await desk.open();
  // What is public may be a second old there.
  const refresh = (text) => until(`she reads "${text}"`, async () => {
    await anna.page.getByRole('link', { name: /Aggiorna/ }).first().click();
    return anna.page.getByText(text).first().isVisible();
  });
  await refresh('Ancora nessuna domanda pubblicata.');
  await anna.isSound('plain-empty');

  // Too short: what was wrong, and the text is still there.
  await asks(anna, 'Chi?');
  await anna.sees('almeno 8 caratteri');
  assert.equal(await anna.page.getByRole('textbox', { name: /domanda/i }).inputValue(), 'Chi?');
  await anna.isSound('plain-refused');

  await asks(anna, SLIP);
  await anna.sees('Ricevuta');
  await anna.isSound('plain-received');
  const receipt = await anna.page.getByRole('link', { name: /[0-9A-Z]{4}-[0-9A-Z]{4}-/ }).first().getAttribute('href');
  // A page that is loaded again asks nothing twice.
  await anna.page.reload();
  assert.equal((await desk.questions()).length, 1);

  // She finds a slip. What is refused stays where she wrote it.
  await anna.page.getByText('Modifica la domanda').click();
  const text = anna.page.getByRole('region', { name: 'Le tue domande' }).getByRole('textbox', { name: 'La tua domanda' });
  assert.equal(await text.inputValue(), SLIP);
  await anna.isSound('plain-changing');
  await anna.focusIsSeen('plain-changing');
  await text.fill('No?');
  await anna.presses('Invia la modifica');
  await anna.sees('La modifica non è stata inviata');
  assert.equal(await text.inputValue(), 'No?');
  await anna.isSound('plain-change-refused');
  await text.fill(OWN);
  await anna.presses('Invia la modifica');
  await anna.sees('Modifica ricevuta.');
  assert.deepEqual((await desk.questions()).map(({ text: now }) => now), [OWN]);
  await anna.isSound('plain-changed');

  await desk.approve(OWN);
  await desk.enters(HALL);
  await refresh(HALL);
  await anna.sees('La tua domanda è pubblicata.');
  await anna.page.getByRole('listitem').filter({ hasText: HALL }).getByRole('button', { name: /^Sostieni/ }).click();
  assert.equal((await desk.reads(HALL)).votes, 1);
  await anna.isSound('plain-approved');
  await anna.focusIsSeen('plain-approved');

  // The server is killed and comes back: a link away.
  await house.kill();
  await house.comesBack();
  await desk.onAir(OWN);
  await refresh('La tua domanda è in onda adesso.');
  await anna.isSound('plain-on-air');
  await desk.answered(OWN);
  await asks(anna, OTHER);
  await desk.dismiss(OTHER, 'not_our_office', 'Se ne occupa la polizia locale: 030 000000.');
  await refresh('riguarda un altro ente');
  await anna.sees('Ha avuto risposta');
  await anna.sees('Se ne occupa la polizia locale');
  await asks(anna, LATE);
  await desk.reads(LATE);
  await desk.close();
  await desk.ends();
  await refresh('Non ci siamo arrivati');
  await anna.isSound('plain-ended');

  await anna.goes(`${house.url}${receipt}`);
  await anna.sees(OWN);
  await anna.sees('Ha avuto risposta');
  await anna.isSound('receipt');
});

test('the pages around it, in both languages and on every screen', async (t) => {
  const desk = await house.session('domani', { starts_at: Date.now() + 86_400_000 });
  await house.session('adesso', { title: 'La scuola che vogliamo: tempi, mense, palestre e tutto il resto' })
    .then((now) => now.open());
  const { link } = await house.invite(desk.slug, 'moderator', 'Redazione');
  for (const [name, size] of Object.entries({ phone: PHONE, small: SMALL, laptop: LAPTOP })) {
    for (const language of ['it-IT', 'en-GB']) {
      const anna = await arrives(t, '/', { size, language });
      assert.equal(await anna.page.getAttribute('html', 'lang'), language.slice(0, 2));
      await anna.isSound(`home-${name}-${language}`);
      await anna.goes(`${house.url}/s/domani/plain`);
      await anna.isSound(`plain-coming-${name}-${language}`);
      await anna.goes(`${house.url}${new URL(link).pathname}`);
      await anna.sees('Redazione');
      await anna.isSound(`join-${name}-${language}`);
      await anna.goes(`${house.url}/s/nessuna`);
      await anna.isSound(`nowhere-${name}-${language}`);
      await anna.leaves();
    }
  }
});
