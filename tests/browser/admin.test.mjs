// The press office prepares an evening, holds it and keeps its record, all on one page.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { ADMIN, Desk, House, until } from './house.mjs';
import { goHome, LAPTOP, Phone, PHONE, SMALL } from './phone.mjs';

let house;

before(async () => {
  house = await House.start();
});

after(async () => {
  await goHome();
  await house.end();
});

/** Somebody at the press office, come in by the operator's link. */
async function office(t, about = {}) {
  const marta = await Phone.of({ size: LAPTOP, ...about });
  t.after(() => marta.leaves());
  await marta.goes(`${house.url}/join/${ADMIN}`);
  await marta.page.getByRole('main').getByRole('button').click();
  await marta.page.waitForURL('**/admin*');
  return marta;
}

const field = (who, name) => who.page.getByLabel(name, { exact: true });

test('an evening from draft to record', async (t) => {
  const marta = await office(t);
  await marta.goes(`${house.url}/admin?new=1`);
  await field(marta, 'Titolo').fill('Bilancio partecipato: le vostre domande');
  await marta.page.getByLabel('Indirizzo').fill('bilancio');
  await marta.presses('Crea la bozza');
  await marta.page.waitForURL('**session=**');
  await marta.page.getByRole('region', { name: 'Che cosa manca' }).waitFor();
  await marta.isSound('admin-draft');

  // An invitation, whose address is seen this once.
  const people = marta.page.getByRole('region', { name: 'Persone' });
  await people.getByLabel('Per chi').fill('Marta Bianchi');
  await people.getByRole('button', { name: 'Crea l’invito' }).click();
  await people.getByRole('img', { name: /QR/ }).waitFor();
  await marta.isSound('admin-invited');

  // Published, but not to be opened before the city has said who it is.
  await field(marta, 'Inizio').fill('2030-12-12T20:30');
  await marta.presses('Pubblica');
  await marta.sees('Non si aprirà');
  await marta.isSound('admin-scheduled');

  await marta.page.getByRole('link', { name: 'Completa i dati della città' }).first().click();
  await marta.page.getByRole('heading', { name: 'La città' }).waitFor();
  await field(marta, 'Nome').fill('Comune di Esempio');
  await marta.page.getByLabel('Contatto').fill('urp@comune.example.it');
  await marta.page.getByLabel('Informativa').fill('https://comune.example.it/privacy');
  await marta.page.getByLabel('Dichiarazione').fill('https://comune.example.it/accessibilita');
  await marta.page.getByLabel('Note legali').fill('https://comune.example.it/note');
  // White on this cannot be read: refused, and nothing typed is lost.
  await field(marta, 'Colore').fill('#f0a500');
  await marta.presses('Salva');
  await until('the colour is refused', async () => (await field(marta, 'Colore').getAttribute('aria-invalid')) === 'true');
  await marta.isSound('admin-colour-refused');
  await marta.page.reload();
  assert.equal(await field(marta, 'Colore').inputValue(), '#f0a500');
  await field(marta, 'Colore').fill('#8a1538');
  await marta.presses('Salva');
  await marta.sees('Salvato.');
  const city = (await house.api('GET', '/house')).city;
  assert.equal(city.colour, '#8a1538');
  assert.match(await (await fetch(`${house.url}/theme.css`)).text(), /--tema/);
  await marta.isSound('admin-city');

  await marta.goes(`${house.url}/admin?session=bilancio`);
  await marta.presses(/^Apri/);
  const state = async () => (await house.api('GET', '/sessions/bilancio')).state;
  await until('it is open', async () => (await state()) === 'open');
  await marta.sees('aperta');
  await marta.isSound('admin-open');
  await marta.focusIsSeen('admin-open', 90);

  // Over, and still a word to say: for how long what is personal stays.
  const desk = new Desk(house, 'bilancio', ADMIN);
  await desk.close();
  await desk.ends();
  await marta.page.reload();
  const keep = marta.page.getByRole('region', { name: 'Che cosa si dimentica' });
  await keep.waitFor();
  const days = keep.getByRole('textbox');
  assert.equal(await days.inputValue(), '30');
  await days.fill('0');
  await marta.presses('Salva');
  await until('no day is too few', async () => (await days.getAttribute('aria-invalid')) === 'true');
  await days.fill('90');
  await marta.presses('Salva');
  await marta.sees('Salvato.');
  assert.equal((await house.api('GET', '/sessions/bilancio')).policy.keep_days, 90);
  await marta.isSound('admin-ended');
});

test('every view on every screen, in both languages', async (t) => {
  await house.city();
  const desk = await house.session('ogni', { labels: ['Scuola', 'Mobilità'], rehearsal: true });
  await desk.open();
  for (const [name, size] of Object.entries({ laptop: LAPTOP, phone: PHONE, small: SMALL })) {
    for (const language of ['it-IT', 'en-GB']) {
      const marta = await office(t, { size, language });
      for (const [view, path] of Object.entries({ list: '', new: '?new=1', city: '?city=1', evening: '?session=ogni', health: '?health=1' })) {
        await marta.goes(`${house.url}/admin${path}`);
        await marta.page.getByRole('heading', { level: 1 }).waitFor();
        await marta.page.waitForLoadState('networkidle');
        // The server looks at its disk for it, which takes a moment.
        if (view === 'health') await marta.page.getByText(language === 'it-IT' ? 'Il disco conferma' : 'The disk confirms').waitFor();
        await marta.isSound(`admin-${view}-${name}-${language}`);
      }
      await marta.leaves();
    }
  }
});

test('who does not administer anything is told how to come in', async (t) => {
  const anna = await Phone.of({ size: PHONE });
  t.after(() => anna.leaves());
  const answer = await anna.goes(`${house.url}/admin`);
  assert.equal(answer.status(), 401);
  await anna.page.getByRole('heading', { level: 1 }).waitFor();
  await anna.isSound('admin-stranger');
});
