// The evening on all pages at once: whatever happens, phone, desks, stage, overlay and producer show
// the same, and desk and producer say the same of the screens.
//
// Not here, since they have their story already: a question that stands a minute without any event,
// and a clean restart of the overlay alone (`overlay.test.mjs`); a screen that does not obey, and the
// overlay hidden by the producer (`desk.test.mjs`, `producer.test.mjs`).

import assert from 'node:assert/strict';
import { closeSync, cpSync, openSync, writeSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';

import { Hall } from './hall.mjs';
import { House, until } from './house.mjs';
import { Network } from './network.mjs';
import { oneHouse, Phone } from './phone.mjs';
import { wire } from './wire.mjs';

const house = oneHouse();

const LIBRARY = 'Quando riapre la biblioteca di via Zara?';
const BUS = 'Perché l’autobus 12 non passa più la domenica mattina?';
const SCHOOL = 'A che punto sono i lavori della scuola Manzoni?';

const WAITS = 'In attesa: la leggiamo prima di pubblicarla.';
const PUBLISHED = 'La tua domanda è pubblicata.';
const SOON = 'È tra le prossime.';
const ON_AIR = 'La tua domanda è in onda adesso.';

/** A screen that nobody hears: the last it said, and that it is old. */
const SILENT = ['silent', 'mostra la domanda', LIBRARY];

async function network(t) {
  const network = await Network.to(house);
  t.after(() => network.end());
  return network;
}

const card = (who, list, text) => who.page.locator(`.desk-${list} [data-question]`).filter({ hasText: text });
const act = (who, list, text, name) => card(who, list, text).getByRole('button', { name });

/** A clicker hears one press a second. */
const steady = () => new Promise((go) => setTimeout(go, 1_100));

test('from asked to answered, and a moderator whose right ends', async (t) => {
  const hall = await Hall.of(t, house, 'sera');
  const { phone, marta, dora, stage, producer } = hall;
  await hall.shows('nothing yet', {});

  await phone.presses('Fai una domanda');
  await phone.page.getByRole('textbox', { name: 'La tua domanda' }).fill(LIBRARY);
  await phone.page.getByRole('dialog').getByRole('button', { name: 'Invia la domanda' }).click();
  await phone.sees('Ricevuta. La leggiamo prima di pubblicarla.');
  await phone.page.keyboard.press('Escape');
  for (const who of [marta, dora]) await who.page.locator('.desk-focus').getByText(LIBRARY).waitFor();
  await hall.shows('asked', { own: [WAITS] });

  await marta.page.keyboard.press('a');
  await hall.shows('approved', { approved: [LIBRARY], own: [PUBLISHED] });
  await act(dora, 'approved', LIBRARY, 'In scaletta').click();
  await hall.shows('queued', { queue: [LIBRARY], own: [SOON] });
  await hall.queued(BUS, SCHOOL);
  await hall.shows('three queued', { queue: [LIBRARY, BUS, SCHOOL], own: [SOON] });

  await card(marta, 'running', LIBRARY).focus();
  await marta.page.keyboard.press('o');
  await hall.shows('on air', { air: LIBRARY, queue: [BUS, SCHOOL], own: [ON_AIR] });
  await dora.page.keyboard.press('F8');
  await hall.shows('off air', { queue: [BUS, SCHOOL], approved: [LIBRARY], own: [PUBLISHED] });
  await hall.presses('stage', 'PageDown');
  await hall.shows('the next', { air: BUS, queue: [SCHOOL], approved: [LIBRARY], own: [PUBLISHED] });
  await marta.page.locator('.desk-now').getByRole('button', { name: 'Ha avuto risposta' }).click();
  await hall.shows('answered', { queue: [SCHOOL], approved: [LIBRARY], own: [PUBLISHED] });
  await steady();
  await hall.presses('stage', 'PageDown');
  await hall.shows('one more', { air: SCHOOL, approved: [LIBRARY], own: [PUBLISHED] });

  // Whose right has ended sees nothing, and can do nothing: also not what is never refused.
  await house.api('DELETE', `/sessions/sera/invitations/${hall.invitations.dora}`);
  await dora.sees('Questo banco non è più collegato.');
  await dora.page.keyboard.press('F8');
  await steady();
  const text = await dora.page.locator('body').innerText();
  assert.ok(![LIBRARY, BUS, SCHOOL].some((one) => text.includes(one)), text);
  await hall.shows('revoked', { air: SCHOOL, approved: [LIBRARY], own: [PUBLISHED] }, { dora: undefined });
  await hall.presses('producer', 'F8');
  await hall.shows('off by the producer', { approved: [LIBRARY, SCHOOL], own: [PUBLISHED] }, { dora: undefined });
  const all = [null, LIBRARY, null, BUS, null, SCHOOL, null];
  for (const who of ['phone', 'marta', 'stage', 'overlay', 'producer']) assert.deepEqual(await hall.trail(who), all, who);
  await hall.isSound();
});

test('a clean restart leaves every picture, an unclean one clears stage and overlay until somebody confirms', async (t) => {
  const hall = await Hall.of(t, house, 'riavvio');
  const { marta } = hall;
  await hall.begins(LIBRARY, BUS);
  const now = { air: LIBRARY, queue: [BUS, SCHOOL] };

  await house.stops();
  await house.comesBack();
  await hall.queued(SCHOOL);
  // Longer than a picture lives without its line.
  await new Promise((go) => setTimeout(go, 11_500));
  await hall.shows('after a clean restart', now);
  for (const who of ['phone', 'stage', 'overlay']) assert.deepEqual(await hall.trail(who), [null, LIBRARY], who);

  for (const confirms of ['the stage', 'the desk']) {
    await house.kill();
    await house.comesBack();
    await hall.shows(`after a crash, before ${confirms}`, { ...now, doubt: true });
    await steady();
    if (confirms === 'the stage') await hall.presses('stage', 'PageDown');
    else await marta.page.locator('.desk-now').getByRole('button', { name: 'Rimetti in onda' }).click();
    await hall.shows(`${confirms} has confirmed`, now);
  }
  for (const who of ['stage', 'overlay']) assert.deepEqual(await hall.trail(who), [LIBRARY, null, LIBRARY, null, LIBRARY], who);
  await hall.isSound();
});

test('packets that are swallowed: stage and overlay notice, desk and producer say that nobody hears them', async (t) => {
  const line = await network(t);
  const hall = await Hall.of(t, house, 'silenzio', { at: { stage: line.url, overlay: line.url } });
  const { stage } = hall;
  await hall.begins(LIBRARY, BUS);
  const now = { air: LIBRARY, queue: [BUS] };

  const since = Date.now();
  line.swallows();
  await stage.page.getByRole('status').getByText('Connessione persa').waitFor();
  assert.ok(Date.now() - since < 11_500, 'the stage has noticed');
  await hall.clears(since, 10_000, 'stage', 'overlay');
  await hall.shows('nobody is heard', { ...now, screens: { Palco: SILENT, Grafica: SILENT } }, { stage: undefined, overlay: null });
  line.good();
  // What the server last heard on the dead lines it remembers for a minute, as what it is: silent.
  await hall.shows('heard again', { ...now, ghosts: true });
  await hall.isSound();
});

test('off air from a desk that is behind', async (t) => {
  const line = await network(t);
  const hall = await Hall.of(t, house, 'indietro', { at: { marta: line.url } });
  const { marta } = hall;
  await hall.begins(LIBRARY, BUS, SCHOOL);

  // What the stage does now reaches this desk later: it still sees what was before.
  line.late();
  await steady();
  await hall.presses('stage', 'PageDown');
  const behind = Hall.expected({ air: LIBRARY, queue: [BUS, SCHOOL] }).marta;
  await hall.shows('behind', { air: BUS, queue: [SCHOOL] }, { marta: behind });
  const since = await hall.presses('marta', 'F8');
  await hall.clears(since, 1_000, 'phone', 'dora', 'stage', 'overlay', 'producer');
  await marta.page.getByRole('alert').getByText('Il server non ha ancora confermato').waitFor();
  line.good();
  await hall.shows('it has caught up', { queue: [SCHOOL], approved: [BUS] });
  assert.equal(await marta.page.locator('.desk-air [role=alert]').count(), 0);
  await hall.isSound();
});

test('off air while the overlay is cut, and nobody without a key makes up for it', async (t) => {
  const line = await network(t);
  const hall = await Hall.of(t, house, 'tagliata', { at: { overlay: line.url } });
  await hall.begins(LIBRARY, BUS);

  // Two that show the same have no key: a page, and a program that says whatever helps it.
  const keyless = await Phone.arrives(t, `${house.url}/s/tagliata/overlay`);
  await keyless.page.locator('.filo-card').waitFor();
  const liar = await wire(t, house, 'tagliata', 'overlay');
  const { id } = await hall.desk.reads(LIBRARY);
  await liar.says({ type: 'shown', on_air: id });

  const since = Date.now();
  line.gone();
  await hall.presses('dora', 'F8');
  await liar.says({ type: 'shown', on_air: null });
  await hall.clears(since, 1_000, 'phone', 'marta', 'dora', 'stage', 'producer');
  await hall.clears(since, 10_000, 'overlay');
  const state = { queue: [BUS], approved: [LIBRARY] };
  // It is not on the list any more, and nobody stands in for it.
  const unheard = Hall.expected({ ...state, screens: { Grafica: null } });
  await hall.shows('not heard', state, unheard);
  line.good();
  await hall.shows('heard again', state);
  await hall.isSound();
});

/** A disk of four megabytes for the server alone, in a namespace of its own. */
const SMALL_DISK = `exec unshare $(test $(id -u) = 0 || echo -r) -m sh -c \\
  'mount -t tmpfs -o size=4m none "$5" && exec "$0" "$@"' "$0" "$@"`;

/** Writes until the disk takes no byte more. */
function fills(disk) {
  const file = openSync(join(disk, 'fill'), 'w');
  try {
    for (;;) writeSync(file, Buffer.alloc(4096));
  } catch (full) {
    assert.equal(full.code, 'ENOSPC');
  }
  closeSync(file);
}

test('off air while the disk is full, and after the restart that follows', async (t) => {
  const own = await House.start({ under: SMALL_DISK });
  t.after(() => own.end());
  await own.city();
  const hall = await Hall.of(t, own, 'pieno');
  await hall.begins(LIBRARY, BUS);

  fills(own.disk);
  const since = await hall.presses('marta', 'F8');
  await hall.clears(since, 1_000, 'phone', 'stage', 'overlay');
  await hall.marta.page.getByRole('alert').filter({ hasText: 'il server non riesce a registrarlo' }).waitFor();
  await hall.shows('clear, and not recorded', { queue: [BUS] });

  // The plug is pulled, and what the disk held is put on one with room.
  own.child.kill('SIGSTOP');
  cpSync(own.disk, own.folder, { recursive: true, filter: (file) => basename(file) !== 'fill' });
  await own.kill();
  own.under = null;
  await own.comesBack();
  await hall.shows('after the restart', { queue: [BUS], approved: [LIBRARY] });
  for (const who of ['stage', 'overlay']) assert.deepEqual(await hall.trail(who), [null, LIBRARY, null], who);
  await hall.isSound();
});
