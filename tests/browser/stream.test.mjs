// The live picture beside the questions: a real HLS stream, made by ffmpeg while the story runs and
// served from another port, as a city's own host would; and the cards of those who watch visitors.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { House, until } from './house.mjs';
import { goHome, LAPTOP, Phone, PHONE, SMALL } from './phone.mjs';

const TYPES = { m3u8: 'application/vnd.apple.mpegurl', ts: 'video/mp2t' };
const DELAY_S = 8;

/** A camera in the hall, and the host that gives its picture away. */
class Camera {
  asked = [];
  off = false;

  static async start() {
    const camera = new Camera();
    camera.folder = mkdtempSync(join(tmpdir(), 'filodiretto-hls-'));
    const picture = ['-f', 'lavfi', '-i', 'testsrc=size=640x360:rate=15'];
    const sound = ['-f', 'lavfi', '-i', 'sine=frequency=440'];
    const coded = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '30', '-pix_fmt', 'yuv420p', '-c:a', 'aac'];
    const live = ['-f', 'hls', '-hls_time', '2', '-hls_list_size', '6', '-hls_flags', 'delete_segments'];
    const flags = ['-hide_banner', '-loglevel', 'error', '-re', ...picture, ...sound, ...coded, ...live];
    camera.child = spawn('ffmpeg', [...flags, join(camera.folder, 'live.m3u8')], { stdio: ['ignore', 'ignore', 'pipe'] });
    camera.child.stderr.on('data', (bytes) => (camera.log = `${camera.log ?? ''}${bytes}`));
    camera.child.once('error', (error) => (camera.log = `ffmpeg: ${error.message}`));
    camera.server = createServer((asked, answer) => camera.#serve(asked, answer));
    camera.server.listen(0, '127.0.0.1');
    await once(camera.server, 'listening');
    camera.host = `127.0.0.1:${camera.server.address().port}`;
    camera.url = `http://${camera.host}/live.m3u8`;
    await until('the camera runs', () => camera.#segments() >= 3 || (camera.log && Promise.reject(new Error(camera.log))));
    return camera;
  }

  #segments() {
    const list = join(this.folder, 'live.m3u8');
    return existsSync(list) ? readFileSync(list, 'utf8').split('#EXTINF').length - 1 : 0;
  }

