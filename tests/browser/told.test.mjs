// What assistive technology is told through an evening, held line by line in told.txt for a citizen
// and in told-desk.txt for a moderator: the accessibility tree after each step, what has the focus,
// and what the live regions said since the step before.
// UPDATE_EXPECT=1 writes the files anew: read the difference as somebody who sees nothing.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { until } from './house.mjs';
import { LAPTOP, oneHouse, Phone } from './phone.mjs';

const OWN = 'Quando riapre la biblioteca di via Zara?';
const HALL = 'Perché la pista ciclabile di viale Roma si interrompe?';

const house = oneHouse();

/** Without what differs from run to run: times of day (one o'clock has a word of its own), ages, codes of receipts. */
const timeless = (text) =>
  text
    .replace(/\b\d{1,2}:\d{2}\b/g, 'hh:mm')
    .replace(/all’hh:mm/g, 'alle hh:mm')
    .replace(/\b\d+ s fa\b/g, 'N s fa')
    .replace(/\b\d+\/min\b/g, 'N/min')
    .replace(/\b[0-9A-Z]{4}(-[0-9A-Z]{4}){3}\b/g, 'XXXX-XXXX-XXXX-XXXX')
    .replace(/\b[0-9a-f]{64}\b/g, '9f86…')
    .replace(/- \/url: .*\n?/g, (line) => (/http/.test(line) ? line : timelessUrl(line)));
