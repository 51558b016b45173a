// A rehearsal on real phones: another address than this machine's own, over plain http. There browsers
// keep much from a page (its clipboard, the lock that keeps a screen awake), and everything must do
// without.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { House } from './house.mjs';
import { goHome, LAPTOP, Phone } from './phone.mjs';

const LINKS = join(tmpdir(), `filodiretto-links-${process.pid}.json`);
const TEXT = 'Si riesce a chiedere anche dal telefono?';
let house;
let links;

before(async () => {
  house = await House.start({ command: 'rehearse', flags: ['--phone', '--crowd', '0', '--links-file', LINKS] });
  links = JSON.parse(readFileSync(LINKS, 'utf8'));
  house.url = new URL(links.citizen).origin;
});

after(async () => {
  await goHome();
  await house.end();
});

async function joins(t, link) {
  const phone = await Phone.arrives(t, link, { size: LAPTOP });
  await phone.page.getByRole('main').getByRole('button').click();
  await phone.page.waitForURL(/\/(stage|producer|desk|admin)/);
  return phone;
}

test('everybody of an evening, each on a phone in the same network', async (t) => {
  assert.doesNotMatch(house.url, /127\.0\.0\.1|localhost/);
  const citizen = await Phone.arrives(t, links.citizen);
  assert.equal(await citizen.page.evaluate(() => isSecureContext), false, 'as on a real phone');
  await citizen.presses('Fai una domanda');
  await citizen.page.getByRole('textbox', { name: 'La tua domanda' }).fill(TEXT);
  await citizen.presses('Invia la domanda');
  await citizen.page.locator('a[href^="/r/"]').first().waitFor({ state: 'attached' });

  const [moderator, official, producer, overlay] = await Promise.all([
    joins(t, links.moderator),
    joins(t, links.official),
    joins(t, links.producer),
    Phone.arrives(t, links.overlay, { size: LAPTOP }),
  ]);
  await moderator.page.locator('.desk-text').filter({ hasText: TEXT }).first().waitFor();
  await moderator.page.keyboard.press('s');
  await official.sees(TEXT);
  await official.page.keyboard.press('PageDown');
  for (const one of [citizen, official, producer, overlay]) await one.sees(TEXT);
  // Without a clipboard the address is there to be copied by hand, and a sentence says so.
  await producer.presses('Mostra gli indirizzi');
  await producer.page.getByRole('button', { name: /^Copia/ }).first().click();
  await producer.page.getByRole('status').filter({ hasText: /\w/ }).first().waitFor();
  await producer.presses(/Togli dalla diretta/);
  await official.page.getByText(TEXT).first().waitFor({ state: 'detached' });
  for (const one of [citizen, moderator, official, producer, overlay]) {
    // A browser tells that over http it heeds no such header: it is for https.
    assert.deepEqual(one.errors.filter((line) => !line.startsWith('The Cross-Origin-Opener-Policy header')), []);
    assert.deepEqual(one.strangers(), []);
  }
});
