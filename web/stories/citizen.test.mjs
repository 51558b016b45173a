// A citizen's evening, in a real browser against a real server.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { House, Visitor, browser, laptop, phone, until } from './house.mjs';

let house;
let chrome;
before(async () => {
  house = await House.open();
  chrome = await browser();
});
after(async () => {
  await chrome?.close();
  await house?.close();
});

const BOOKS = 'Quando riapre la biblioteca di via Manzoni?';
const BUSES = 'Perché gli autobus la sera passano ogni ora?';
const NOISE = 'Il mio vicino fa rumore: che cosa fate?';
const PARK = 'متى ستفتح الحديقة الجديدة؟ 🌳';

async function asks(ana, text) {
  await ana.press(/^Fai un/);
  await ana.page.getByLabel('La tua domanda').fill(text);
  await ana.press('Invia la domanda');
}

test('an evening, from before the start to what was not reached', async () => {
  const desk = await house.session('serata');
  await house.api(house.admin, 'PATCH', '/sessions/serata', { rev: 1, starts_at: Date.now() + 3_600_000 });
  const ana = await Visitor.comes(chrome, house, '/s/serata');
  const heard = [];
  const hears = async (step, ...told) => {
    for (const sentence of told) {
      await until(`she is told "${sentence}"`, () => ana.told.some((said) => said.startsWith(sentence)), 60);
    }
    heard.push(`## ${step}`, ...told.map((sentence) => `> ${sentence}`), await ana.reads(), '');
  };

  await ana.sees('Comincia');
  assert.equal(await ana.page.getByRole('link', { name: 'Aggiungi al calendario' }).getAttribute('href'), '/s/serata/calendar.ics');
  assert.equal(await ana.page.getByRole('button', { name: 'Fai una domanda' }).count(), 0, 'no dead button');
  await ana.isSound('before the start');

  await desk.says('open');
  await ana.sees('Fai una domanda');
  await ana.isSound('an empty evening');
  await hears('arrives; nothing has been asked', 'La seduta è aperta');

  // The network goes while she asks: nothing is lost, and she is told.
  house.network.cuts();
  await asks(ana, BOOKS);
  await ana.sees('La invio appena torna la connessione');
  await ana.page.keyboard.press('Escape');
  await ana.sees('Connessione persa. Riprovo da solo');
  await ana.isSound('the line is lost, a question under way');
  await until('she is told', () => ana.told.some((said) => said.startsWith('Connessione persa.')));
  house.network.comesBack();
  await ana.sees('In attesa: la leggiamo prima di pubblicarla.', 40);
  await ana.seesNot('Connessione persa');
  assert.equal((await desk.questions()).length, 1, 'sent once');
  await hears('asked while the network was away', 'Connessione persa.', 'Ricevuta.');

  await desk.on(BOOKS, 'approve');
  await ana.sees('La tua domanda è pubblicata.');
  const books = (await desk.questions())[0].id;
  await desk.somebodyVotes(books);
  await desk.somebodyVotes(books);
  await ana.sees('2 voti');

  const parks = await desk.hears(PARK);
  await ana.press('Mostra 1 nuova domanda');
  const vote = ana.page.getByRole('button', { name: /^Sostieni, 0 voti/ });
  await vote.click();
  await until('her vote counts', async () => (await desk.questions()).find((one) => one.id === parks).votes === 1);
  await until('the button says so', async () =>
    ana.page.getByRole('button', { name: 'Sostieni, 1 voto', pressed: true }).isVisible(),
  );
  await hears('published, voted, and another supported', 'La tua domanda è pubblicata.');

  await desk.putsOnAir(BOOKS);
  await ana.sees('La tua domanda è in onda adesso.');
  assert.match(await ana.page.title(), /^● La tua domanda è in onda/);
  const card = await ana.page.getByText(BOOKS).first().boundingBox();
  assert.ok(card && card.y < phone.height / 2, 'it stands on top');
  await ana.isSound('her own question is on air');
  await ana.page.setViewportSize({ width: phone.width, height: 360 });
  await ana.page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
  await until('it says so wherever she has scrolled to', () =>
    ana.page.getByRole('link', { name: 'La tua domanda è in onda adesso.' }).isVisible(),
  );
  await ana.isSound('on air, scrolled away');
  await ana.page.setViewportSize(phone);
  await ana.page.evaluate(() => scrollTo(0, 0));
  await hears('her own question is on air', 'La tua domanda è in onda adesso.');

  await desk.says('off_air');
  await ana.sees('Adesso non è in onda nessuna domanda.');
  await desk.on(BOOKS, 'answer', { text: 'Il 12 gennaio, con nuovi orari.' });
  await ana.sees('Ha avuto risposta alle');
  await ana.press('Risposte');
  await ana.sees('Il 12 gennaio, con nuovi orari.');
  await ana.isSound('answered');

  await asks(ana, NOISE);
  await ana.sees('Ricevuta. La leggiamo prima di pubblicarla.');
  await ana.isSound('received');
  await ana.press('Chiudi');
  await desk.on(NOISE, 'dismiss', { reason: 'not_our_office', note: 'Se ne occupa la polizia locale: 030 000000.' });
  await ana.sees('Non pubblicata: riguarda un altro ente.');
  await ana.sees('Se ne occupa la polizia locale: 030 000000.');
  await hears('answered, and another dismissed with its reason', 'Ha avuto risposta alle', 'Non pubblicata: riguarda un altro ente.');

  await asks(ana, BUSES);
  await ana.press('Chiudi');
  await desk.says('close');
  await ana.sees('Non si possono più fare domande.');
  await ana.isSound('closed');
  await desk.says('end');
  await ana.sees('Non ci siamo arrivati stasera.');
  await ana.sees('La seduta è conclusa.');
  await ana.isSound('ended');
  await hears('ended; one was not reached', 'La seduta è conclusa. Grazie di aver partecipato. Non ci siamo arrivati stasera.');
  await ana.leaves();
  remembers('told.md', `${heard.join('\n')}\n`);
});

