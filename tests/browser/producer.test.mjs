// The producer, beside OBS or in a dock of it: what is on air, what each screen says, and the way out.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { House, until } from './house.mjs';
import { Network } from './network.mjs';
import { goHome, LAPTOP, Phone } from './phone.mjs';
import { wire } from './wire.mjs';

const DOCK = { width: 320, height: 640 };

const LIBRARY = 'Quando riapre la biblioteca di via Zara?';
const BUS = 'Perché l’autobus 12 non passa più la domenica mattina davanti all’ospedale?';

let house;

before(async () => {
  house = await House.start();
  await house.city();
});

after(async () => {
  await goHome();
  await house.end();
});

async function evening(slug, ...texts) {
  const desk = await house.session(slug, { labels: ['Mobilità'] });
  await desk.open();
  for (const text of texts) {
    await desk.enters(text, { name: 'Anna Bianchi', labels: ['Mobilità'] });
    const { id, rev } = await desk.reads(text);
    await desk.does({ type: 'queue', question: id, rev });
  }
  return desk;
}

/** Puts it on air. The public board that names the stage's revision may be a second old. */
const airs = (desk, text) => until(`"${text}" on air`, () => desk.onAir(text).then(() => true, () => false));

/** Somebody with this role, come in by their invitation, on this page. */
async function comes(t, role, slug, page, { url = house.url, query = '', ...about } = {}) {
  const { link, id } = await house.invite(slug, role, 'Regia');
  const pia = await Phone.of({ size: LAPTOP, ...about });
  t.after(() => pia.leaves());
  await pia.goes(url + new URL(link, house.url).pathname);
  await pia.page.getByRole('main').getByRole('button').click();
  await pia.page.waitForURL(/\/(stage|producer|desk)\//);
  await pia.goes(`${url}/${page}/${slug}${query}`);
  pia.invitation = id;
  return pia;
}

/** The overlay of a session, as a program with the key. */
async function overlayOf(t, slug) {
  const { key } = await house.api('GET', `/sessions/${slug}/overlay`);
  return wire(t, house, slug, 'overlay', key);
}

const region = (who, name) => who.page.getByRole('region', { name });
const screen = (who, kind, verdict) =>
  region(who, 'Schermi').getByRole('listitem').filter({ hasText: kind }).filter({ hasText: verdict });

test('what each screen shows, and how to hide the picture', async (t) => {
  const desk = await evening('regia', LIBRARY, BUS);
  const pia = await comes(t, 'producer', 'regia', 'producer');
  await pia.sees('Niente in onda');
  await pia.sees('Nessuno schermo si è fatto sentire');
  await pia.isSound('producer-idle');

  await comes(t, 'official', 'regia', 'stage');
  const overlay = await overlayOf(t, 'regia');
  await overlay.says({ type: 'shown', on_air: null });
  await screen(pia, 'Palco', 'Come deve').waitFor();
  await screen(pia, 'Grafica', 'Come deve').waitFor();

  // The stage follows by itself; this overlay does not.
  await airs(desk, LIBRARY);
  await region(pia, /In onda/).getByText(LIBRARY).waitFor();
  await screen(pia, 'Palco', 'Come deve').getByText(LIBRARY).waitFor();
  await screen(pia, 'Grafica', 'Diverso').waitFor();
  await pia.isSound('producer-wrong');
  await pia.focusIsSeen('producer-wrong');
  const { id } = await desk.reads(LIBRARY);
  await overlay.says({ type: 'shown', on_air: id });
  await screen(pia, 'Grafica', 'Come deve').getByText(LIBRARY).waitFor();
  await pia.isSound('producer-right');

  // Hidden: only the picture. Every producer knows of it, whoever has done it.
  const paola = await comes(t, 'producer', 'regia', 'producer', { size: DOCK });
  await pia.presses('Nascondi la grafica');
  await pia.sees('È nascosta: nello streaming');
  await paola.sees('È nascosta: nello streaming');
  const drawn = async () => (await overlay.told('update')).changes.find((change) => change.on_air).on_air.id;
  await until('the overlay is told', async () => (await drawn()) === null);
  assert.equal((await desk.reads(LIBRARY)).state, 'on_air');
  await screen(pia, 'Grafica', 'Diverso').waitFor();
  await overlay.says({ type: 'shown', on_air: null });
  await screen(pia, 'Grafica', 'Come deve').getByText('niente').waitFor();
  await pia.page.reload();
  await screen(pia, 'Grafica', 'Come deve').getByText('niente').waitFor();
  await pia.isSound('producer-hidden');
  await paola.presses('Mostra la grafica');
  await pia.sees('Segue la diretta.');
  await until('the overlay is shown', async () => (await drawn()) === id);
  await overlay.says({ type: 'shown', on_air: id });
  await screen(pia, 'Grafica', 'Come deve').getByText(LIBRARY).waitFor();

  // One that falls silent is not believed any longer; this page is no screen, whatever it sees.
  await screen(pia, 'Grafica', 'Non si sente').waitFor();
  await screen(pia, 'Palco', 'Come deve').waitFor();
  assert.equal(await region(pia, 'Schermi').getByRole('listitem').count(), 2);
  await pia.isSound('producer-silent');
});

test('off air by F8, also while typing, and never later', async (t) => {
  const desk = await evening('tasto', LIBRARY, BUS);
  await airs(desk, LIBRARY);
  const network = await Network.to(house);
  t.after(() => network.end());
  const pia = await comes(t, 'producer', 'tasto', 'producer', { url: network.url });
  await pia.presses('Mostra gli indirizzi');
  await pia.page.getByLabel('Sottopancia', { exact: true }).focus();
  await region(pia, /In onda/).getByText(LIBRARY).waitFor();
  await pia.page.keyboard.press('F8');
  await pia.sees('Niente in onda');
  // The screens clear before it is on record.
  const became = (text) => async () => (await desk.reads(text)).state === 'approved';
  await until('it is recorded', became(LIBRARY));

  // Without a line nothing goes, now or later, and the page says so in red.
  await airs(desk, BUS);
  await region(pia, /In onda/).getByText(BUS).waitFor();
  network.gone();
  await pia.sees('connessione persa');
  // Both at once: after ten seconds the page knows nothing of the overlay any more, nor offers to hide it.
  await pia.page.evaluate(() => {
    dispatchEvent(new KeyboardEvent('keydown', { key: 'F8' }));
    [...document.querySelectorAll('button')].find((one) => one.textContent.includes('Nascondi la grafica')).click();
  });
  await pia.page.getByRole('alert').getByText('Non inviato: il server non risponde').waitFor();
  const said = async () => (await pia.spoken()).some((text) => text.includes('Nessuna connessione: non inviato.'));
  await until('it says that nothing was sent', said);
  await pia.isSound('producer-lost');
  await pia.sees('Senza connessione non so che cosa è in onda.');
  await pia.isSound('producer-unknown');
  network.good();
  await pia.page.getByRole('alert').getByText('la domanda è ancora in onda: premi di nuovo').waitFor();
  assert.equal((await desk.reads(BUS)).state, 'on_air');
  await pia.sees('Segue la diretta.');
  await pia.presses(/^Togli dalla diretta/);
  await pia.sees('Niente in onda');
  await until('it is recorded', became(BUS));
  assert.equal(await pia.page.getByRole('alert').getByText(/./).count(), 0);
});

test('the addresses with their key, to be copied', async (t) => {
  await evening('chiave');
  const pia = await comes(t, 'producer', 'chiave', 'producer', { permissions: ['clipboard-read', 'clipboard-write'] });
  const { key } = await house.api('GET', '/sessions/chiave/overlay');
  await pia.sees('Contengono una chiave segreta');
  assert.ok(!(await pia.page.content()).includes(key), 'the key is not in the page before it is asked for');
  await pia.presses('Mostra gli indirizzi');
  const wanted = {
    Sottopancia: `/s/chiave/overlay#${key}`,
    'Parete, con il codice QR': `/s/chiave/overlay?card=wall#${key}`,
    'Sottopancia di prova': `/s/chiave/overlay?test=1#${key}`,
  };
  for (const [name, address] of Object.entries(wanted)) {
    assert.equal(await pia.page.getByLabel(name, { exact: true }).inputValue(), house.url + address);
  }
  await pia.presses('Copia l’indirizzo: Sottopancia di prova');
  await pia.sees('Copiato.');
  assert.equal(await pia.page.evaluate(() => navigator.clipboard.readText()), house.url + wanted['Sottopancia di prova']);
  await pia.isSound('producer-links');
  // Where copying is forbidden the text is selected, ready for the keyboard.
  await pia.page.evaluate(() => (navigator.clipboard.writeText = () => Promise.reject(new Error('no'))));
  await pia.presses('Copia l’indirizzo: Sottopancia');
  await pia.sees('il testo è selezionato');
  assert.equal(await pia.page.evaluate(() => getSelection().toString()), house.url + wanted.Sottopancia);
  await pia.presses('Nascondi gli indirizzi');
  assert.ok(!(await pia.page.content()).includes(key), 'and not any more afterwards');
});

test('on every screen, in both languages', async (t) => {
  const desk = await evening('dock', LIBRARY, BUS);
  await comes(t, 'official', 'dock', 'stage');
  await airs(desk, BUS);
  for (const [name, size] of Object.entries({ dock: DOCK, laptop: LAPTOP })) {
    for (const language of ['it-IT', 'en-GB']) {
      const pia = await comes(t, 'producer', 'dock', 'producer', { size, language });
      await pia.sees(language === 'it-IT' ? 'Come deve' : 'As it should');
      await pia.presses(/^(Mostra gli indirizzi|Show the addresses)$/);
      await pia.page.getByRole('textbox').nth(2).waitFor();
      await pia.isSound(`producer-${name}-${language}`);
      await pia.focusIsSeen(`producer-${name}-${language}`);
      await pia.leaves();
    }
  }
  const pia = await comes(t, 'producer', 'dock', 'producer');
  await pia.page.getByRole('link', { name: 'en', exact: true }).click();
  await pia.sees('Take off air');
  // Chosen once, it stays.
  await pia.goes(`${house.url}/producer/dock`);
  await pia.sees('Take off air');
});

test('after a crash, and when the right has ended', async (t) => {
  const desk = await evening('fine', LIBRARY);
  await airs(desk, LIBRARY);
  const pia = await comes(t, 'producer', 'fine', 'producer', { size: DOCK });
  await region(pia, /In onda/).getByText(LIBRARY).waitFor();
  await house.kill();
  await house.comesBack();
  await pia.sees('Dopo un’interruzione del server questa domanda non è su nessuno schermo');
  await pia.isSound('producer-doubt');
  await house.api('DELETE', `/sessions/fine/invitations/${pia.invitation}`);
  await pia.sees('Questa pagina non è più collegata');
  assert.ok(!(await pia.page.locator('body').innerText()).includes(LIBRARY));
  await pia.isSound('producer-revoked');
});