  #serve({ url }, answer) {
    this.asked.push(url);
    const file = join(this.folder, /^\/([\w]+\.(m3u8|ts))$/.exec(url)?.[1] ?? 'none');
    answer.setHeader('access-control-allow-origin', '*');
    if (this.off || !existsSync(file)) {
      answer.writeHead(404).end();
      return;
    }
    answer.setHeader('content-type', TYPES[file.split('.').at(-1)]);
    createReadStream(file).pipe(answer);
  }

  async end() {
    if (this.child.exitCode === null) {
      const ended = once(this.child, 'exit');
      this.child.kill('SIGKILL');
      await ended;
    }
    this.server.closeAllConnections();
    this.server.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

let house;
let camera;

before(async () => {
  [house, camera] = await Promise.all([House.start(), Camera.start()]);
  await house.city();
});

after(async () => {
  await goHome();
  await camera?.end();
  await house?.end();
});

const hls = (delays = {}) => ({ url: camera.url, kind: 'hls', delays });

/** An open session with a stream, and enough questions for a long list. */
async function evening(slug, stream, questions = 0) {
  const desk = await house.session(slug, { ...(stream && { stream }) });
  await desk.open();
  for (let n = 1; n <= questions; n += 1) await desk.enters(`Domanda numero ${n}: quando si rifà la piazza del mercato?`);
  return desk;
}

async function changes(slug, stream) {
  const { rev } = await house.api('GET', `/sessions/${slug}`);
  await house.api('PATCH', `/sessions/${slug}`, { rev, stream });
}

const video = (phone) => phone.page.locator('video');

/** The picture is there, and moves. */
async function plays(phone) {
  const seen = () => video(phone).evaluate((v) => ({ time: v.currentTime, ready: v.readyState, width: v.videoWidth }));
  const first = await until('the picture comes', async () => {
    const now = await seen();
    return now.time > 0 && now.ready >= 3 && now.width > 0 && now;
  });
  await until('the picture moves', async () => (await seen()).time > first.time + 1);
  assert.equal(first.width, 640);
}

const box = (locator) => locator.evaluate((element) => {
  const { x, y, width, height } = element.getBoundingClientRect();
  return { x, y, width, height };
});

/** What the on-air card says. */
const card = (phone) => phone.page.locator('section[aria-labelledby=air-title]');

const scrolls = (phone, to) => phone.page.evaluate((y) => window.scrollTo(0, y), to);

test('a live picture stays on top of a phone, and becomes a bar far down the list', async () => {
  await evening('telefono', hls({ web: 3, tv: 5, Telecittà: 9 }), 30);
  const anna = await Phone.of({ size: PHONE });
  await anna.goes(`${house.url}/s/telefono`);
  await anna.role('button', 'Guarda la diretta').waitFor();
  await anna.sees(`Il video arriva da ${camera.host}`);
  await anna.sees('Domanda numero 30');
  await anna.isSound('stream-phone-before');
  await anna.focusIsSeen('stream-phone-before');
  assert.ok(!anna.asked.some((url) => url.includes('hls.light')), 'the player is fetched before play');
  assert.deepEqual(camera.asked, [], 'the camera is asked before play');

  await scrolls(anna, 0);
  await anna.role('button', 'Guarda la diretta').focus();
  await anna.page.keyboard.press('Enter');
  await plays(anna);
  assert.equal(await anna.page.evaluate(() => document.activeElement?.tagName), 'VIDEO', 'who pressed goes on from there');
  await anna.isSound('stream-phone-playing', { strangers: [camera.url] });

  // A little down the list it is on top, whole.
  await anna.page.evaluate(() => document.activeElement.blur());
  await scrolls(anna, 600);
  const whole = await box(video(anna));
  assert.deepEqual([whole.x, whole.y, whole.width], [0, 0, 390]);
  assert.ok(Math.abs(whole.height - (390 * 9) / 16) < 2, `${whole.height} px high`);
  await anna.shot('stream-phone-pinned', false);

  // Far down, a bar; nothing in the list has moved.
  await scrolls(anna, 2400);
  await anna.role('button', 'Ingrandisci il video').waitFor();
  const place = () => anna.page.evaluate(() => document.documentElement.scrollHeight);
  const high = await place();
  const bar = await box(anna.page.locator('section[aria-label="Diretta video"] > div'));
  assert.deepEqual([bar.x, bar.y, bar.width], [0, 0, 390]);
  assert.ok(bar.height <= 72, `a bar of ${bar.height} px`);
  await anna.shot('stream-phone-bar', false);
  await anna.isSound('stream-phone-bar', { strangers: [camera.url] });
  await anna.presses('Metti in pausa');
  assert.equal(await video(anna).evaluate((v) => v.paused), true);
  await anna.presses('Riprendi');
  await plays(anna);
  await anna.presses('Ingrandisci il video');
  assert.ok(Math.abs((await box(video(anna))).height - whole.height) < 2);
  assert.equal(await place(), high, 'the page has kept its height');

  await scrolls(anna, 0);
  await anna.focusIsSeen('stream-phone-playing', 40);
  await anna.presses('Chiudi il video');
  await anna.role('button', 'Guarda la diretta').waitFor();
  const asked = camera.asked.length;
  await new Promise((go) => setTimeout(go, 3_000));
  assert.equal(camera.asked.length, asked, 'a closed picture asks for nothing more');
  await anna.leaves();
});

test('a live picture stands beside the list on a laptop', async () => {
  await evening('portatile', hls(), 30);
  const anna = await Phone.of({ size: LAPTOP, language: 'en-GB' });
  await anna.goes(`${house.url}/s/portatile`);
  await anna.presses('Watch live');
  await plays(anna);
  await anna.isSound('stream-laptop-playing', { strangers: [camera.url] });
  const list = anna.page.getByText('Domanda numero 30').first();
  const beside = async () => {
    const [picture, text] = [await box(video(anna)), await box(list)];
    assert.ok(picture.x + picture.width <= text.x, 'the list is beside the picture');
    return picture;
  };
  const top = await beside();
  assert.ok(Math.abs(top.width / top.height - 16 / 9) < 0.05, `${top.width} × ${top.height}`);
  await scrolls(anna, 1500);
  const scrolled = await beside();
  assert.ok(scrolled.y >= 0 && scrolled.y + scrolled.height <= LAPTOP.height, 'it stays in sight');
  await anna.shot('stream-laptop-scrolled', false);
  await anna.leaves();
});

test('a small phone and large text leave room for the list', async () => {
  await evening('piccolo', hls({ tv: 5 }), 8);
  const anna = await Phone.of({ size: SMALL });
  await anna.goes(`${house.url}/s/piccolo`);
  await anna.role('button', 'Guarda la diretta').waitFor();
  await anna.isSound('stream-small-before');
  await anna.presses('Guarda la diretta');
  await plays(anna);
  await scrolls(anna, 1600);
  await anna.role('button', 'Ingrandisci il video').waitFor();
  await anna.isSound('stream-small-bar', { strangers: [camera.url] });
  await anna.leaves();
  // A laptop at 400 %: a picture that stayed would be all there is.
  const bruno = await Phone.of({ size: { width: 320, height: 256 } });
  await bruno.goes(`${house.url}/s/piccolo`);
  await bruno.presses('Guarda la diretta');
  await plays(bruno);
  await scrolls(bruno, 900);
  assert.ok((await box(video(bruno))).y < -200, 'it scrolls away');
  await bruno.leaves();
});

test('what goes on air waits for the picture, what comes off air does not', async () => {
  const desk = await evening('ritardo', hls({ web: DELAY_S, tv: 0 }));
  const [first, second] = ['Quando riapre la biblioteca di via Zara?', 'Chi pulisce il parco?'];
  await desk.enters(first);
  await desk.enters(second);
  const anna = await Phone.of();
  await anna.goes(`${house.url}/s/ritardo`);
  await anna.presses('Guarda la diretta');
  await plays(anna);
  await anna.sees(`${DELAY_S} secondi più tardi`);

  let since = Date.now();
  await desk.onAir(first);
  // The board may be a second old.
  await until('the room sees it', async () => (await house.api('GET', '/sessions/ritardo/board')).on_air.id !== null);
  assert.equal(await card(anna).getByText(first).count(), 0, 'her picture does not yet');
  await card(anna).getByText(first).waitFor();
  const waited = (Date.now() - since) / 1000;
  console.log(`on air after ${waited.toFixed(1)} s, of ${DELAY_S}`);
  assert.ok(waited > DELAY_S - 0.5 && waited < DELAY_S * 10, `after ${waited} s`);
  await anna.isSound('stream-on-air', { strangers: [camera.url] });

  since = Date.now();
  await desk.offAir();
  await card(anna).getByText(first).waitFor({ state: 'detached' });
  const off = (Date.now() - since) / 1000;
  console.log(`off air after ${off.toFixed(1)} s`);
  assert.ok(off < DELAY_S, `off air after ${off} s`);

  // She says that she watches on television, which is as quick as the room; one tap.
  await desk.onAir(second);
  await anna.role('radio', 'In televisione').check();
  await card(anna).getByText(second).waitFor();
  await anna.page.reload({ waitUntil: 'domcontentloaded' });
  await card(anna).getByText(second).waitFor();
  assert.ok(await anna.role('radio', 'In televisione').isChecked(), 'it is remembered');

  // The producer measures anew: what waits, waits for the new delay.
  await desk.offAir();
  await changes('ritardo', hls({ web: DELAY_S, tv: 60 }));
  await anna.sees('60 secondi più tardi');
  await desk.onAir(first);
  await anna.role('radio', 'Qui').check();
  await card(anna).getByText(first).waitFor();
  await anna.leaves();
});

test('a picture that does not come says so, and a new address is a new page', async () => {
  await evening('rotto', null);
  const anna = await Phone.of();
  await anna.goes(`${house.url}/s/rotto`);
  await anna.role('button', 'Fai una domanda').waitFor();
  assert.equal(await anna.page.getByText('Diretta video').count(), 0, 'without a stream there is nothing');
  assert.equal(await anna.page.locator('[data-stream], video, iframe, input[name=way]').count(), 0);

  // The stream comes while the page is open, whose policy does not know it.
  await changes('rotto', hls());
  await anna.presses('Guarda la diretta');
  await anna.sees('Ricarica la pagina');
  assert.deepEqual(await anna.axe(), []);
  await anna.shot('stream-stale');
  anna.errors.length = 0;
  await anna.presses('Ricarica');
  camera.off = true;
  await anna.presses('Guarda la diretta');
  await anna.sees('Il video non arriva');
  await anna.isSound('stream-lost', { strangers: [camera.url] });
  camera.off = false;
  await anna.presses('Riprova');
  await plays(anna);

  // Nobody has pressed play for the next one yet.
  await changes('rotto', { url: OTHERS[0][1], kind: 'youtube', delays: {} });
  await anna.sees('Guardando qui, YouTube (Google) saprà');
  await anna.isSound('stream-changed', { strangers: [camera.url] });
  await anna.leaves();
});

const OTHERS = [
  ['youtube', 'https://www.youtube.com/watch?v=dQw4w9WgXcQ', 'YouTube (Google)', 'https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ'],
  ['facebook', 'https://www.facebook.com/comune/videos/123', 'Facebook (Meta)', 'https://www.facebook.com/plugins/video.php'],
  ['vimeo', 'https://vimeo.com/76979871', 'Vimeo', 'https://player.vimeo.com/video/76979871'],
];
for (const [kind, url, who, player] of OTHERS) {
  test(`${kind} is asked after a press on a card that says who will see the visitor`, async () => {
    await evening(`da-${kind}`, { url, kind, delays: { [kind]: 20, tv: 4 } }, 3);
    const anna = await Phone.of({ size: kind === 'vimeo' ? LAPTOP : PHONE });
    // There is no network here: this is about who is asked, not about what they answer.
    const theirs = { contentType: 'text/html', body: '<!doctype html><html lang="en"><title>player</title><main><h1>player</h1></main>' };
    await anna.context.route((address) => address.protocol === 'https:', (route) => route.fulfill(theirs));
    await anna.goes(`${house.url}/s/da-${kind}`);
    await anna.sees(`Guardando qui, ${who} saprà`);
    await anna.isSound(`stream-${kind}-before`);
    await anna.presses(/^Guarda qui con/);
    const frame = anna.page.locator('iframe');
    await frame.waitFor();
    const src = await frame.getAttribute('src');
    assert.ok(src.startsWith(player), src);
    await until('their player is asked', () => anna.asked.includes(src));
    await anna.sees('20 secondi più tardi');
    await anna.isSound(`stream-${kind}-playing`, { strangers: [player] });
    await anna.presses('Chiudi il video');
    assert.equal(await frame.count(), 0);
    await anna.leaves();
  });
}
