// `make pictures`: a picture of each page for README, from a rehearsal whose seed is fixed. Votes and
// clocks differ a little from one time to the next; what is on the pages does not.

import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { Desk, House, ROOT, until } from './house.mjs';
import { chrome, goHome, PHONE, Phone } from './phone.mjs';

const FOLDER = join(ROOT, 'docs', 'pictures');
/** Bound: bytes of all of them, which every clone carries. */
const MOST = 1_500_000;
const SLUG = 'prova';
const SCREEN = { width: 1280, height: 800 };
const PICTURE = { width: 1280, height: 720 };

const ON_AIR = 'I semafori di piazza del Mercato si possono rendere sonori per chi non vede?';
const NEXT = ['Quando saranno pronte le nuove aule della scuola media?', 'Sono previste nuove piste ciclabili verso la stazione?', 'Il pedibus riparte a ottobre?'];
const READ = [
  'Quando finiscono i lavori in via dei Mille?',
  'Perché l\'autobus 7 la domenica passa solo una volta all\'ora?',
  'Il parcheggio della stazione diventa a pagamento?',
  'Si può prolungare la linea 3 fino all\'ospedale?',
  'Ci sarà un bus notturno il sabato per i ragazzi?',
];
const OWN = 'Si può aprire la biblioteca anche il sabato pomeriggio?';

const house = await House.start({
  command: 'rehearse',
  flags: ['--crowd', '60', '--pace', '10', '--seed', '1'],
});
try {
  await house.city({ name: 'Comune di Esempio' });
  const desk = new Desk(house, SLUG, (await house.invite(SLUG, 'moderator', 'Redazione')).token);
  await desk.does({ type: 'policy', policy: { slow_s: null } });
  const phone = await Phone.of({ size: PHONE, deviceScaleFactor: 2 });
  await phone.goes(`${house.url}/s/${SLUG}`);
  await phone.presses('Fai una domanda');
  await phone.page.getByRole('textbox', { name: 'La tua domanda' }).fill(OWN);
  await phone.presses('Invia la domanda');
  const receipt = await until('the receipt', () => phone.page.locator('a[href^="/r/"]').first().getAttribute('href').catch(() => null));
  // What is to be seen is asked for the crowd's part; the crowd votes for it and asks more.
  for (const text of [ON_AIR, ...NEXT, ...READ]) await ensure(desk, text);
  await desk.approve(OWN);
  for (const text of NEXT) await queue(desk, text);
  await until('the crowd votes', async () => (await desk.questions()).reduce((sum, { votes }) => sum + (votes ?? 0), 0) > 60);
  await desk.does({ type: 'policy', policy: { slow_s: 30 } });

  mkdirSync(FOLDER, { recursive: true });
  const { key } = await house.api('GET', `/sessions/${SLUG}/overlay`);
  const overlay = await at(`${house.url}/s/${SLUG}/overlay#${key}`, PICTURE);
  // A neutral ground in the place of the stream.
  await overlay.page.addStyleTag({ content: 'html { background: linear-gradient(#8a99a8, #5d6b79) }' });
  const stage = await comes('official', PICTURE);
  await until('on air', () => desk.onAir(ON_AIR).then(() => true, () => false));
  const moderator = await comes('moderator', SCREEN);
  const producer = await comes('producer', { width: 1000, height: 560 });
  const admin = await comes('admin', SCREEN);
  const plain = await at(`${house.url}/s/${SLUG}/plain`, PHONE);
  const paper = await at(house.url + receipt, PHONE);
  for (const one of [phone, overlay, stage, moderator, producer]) await one.page.getByText(ON_AIR).first().waitFor();
  await phone.page.evaluate(() => document.querySelector('dialog[open] button')?.click());
  await phone.page.evaluate(() => document.activeElement.blur());
  await phone.page.evaluate(() => scrollTo(0, 0));

  for (const [name, one] of Object.entries({ citizen: phone, desk: moderator, stage, overlay, producer, admin, plain, receipt: paper })) {
    await keep(name, await one.page.screenshot({ animations: 'disabled' }));
  }
  const bytes = readdirSync(FOLDER).reduce((sum, name) => sum + statSync(join(FOLDER, name)).size, 0);
  console.log(`${Math.round(bytes / 1000)} kB in docs/pictures`);
  if (bytes > MOST) throw new Error(`more than ${MOST / 1000} kB`);
} finally {
  await goHome();
  await house.end();
}

/** Waits until the crowd has asked it, or enters it, and approves it. */
async function ensure(desk, text) {
  const found = (await desk.questions()).find((question) => question.text === text);
  if (!found) await house.asks(SLUG, text, asked(text));
  const { state } = await desk.reads(text);
  if (state === 'pending') await desk.approve(text);
}

/** Who asks it, and about what. */
function asked(text) {
  const name = ['Anna', 'Marco', 'Francesca', 'Paolo', undefined][text.length % 5];
  return { ...(name && { name }), labels: [/scuola|pedibus/.test(text) ? 'Scuola' : 'Mobilità'] };
}

async function queue(desk, text) {
  const { id, rev } = await desk.reads(text);
  await desk.does({ type: 'queue', question: id, rev });
}

async function at(url, size) {
  const phone = await Phone.of({ size, deviceScaleFactor: size.width < 500 ? 2 : 1.5 });
  await phone.goes(url);
  return phone;
}

/** Somebody of the staff, come in by their invitation. */
async function comes(role, size) {
  const name = { moderator: 'Redazione', official: 'Giulia', producer: 'Regia', admin: 'Ufficio stampa' }[role];
  const { link } = await house.invite(SLUG, role, name);
  const phone = await at(house.url + new URL(link).pathname, size);
  await phone.page.getByRole('main').getByRole('button').click();
  await phone.page.waitForURL(/\/(stage|producer|desk|admin)/);
  if (role === 'admin') {
    await phone.page.getByRole('link', { name: 'La città risponde' }).click();
    await phone.page.getByRole('heading', { level: 1, name: 'La città risponde' }).waitFor();
  }
  return phone;
}

/** As WebP, which the browser writes by itself. */
async function keep(name, png) {
  const page = await (await chrome()).newPage();
  const written = await page.evaluate(async (png) => {
    const image = await createImageBitmap(await (await fetch(`data:image/png;base64,${png}`)).blob());
    const canvas = new OffscreenCanvas(image.width, image.height);
    canvas.getContext('2d').drawImage(image, 0, 0);
    const blob = await canvas.convertToBlob({ type: 'image/webp', quality: 0.85 });
    return [...new Uint8Array(await blob.arrayBuffer())];
  }, png.toString('base64'));
  await page.close();
  writeFileSync(join(FOLDER, `${name}.webp`), Buffer.from(written));
  console.log(`${name}.webp ${Math.round(written.length / 1000)} kB`);
}