/** Line by line what assistive technology is told: `UPDATE_EXPECT=1` writes it anew. */
function remembers(file, text) {
  const path = join(import.meta.dirname, file);
  if (process.env.UPDATE_EXPECT || !existsSync(path)) writeFileSync(path, text);
  assert.equal(text, readFileSync(path, 'utf8'));
}

test('what is typed survives a reload, a refusal and a closed sheet', async () => {
  const desk = await house.session('testo');
  await desk.says('open');
  const ana = await Visitor.comes(chrome, house, '/s/testo');
  await ana.press('Fai una domanda');
  await ana.page.getByLabel('La tua domanda').fill('Chi paga?');
  await ana.page.getByLabel('Il tuo nome').fill('Anna');
  await ana.page.reload();
  await ana.press('Fai una domanda');
  assert.equal(await ana.page.getByLabel('La tua domanda').inputValue(), 'Chi paga?');
  assert.equal(await ana.page.getByLabel('Il tuo nome').inputValue(), 'Anna');
  // The rules change under her hands: the server refuses what the page let pass.
  await desk.says('policy', { policy: { slow_s: 600 } });
  await ana.press('Invia la domanda');
  await ana.sees('Ricevuta.');
  await ana.press('Fai un’altra domanda');
  await ana.page.getByLabel('La tua domanda').fill('E chi controlla?');
  await ana.press('Invia la domanda');
  await ana.sees('Troppo in fretta.');
  assert.equal(await ana.page.getByLabel('La tua domanda').inputValue(), 'E chi controlla?');
  await ana.isSound('refused');
  await ana.leaves();
});

