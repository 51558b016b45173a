// What assistive technology is told through an evening, held line by line in told.txt: the
// accessibility tree after each step, and what the live region said since the one before.
// UPDATE_EXPECT=1 writes the file anew: read the difference as somebody who sees nothing.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { until } from './house.mjs';
import { oneHouse, Phone } from './phone.mjs';

const FILE = fileURLToPath(new URL('told.txt', import.meta.url));
const OWN = 'Quando riapre la biblioteca di via Zara?';
const HALL = 'Perché la pista ciclabile di viale Roma si interrompe?';

const house = oneHouse();

/** Without what differs from run to run: times of day, codes of receipts. */
const timeless = (text) =>
  text
    .replace(/\b\d{1,2}:\d{2}\b/g, 'hh:mm')
    .replace(/\b[0-9A-Z]{4}(-[0-9A-Z]{4}){3}\b/g, 'XXXX-XXXX-XXXX-XXXX')
    .replace(/- \/url: .*\n?/g, (line) => (/http/.test(line) ? line : timelessUrl(line)));
const timelessUrl = (line) => line.replace(/\/r\/[^\s"]+/, '/r/…');

test('what is told to somebody who cannot see', async (t) => {
  const told = [];
  const desk = await house.session('orecchie', { labels: ['Scuola', 'Mobilità'] });
  await desk.open();
  const anna = await Phone.arrives(t, `${house.url}/s/orecchie`);
  await anna.role('button', 'Fai una domanda').waitFor();

  let heard = 0;
  /** Notes what is there now; waits for a sentence first, where one is expected. */
  const step = async (name, sentence) => {
    if (sentence) {
      await until(`"${sentence}" is spoken`, async () =>
        (await anna.spoken()).slice(heard).some((said) => said.includes(sentence)));
    }
    const spoken = await anna.spoken();
    told.push(`== ${name}`, '');
    told.push(...spoken.slice(heard).map((said) => `spoken: ${timeless(said)}`));
    heard = spoken.length;
    // Head and foot of the page stay as they are.
    const part = anna.page.locator(told.length < 5 ? 'body' : 'main');
    told.push(timeless(await part.ariaSnapshot()).trimEnd(), '');
  };

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
  await step('the end');

  const now = `${told.join('\n')}\n`;
  if (process.env.UPDATE_EXPECT) writeFileSync(FILE, now);
  assert.equal(now, readFileSync(FILE, 'utf8'), 'UPDATE_EXPECT=1 writes told.txt anew');

  // Never two sentences within ten seconds, whatever happens.
  const said = await anna.page.evaluate(() => window.seen.spoken);
  for (let n = 1; n < said.length; n += 1) {
    const apart = said[n].at - said[n - 1].at;
    assert.ok(apart > 9_000, `"${said[n].text}" comes ${Math.round(apart)} ms after "${said[n - 1].text}"`);
  }
});
