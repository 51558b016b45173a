// The stage: what the official reads from three metres away, and the clicker in their hand.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';

import { House, until } from './house.mjs';
import { Network } from './network.mjs';
import { goHome, Phone } from './phone.mjs';
import { wire } from './wire.mjs';

const HALL = { width: 1920, height: 1080 };
const BEAMER = { width: 1280, height: 720 };

const LIBRARY = 'Quando riapre la biblioteca di via Zara?';
const BUS = 'Perché l’autobus 12 non passa più la domenica mattina davanti all’ospedale?';
const SCHOOL = 'A che punto sono i lavori della scuola Manzoni, che doveva riaprire a settembre?';
const LONG = ('Da tre anni abito in via Garibaldi e da tre anni il marciapiede davanti alla farmacia è rotto: '
  + 'mia madre, che usa il deambulatore, deve scendere in strada tra le auto per andare dal medico. '
  + 'Ho scritto due volte all’ufficio tecnico e una volta al protocollo, senza risposta. Quando '
  + 'verrà riparato, con quali soldi, e chi risponde se nel frattempo qualcuno si fa male davvero '
  + 'cadendo una seconda volta?');
const WORD = 'Perché il precipitevolissimevolmente annunciato ampliamento è fermo?';
const ENDLESS = 'supercalifragilistichespiralidoso'.repeat(13).slice(0, 400);

let house;

before(async () => {
  house = await House.start();
  await house.city();
});

after(async () => {
  await goHome();
  await house.end();
});

/** An open session with these questions in its running order. */
async function evening(slug, ...texts) {
  const desk = await house.session(slug, { labels: ['Mobilità', 'Scuola'] });
  await desk.open();
  for (const text of texts) await queued(desk, text);
  return desk;
}

async function queued(desk, text, more = { name: 'Anna Bianchi', labels: ['Mobilità'] }) {
  await desk.enters(text, more);
  const { id, rev } = await desk.reads(text);
  await desk.does({ type: 'queue', question: id, rev });
}

/** Puts it on air. The public board that names the stage's revision may be a second old. */
const airs = (desk, text) => until(`"${text}" on air`, () => desk.onAir(text).then(() => true, () => false));