const timelessUrl = (line) => line.replace(/\/r\/[^\s"]+/, '/r/…');

/** Listens to a page beside somebody who cannot see it. */
class Told {
  #told = [];
  #heard = 0;

  constructor(phone) {
    this.phone = phone;
  }

  /** Notes what is there now; waits for a sentence first, where one is expected. */
  step = async (name, sentence) => {
    const { phone } = this;
    if (sentence) {
      await until(`"${sentence}" is spoken`, async () =>
        (await phone.spoken()).slice(this.#heard).some((said) => said.includes(sentence)));
    }
    const spoken = await phone.spoken();
    this.#told.push(`== ${name}`, '');
    this.#told.push(...spoken.slice(this.#heard).map((said) => `spoken: ${timeless(said)}`));
    this.#heard = spoken.length;
    // Head and foot of the page stay as they are.
    const part = phone.page.locator(this.#told.length < 5 ? 'body' : 'main');
    this.#told.push(timeless(await part.ariaSnapshot()).trimEnd(), '');
  };

  /** Notes what the focus has come to, and nothing else. */
  turn = async (name) => {
    const { phone } = this;
    const spoken = await phone.spoken();
    const focus = await phone.page.evaluate(() => {
      const element = document.activeElement;
      const label = element.getAttribute('aria-label') ?? '';
      return `${element.tagName.toLowerCase()} "${label}" ${element.innerText.split('\n').filter(Boolean).slice(0, 2).join(' | ')}`;
    });
    this.#told.push(`== ${name}`, '');
    this.#told.push(...spoken.slice(this.#heard).map((said) => `spoken: ${timeless(said)}`));
    this.#heard = spoken.length;
    this.#told.push(`focus: ${timeless(focus)}`, '');
  };

  /** Compares all of it with what the file holds. */
  isAs(name) {
    const file = fileURLToPath(new URL(name, import.meta.url));
    const now = `${this.#told.join('\n')}\n`;
    if (process.env.UPDATE_EXPECT) writeFileSync(file, now);
    assert.equal(now, readFileSync(file, 'utf8'), `UPDATE_EXPECT=1 writes ${name} anew`);
  }
}

test('what is told to somebody who cannot see', async (t) => {
  const desk = await house.session('orecchie', { labels: ['Scuola', 'Mobilità'] });
  await desk.open();
  const anna = await Phone.arrives(t, `${house.url}/s/orecchie`);
  await anna.role('button', 'Fai una domanda').waitFor();
  const told = new Told(anna);
  const { step } = told;

  await step('the evening is open, nobody has asked');
  await anna.presses('Fai una domanda');
  await anna.page.getByRole('textbox', { name: 'La tua domanda' }).waitFor();
  await step('she is asking');
  await anna.page.getByRole('textbox', { name: 'La tua domanda' }).fill(OWN);
  await anna.presses('Invia la domanda');
  await anna.sees('Ricevuta. La leggiamo prima di pubblicarla.');
  await step('it was received', 'Ricevuta');
  await anna.presses('Chiudi');
  await desk.approve(OWN);
  await anna.sees('La tua domanda è pubblicata.');
  await step('it is published', 'La tua domanda è pubblicata.');
  await desk.enters(HALL);
  const news = anna.role('button', 'Mostra 1 nuova domanda');
  const hall = anna.page.getByText(HALL);
  await news.or(hall).first().waitFor();
  if (await news.isVisible()) await news.click();
  await hall.waitFor();
  await anna.presses('Sostieni, 0 voti');
  await anna.page.getByRole('button', { name: 'Sostieni, 1 voto', pressed: true }).waitFor();
  await step('she supports another one');
  await desk.onAir(HALL);
  await step('another one is on air', HALL);
  await desk.onAir(OWN);
  await step('hers is on air', 'La tua domanda è in onda adesso.');
  await desk.answered(OWN);
  await anna.sees('Ha avuto risposta');
  await step('it was answered', 'Ha avuto risposta');
  await desk.close();
  await desk.ends();
  await anna.sees('La seduta è conclusa');
  await anna.sees('Impronta del verbale');
  await step('the end', 'La seduta è conclusa');

  told.isAs('told.txt');

  // Never two sentences within ten seconds, whatever happens.
  const said = await anna.page.evaluate(() => window.seen.spoken);
  for (let n = 1; n < said.length; n += 1) {
    const apart = said[n].at - said[n - 1].at;
    assert.ok(apart > 9_000, `"${said[n].text}" comes ${Math.round(apart)} ms after "${said[n - 1].text}"`);
  }
});

test('what is told to a moderator who cannot see', async (t) => {
  const desk = await house.session('banco', { policy: { slow_s: null } });
  await desk.open();
  const others = ['Perché siete così lenti?', 'Quando si fa il mercato in piazza?', 'E la fibra in frazione?'];
  for (const text of [OWN, ...others]) await house.asks('banco', text, { name: 'Anna' });
  const { link } = await house.invite('banco', 'moderator', 'Marta Riva');
  const marta = await Phone.arrives(t, link, { size: LAPTOP });
  await marta.page.getByRole('main').getByRole('button').click();
  await marta.page.waitForURL(/\/desk\//);
  const reads = (text) => marta.page.getByRole('article', { name: 'Domanda in lettura' }).getByText(text, { exact: true }).waitFor();
  const focused = (selector) => until(`the focus is on ${selector}`, () =>
    marta.page.evaluate((selector) => document.activeElement.matches(selector), selector));
  await reads(OWN);
  const told = new Told(marta);
  const { step, turn } = told;

  await step('four questions wait');
  await marta.page.keyboard.press('a');
  await reads(others[0]);
  await focused('.desk-focus');
  await turn('the first is approved');
  await marta.page.keyboard.press('d');
  await focused('.desk-dismiss button');
  await turn('why is the second not published');
  await marta.page.keyboard.press('5');
  await reads(others[1]);
  await focused('.desk-focus');
  await turn('it is dismissed');
  await marta.page.keyboard.press('s');
  await reads(others[2]);
  await focused('.desk-focus');
  await turn('the third is approved and queued');
  await desk.revise(others[2], 'E la fibra nelle frazioni?');
  await marta.sees('Nel frattempo il testo è cambiato.');
  await marta.page.keyboard.press('a');
  await until('it is said', async () => (await marta.spoken()).some((said) => said.includes('il testo è cambiato')));
  await turn('the fourth was changed elsewhere');
  await marta.presses('Leggi il testo nuovo');
  await reads('E la fibra nelle frazioni?');
  await focused('.desk-focus');
  await turn('it is read again');
  await marta.page.keyboard.press('a');
  await marta.sees('Niente in attesa');
  // The question leaves at the press; what came of it stands there when the server has said so.
  await marta.page.getByRole('heading', { name: 'Approvate 2' }).waitFor();
  await marta.page.getByText('Nel frattempo il testo è cambiato.').waitFor({ state: 'detached' });
  await step('nothing waits any more');
  await desk.onAir(others[1]);
  await marta.page.getByRole('heading', { name: /^In onda/ }).waitFor();
  await marta.page.keyboard.press('F8');
  await marta.page.getByRole('heading', { name: 'Niente in onda' }).waitFor();
  await marta.page.getByRole('heading', { name: 'Approvate 3' }).waitFor();
  await until('it is said', async () => (await marta.spoken()).some((said) => said.includes('Niente in onda')));
  await step('it was on air, and was taken off');
  await house.kill();
  await until('it is said', async () => (await marta.spoken()).some((said) => said.includes('Connessione persa')));
  await turn('the line is lost');
  await house.comesBack();
  told.isAs('told-desk.txt');
});
