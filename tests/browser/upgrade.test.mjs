// The server is upgraded in the middle of an evening: every page keeps working, and is loaded anew by
// itself when nobody would notice.

import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { Hall } from './hall.mjs';
import { ROOT, until } from './house.mjs';
import { oneHouse, Phone } from './phone.mjs';

const LIBRARY = 'Quando riapre la biblioteca di via Zara?';
const DIST = join(ROOT, 'web', 'dist');
const house = oneHouse();

/** The same pages as another build has them: no file has the name that it had. */
function otherBuild(t) {
  const folder = mkdtempSync(join(tmpdir(), 'filodiretto-dist-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(DIST, folder, { recursive: true });
  const assets = join(folder, 'assets');
  const names = readdirSync(assets).filter((name) => !/\.(br|gz)$/.test(name));
  const renamed = (text) => names.reduce((text, name) => text.replaceAll(name, `next-${name}`), text);
  for (const name of readdirSync(assets)) {
    const path = join(assets, name);
    if (/\.(br|gz)$/.test(name)) rmSync(path);
    else if (/\.(js|css)$/.test(name)) writeFileSync(path, renamed(readFileSync(path, 'utf8')));
  }
  for (const name of names) renameSync(join(assets, name), join(assets, `next-${name}`));
  const manifest = join(folder, 'manifest.json');
  writeFileSync(manifest, renamed(readFileSync(manifest, 'utf8')));
  return folder;
}

/** The server of tests reads its pages where they lie: there, from now on, lie the other ones. */
async function upgrade(t) {
  await house.stops();
  house.under ??= `exec unshare $(test $(id -u) = 0 || echo -r) -m sh -c \\
    'mount --bind "${otherBuild(t)}" "${DIST}" && exec "$0" "$@"' "$0" "$@"`;
  await house.comesBack();
}

/** Nobody waits five minutes here; chance is as good as it can be, or as bad. */
const [SOON, LATE] = [0.005, 0.95];
const hurry = (phone, chance = SOON) => phone.page.addInitScript((chance) => (Math.random = () => chance), chance);
const build = (phone) => phone.page.evaluate(() => JSON.parse(document.querySelector('#page').textContent).build);
const isNew = (phone) => build(phone).then((build) => build !== phone.first, () => false);

async function comes(t, url, chance) {
  const phone = await Phone.of();
  t.after(() => phone.leaves());
  await hurry(phone, chance);
  await phone.goes(url);
  return phone;
}

test('an upgrade in the middle of an evening', async (t) => {
  const hall = await Hall.of(t, house, 'serata');
  const { phone, marta, dora, stage, overlay, producer } = hall;
  const anna = await comes(t, `${house.url}/s/serata`);
  const everybody = { anna, phone, marta, dora, stage, overlay, producer };
  // Theirs began without the hurry: they are loaded once more.
  for (const one of [phone, marta, dora, stage, overlay, producer]) {
    await hurry(one);
    await one.page.reload();
  }
  await hall.begins(LIBRARY);
  for (const one of Object.values(everybody)) one.first = await build(one);
  await anna.presses('Fai una domanda');
  const text = anna.page.getByRole('textbox', { name: 'La tua domanda' });
  await text.fill('Una domanda che sto ancora scrivendo');

  await upgrade(t);
  await until('the phone of who only watches', () => isNew(phone));
  await hall.shows('after the upgrade', { air: LIBRARY });
  for (const who of ['anna', 'marta', 'dora', 'stage', 'overlay', 'producer']) {
    assert.equal(await isNew(everybody[who]), false, `${who}: nothing moves while something is on air, or being written`);
  }
  assert.equal(await text.inputValue(), 'Una domanda che sto ancora scrivendo');

  await hall.desk.offAir();
  for (const who of ['overlay', 'stage', 'producer', 'marta', 'dora']) {
    await until(`${who} is loaded anew`, () => isNew(everybody[who]));
  }
  await hall.shows('loaded anew', { approved: [LIBRARY] });
  // What the page of before gives counts as ever.
  await anna.presses('Invia la domanda');
  await hall.desk.reads('Una domanda che sto ancora scrivendo');

  // Once for a build: another restart moves nobody.
  const loads = [];
  for (const [who, { page }] of Object.entries(everybody)) page.on('load', () => who !== 'anna' && loads.push(who));
  await upgrade(t);
  await hall.desk.onAir(LIBRARY).catch(() => until('on air', () => hall.desk.onAir(LIBRARY).then(() => true, () => false)));
  await hall.shows('after another restart', { air: LIBRARY });
  assert.deepEqual(loads, []);
  await hall.isSound();
});

test('a part of the page that the new server does not have', async (t) => {
  house.under = null;
  await house.stops();
  await house.comesBack();
  const stream = { url: 'http://127.0.0.1:9/live.m3u8', kind: 'hls', delays: {} };
  for (const [slug, about] of [['video', { stream }], ['dopo', {}]]) await (await house.session(slug, about)).open();
  // Neither loads itself anew before it is asked for what is not there any more.
  const watcher = await comes(t, `${house.url}/s/video`, LATE);
  const early = await comes(t, `${house.url}/s/dopo`, LATE);
  await watcher.role('button', 'Guarda la diretta').waitFor();
  await early.role('button', 'Fai una domanda').waitFor();
  for (const one of [watcher, early]) one.first = await build(one);
  await upgrade(t);

  // The player was to come when it is asked for …
  await watcher.presses('Guarda la diretta');
  await watcher.sees('Una parte di questa pagina non è arrivata');
  await watcher.isSound('a player of another version');
  await watcher.presses('Ricarica');
  await watcher.role('button', 'Guarda la diretta').waitFor();
  assert.ok(await isNew(watcher));

  // … and all of the stream, when there is one.
  const { rev } = await house.api('GET', '/sessions/dopo');
  await house.api('PATCH', '/sessions/dopo', { rev, stream });
  await early.sees('Una parte di questa pagina non è arrivata');
  assert.deepEqual(await early.axe(), []);
  await early.presses('Ricarica la pagina');
  await early.role('button', 'Guarda la diretta').waitFor();
  assert.ok(await isNew(early));
});