/** Somebody at the stage, come in by their invitation. */
async function official(t, slug, { url = house.url, query = '', role = 'official', ...about } = {}) {
  const { link, id } = await house.invite(slug, role, 'Lucia Conti');
  const lucia = await Phone.of({ size: HALL, ...about });
  t.after(() => lucia.leaves());
  await lucia.goes(url + new URL(link, house.url).pathname);
  await lucia.page.getByRole('main').getByRole('button').click();
  await lucia.page.waitForURL(/\/(stage|producer|desk)\//);
  await lucia.goes(`${url}/stage/${slug}${query}`);
  lucia.invitation = id;
  return lucia;
}

/** What the wall shows; a text that is there twice, on the wall and below it, is there once here. */
const wall = (who) => who.page.locator('[lang].text');
const reads = (who, text) => wall(who).getByText(text, { exact: true }).waitFor();
const line = (who, text) => who.page.getByRole('status').getByText(text);
const clicks = (who, key) => who.page.keyboard.press(key);
const steady = () => new Promise((go) => setTimeout(go, 1_100));

/** Presses a key, and once more within the same second, when the first press has had its effect. */
async function trembles(who, key) {
  await who.page.evaluate(async (key) => {
    const { now } = Date;
    const second = now();
    Date.now = () => second;
    const press = () => dispatchEvent(new KeyboardEvent('keydown', { key }));
    press();
    while (!document.querySelector('.text')) await new Promise((go) => setTimeout(go, 20));
    await new Promise((go) => setTimeout(go, 300));
    press();
    await new Promise((go) => setTimeout(go, 300));
    Date.now = now;
  }, key);
}

/** How large the letters are, by the height of the screen, and how long the lines. */
async function letters(who) {
  return wall(who).evaluate((text) => {
    const style = getComputedStyle(text);
    const range = document.createRange();
    const lines = [];
    let top = null;
    const node = text.firstChild;
    for (let at = 0; at < node.length; at += 1) {
      range.setStart(node, at);
      range.setEnd(node, at + 1);
      const box = range.getClientRects()[0];
      if (!box || box.width === 0) continue;
      if (top === null || box.top > top + box.height / 2) {
        lines.push('');
        top = box.top;
      }
      lines[lines.length - 1] += node.data[at];
    }
    const canvas = document.createElement('canvas').getContext('2d');
    canvas.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
    const box = text.getBoundingClientRect();
    const around = text.parentElement.getBoundingClientRect();
    return {
      size: Number.parseFloat(style.fontSize) / innerHeight,
      low: canvas.measureText('x').actualBoundingBoxAscent / innerHeight,
      lines,
      inside: box.top >= around.top - 1 && box.bottom <= around.bottom + 1 && box.right <= around.right + 1
        && text.scrollWidth <= text.clientWidth + 1,
      words: text.textContent,
    };
  });
}

test('an evening with a clicker', async (t) => {
  const desk = await evening('palco', LIBRARY, BUS, SCHOOL);
  const lucia = await official(t, 'palco');
  await lucia.sees('3 domande in scaletta');
  await lucia.sees('PageDown: la prossima');
  await lucia.page.mouse.move(400, 400);
  await lucia.isSound('stage-idle');

  await trembles(lucia, 'PageDown');
  await reads(lucia, LIBRARY);
  await lucia.sees('Anna Bianchi');
  await lucia.page.mouse.move(500, 400);
  await lucia.isSound('stage-question');
  await lucia.focusIsSeen('stage-question');
  const on = async () => (await house.api('GET', '/sessions/palco/board')).on_air.id;
  assert.equal(await on(), (await desk.reads(LIBRARY)).id);
  const { token } = await house.invite('palco', 'producer', 'Regia');
  const pia = await wire(t, house, 'palco', 'stage', token);
  const said = async () => (await pia.told('screens'))?.screens.map(({ kind, on_air: id }) => [kind, id]);
  const stages = async () => JSON.stringify(await said()) === JSON.stringify([['stage', await on()]]);
  await until('the stage says what it shows', stages);

  await steady();
  await clicks(lucia, 'PageDown');
  await reads(lucia, BUS);
  assert.equal((await desk.reads(LIBRARY)).state, 'answered');
  await steady();
  // Back to the one before; the other waits at the head of the running order.
  await clicks(lucia, 'PageUp');
  await reads(lucia, LIBRARY);
  assert.equal((await desk.reads(BUS)).state, 'queued');
  await steady();
  await clicks(lucia, 'PageDown');
  await reads(lucia, BUS);
  // "b" is heard at once, though a key was pressed just now.
  await clicks(lucia, 'b');
  await lucia.sees('1 domanda in scaletta');
  await until('nothing is on air', async () => (await on()) === null);
  // The screens are cleared before it is recorded.
  await until('it is recorded', async () => (await desk.reads(BUS)).state === 'approved');
  // A reload loses neither the wall nor what was on it before.
  await lucia.page.reload();
  await lucia.sees('1 domanda in scaletta');
  await clicks(lucia, 'PageUp');
  await reads(lucia, BUS);
  await lucia.page.reload();
  await reads(lucia, BUS);

  // "Not now": back to the desk, with a note.
  await lucia.page.mouse.move(600, 400);
  await lucia.presses('Non ora…');
  const note = lucia.page.getByRole('textbox', { name: 'Nota per la redazione (facoltativa)' });
  await note.fill('prima i numeri del b.');
  await lucia.isSound('stage-later');
  await clicks(lucia, 'Enter');
  await line(lucia, 'Rimandata alla redazione.').waitFor();
  await until('nothing is on air', async () => (await on()) === null);
  const back = await desk.reads(BUS);
  assert.deepEqual([back.state, back.notes.map(({ text }) => text)], ['approved', ['prima i numeri del b.']]);

  await steady();
  await clicks(lucia, 'PageDown');
  await reads(lucia, SCHOOL);
  await steady();
  await clicks(lucia, 'PageDown');
  await line(lucia, 'Nessuna domanda in scaletta').waitFor();
  await reads(lucia, SCHOOL);
  await lucia.isSound('stage-empty');
});

test('letters are large enough, whatever the text', async (t) => {
  const desk = await evening('lettere');
  const texts = { four: LONG, word: WORD, endless: ENDLESS, short: LIBRARY, other: 'متى ستفتح الحديقة الجديدة في وسط المدينة للأطفال؟' };
  for (const text of Object.values(texts)) await queued(desk, text);
  assert.equal([...LONG].length, 400);
  const screens = {
    hall: HALL, beamer: BEAMER, least: { width: 1024, height: 576 }, old: { width: 1024, height: 768 },
    large: { width: 3840, height: 2160 },
  };
  const lucia = await official(t, 'lettere');
  for (const [kind, text] of Object.entries(texts)) {
    await airs(desk, text);
    await reads(lucia, text);
    for (const [name, size] of Object.entries(screens)) {
      await lucia.page.setViewportSize(size);
      await lucia.page.waitForFunction(() => document.fonts.status === 'loaded');
      // Drawn anew: two measurements in a row say the same.
      let before = '';
      const seen = await until(`${kind} fits ${name}`, async () => {
        const seen = await letters(lucia);
        const same = JSON.stringify(seen) === before;
        before = JSON.stringify(seen);
        return same && seen;
      });
      assert.ok(seen.inside, `${kind} ${name}: it does not fit`);
      await lucia.shot(`stage-${kind}-${name}`, false);
      const lines = seen.lines.map((line) => line.trim());
      console.log(`${kind} ${name}: letters 1/${(1 / seen.size).toFixed(1)}, an x 1/${(1 / seen.low).toFixed(1)}, `
        + `${lines.length} lines, longest ${Math.max(...lines.map((line) => line.length))}`);
      assert.ok(seen.size >= 1 / 50, `${kind} ${name}: letters of ${seen.size}`);
      assert.ok(Math.max(...lines.map((line) => line.length)) <= 34, `${kind} ${name}: ${lines.join(' / ')}`);
      if (kind !== 'endless') {
        // Words are whole, and none stands alone at the end.
        assert.equal(lines.join(' '), text, `${kind} ${name}`);
        assert.ok(lines.length === 1 || lines.at(-1).length > 5, `${kind} ${name}: ${lines.join(' / ')}`);
      }
    }
  }
});

test('in both languages, dark and light, on every screen', async (t) => {
  const desk = await evening('lingue', LIBRARY, BUS, SCHOOL);
  const empty = await evening('vuota');
  await airs(desk, SCHOOL);
  for (const language of ['it-IT', 'en-GB']) {
    for (const query of ['', '?theme=light']) {
      const size = language === 'it-IT' ? BEAMER : { width: 1024, height: 768 };
      const lucia = await official(t, 'lingue', { language, query, size });
      const name = `stage-${language}${query.slice(7)}`;
      await reads(lucia, SCHOOL);
      await lucia.page.mouse.move(300, 300);
      await lucia.isSound(name);
      await lucia.focusIsSeen(name);
      await clicks(lucia, 'b');
      await lucia.page.locator('time').waitFor();
      await lucia.page.mouse.move(320, 300);
      await lucia.isSound(`${name}-idle`);
      await airs(desk, SCHOOL);
      await lucia.leaves();
    }
  }
  await empty.close();
  const lucia = await official(t, 'vuota', { size: BEAMER });
  await lucia.sees('Nessuna domanda in scaletta');
  await lucia.isSound('stage-nothing');
});

test('who may do less has fewer buttons, and the timer warms', async (t) => {
  const desk = await evening('pochi', LIBRARY);
  await airs(desk, LIBRARY);
  const pia = await official(t, 'pochi', { role: 'producer', query: '?minutes=0.02' });
  await reads(pia, LIBRARY);
  await pia.page.mouse.move(300, 300);
  const buttons = await pia.page.getByRole('button').allTextContents();
  assert.deepEqual(buttons, ['Togli dalla diretta b', 'Schermo intero']);
  const colour = () => pia.page.getByRole('timer').evaluate((timer) => getComputedStyle(timer).color);
  await until('the timer is warm', async () => /1 0\.694/.test(await colour()));
  await pia.isSound('stage-producer');
});

test('a server that restarts leaves the picture, one that is silent does not', async (t) => {
  const desk = await evening('pausa', LIBRARY, BUS);
  await airs(desk, LIBRARY);
  const network = await Network.to(house);
  t.after(() => network.end());
  const lucia = await official(t, 'pausa', { url: network.url });
  await reads(lucia, LIBRARY);
  // Every moment in which nothing is on the wall is noted.
  await lucia.page.evaluate(() => {
    window.gaps = 0;
    new MutationObserver(() => {
      if (!document.querySelector('.text')) window.gaps += 1;
    }).observe(document.querySelector('#app'), { childList: true, subtree: true });
  });
  const ended = once(house.child, 'exit');
  house.child.kill('SIGTERM');
  const [code] = await ended;
  assert.equal(code, 0);
  await house.comesBack();
  await lucia.isSound('stage-restart');
  await clicksWhenHeard(lucia);
  await reads(lucia, BUS);
  assert.equal(await lucia.page.evaluate(() => window.gaps), 0, 'the wall was never empty');

  // Packets are swallowed, and nothing says so.
  const since = Date.now();
  network.swallows();
  await line(lucia, 'Connessione persa. Riprovo da solo.').waitFor({ timeout: 20_000 });
  console.log(`noticed after ${((Date.now() - since) / 1000).toFixed(1)} s`);
  await clicks(lucia, 'PageDown');
  await line(lucia, 'Nessuna connessione: non inviato.').waitFor();
  await lucia.isSound('stage-swallowed');
  await wall(lucia).waitFor({ state: 'detached' });
  const empty = (Date.now() - since) / 1000;
  console.log(`the wall is empty after ${empty.toFixed(1)} s`);
  assert.ok(empty < 15, `empty after ${empty} s`);
  await lucia.isSound('stage-silent');
  await clicks(lucia, 'b');
  network.good();
  // It was taken off here, and the server was never told: nothing comes back by itself.
  await line(lucia, 'È ancora in onda altrove').waitFor();
  await lucia.isSound('stage-still');
  await steady();
  await clicks(lucia, 'b');
  await until('it is off air', async () => (await desk.reads(BUS)).state === 'approved');
  await line(lucia, 'È ancora in onda altrove').waitFor({ state: 'hidden' });
});

/** Goes on to the next as soon as the line is back. */
async function clicksWhenHeard(lucia) {
  await until('the line is back', async () => {
    await clicks(lucia, 'PageDown');
    await steady();
    return wall(lucia).getByText(BUS, { exact: true }).isVisible();
  });
}

test('after a crash nothing comes back on the wall by itself', async (t) => {
  const desk = await evening('dubbio', LIBRARY, BUS);
  await airs(desk, LIBRARY);
  const lucia = await official(t, 'dubbio');
  await reads(lucia, LIBRARY);
  const asked = lucia.page.getByText('Dopo un’interruzione: rimettere in onda questa domanda?');
  for (const [key, state] of Object.entries({ PageDown: 'on_air', Enter: 'on_air', b: 'approved' })) {
    await house.kill();
    await house.comesBack();
    await asked.waitFor();
    assert.equal(await wall(lucia).count(), 0, 'it is not on the wall');
    if (key === 'PageDown') await lucia.isSound('stage-doubt');
    await clicks(lucia, key);
    await asked.waitFor({ state: 'detached' });
    if (state === 'on_air') await reads(lucia, LIBRARY);
    await until(`${key} settles it`, async () => (await desk.reads(LIBRARY)).state === state);
    await steady();
  }
});

test('an official whose right has ended sees nothing more', async (t) => {
  const desk = await evening('revoca', LIBRARY, BUS);
  await airs(desk, LIBRARY);
  const lucia = await official(t, 'revoca');
  await reads(lucia, LIBRARY);
  await house.api('DELETE', `/sessions/revoca/invitations/${lucia.invitation}`);
  await lucia.sees('Questo schermo non è più collegato');
  const text = await lucia.page.locator('body').innerText();
  assert.ok(!text.includes(LIBRARY) && !text.includes(BUS), text);
  await lucia.isSound('stage-revoked');
});