test('the list stays under the finger, and lets in what is new when asked', async () => {
  const desk = await house.session('lista');
  await desk.says('open');
  for (let n = 1; n <= 12; n += 1) await desk.hears(`Domanda numero ${n}, lunga abbastanza per una riga o due?`);
  const ana = await Visitor.comes(chrome, house, '/s/lista');
  await ana.press('Nuove');
  const card = ana.page.getByText('Domanda numero 8,');
  await card.scrollIntoViewIfNeeded();
  const where = async () => (await card.boundingBox())?.y;
  const at = await where();
  await desk.hears('Questa arriva adesso?');
  await desk.hears('E anche questa?');
  await ana.sees('2 nuove');
  await ana.isSound('news waits');
  assert.equal(await where(), at, 'nothing moved');
  assert.equal(await ana.page.getByText('Questa arriva adesso?').count(), 0);
  await ana.press('Mostra 2 nuove domande');
  await ana.sees('Questa arriva adesso?');
  await ana.isSound('a full list');
  await ana.leaves();
});

test('a server that is killed and comes back finds everybody where they were', async () => {
  const desk = await house.session('colpo');
  await desk.says('open');
  const ana = await Visitor.comes(chrome, house, '/s/colpo');
  await ana.sees('Fai una domanda');
  await house.dies();
  await asks(ana, BUSES);
  await ana.sees('La invio appena torna la connessione');
  await house.starts();
  await ana.sees('Ricevuta. La leggiamo prima di pubblicarla.', 60);
  assert.equal((await desk.questions()).filter((one) => one.text === BUSES).length, 1);
  await ana.leaves();
});

test('where sockets are blocked the page lives all the same', async () => {
  const desk = await house.session('proxy');
  await desk.says('open');
  house.network.blocksSockets = true;
  const ana = await Visitor.comes(chrome, house, '/s/proxy');
  await ana.sees('Fai una domanda', 30);
  await asks(ana, BUSES);
  await ana.sees('Ricevuta.');
  await desk.on(BUSES, 'approve');
  await ana.sees('La tua domanda è pubblicata.');
  house.network.blocksSockets = false;
  await ana.leaves();
});

test('everything works from the keyboard, with the focus always seen', async () => {
  const desk = await house.session('tasti', { policy: {} });
  await desk.says('open');
  for (let n = 1; n <= 6; n += 1) await desk.hears(`Domanda numero ${n}?`);
  for (const viewport of [phone, laptop, { width: 320, height: 640 }]) {
    const ana = await Visitor.comes(chrome, house, '/s/tasti', { viewport });
    await ana.sees('Domanda numero 1?');
    const seen = new Set();
    for (let press = 0; press < 60; press += 1) {
      await ana.page.keyboard.press('Tab');
      const focus = await ana.page.evaluate(() => {
        const one = document.activeElement;
        if (!one || one === document.body) return null;
        const style = getComputedStyle(one);
        const box = one.getBoundingClientRect();
        const under = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
        return {
          name: one.getAttribute('aria-label') ?? one.textContent?.trim().slice(0, 40) ?? '',
          ring: style.boxShadow !== 'none' || style.outlineStyle !== 'none',
          hidden: under !== null && !one.contains(under) && !under.contains(one),
        };
      });
      if (!focus) continue;
      assert.ok(focus.ring, `${viewport.width}: no ring on "${focus.name}"`);
      assert.ok(!focus.hidden, `${viewport.width}: "${focus.name}" is covered`);
      seen.add(focus.name);
    }
    assert.ok(seen.size > 8, `few things took the focus: ${[...seen]}`);
    if (viewport !== laptop) {
      const button = ana.page.getByRole('button', { name: 'Fai una domanda' });
      await button.focus();
      await ana.page.keyboard.press('Enter');
      await ana.page.keyboard.type('Si può fare tutto con i tasti?');
      await ana.page.keyboard.press('Escape');
      assert.ok(await button.evaluate((one) => one === document.activeElement), 'the focus comes back');
    }
    await ana.leaves();
  }
});

test('a network that swallows everything and closes nothing is noticed, and nothing is missing', async () => {
  const desk = await house.session('silenzio');
  await desk.says('open');
  const ana = await Visitor.comes(chrome, house, '/s/silenzio');
  await ana.sees('Ancora nessuna domanda pubblicata.');
  house.network.swallows();
  await desk.hears(BOOKS);
  await ana.sees('Connessione persa.', 42);
  house.network.comesBack();
  await ana.sees(BOOKS, 40);
  await ana.seesNot('Connessione persa.');
  await ana.leaves();
});
