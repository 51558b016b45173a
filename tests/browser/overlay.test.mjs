// The overlay as OBS shows it: what is on the picture, what never is, and whether what it tells the
// desk is true. OBS itself has tried nothing of this; its browser is played by Chromium.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { after, before, test } from 'node:test';

import { House, ROOT, until } from './house.mjs';
import { Network } from './network.mjs';
import { goHome, Phone } from './phone.mjs';

const web = createRequire(join(ROOT, 'web', 'package.json'));
const WIDE = { width: 1920, height: 1080 };
const TALL = { width: 1080, height: 1920 };
/** In the "within 10 s", with the time that a busy machine takes to look. */
const TEN_S = 11_000;

const LIBRARY = 'Quando riapre la biblioteca di via Zara?';
const CYCLES = 'Perché la pista ciclabile di viale Roma si interrompe?';

let house;

before(async () => {
  house = await House.start();
  await house.city();
});

after(async () => {
  await goHome();
  await house.end();
});

async function session(slug, ...texts) {
  const desk = await house.session(slug, { labels: ['Cultura', 'Mobilità'] });
  await desk.open();
  for (const text of texts) await desk.enters(text, { name: 'Anna Bianchi', labels: ['Cultura'] });
  return desk;
}

/** The browser source, with this query or key; `at`: where it finds the server. */
async function source(t, slug, more = '', { at = house.url, size = WIDE, ...about } = {}) {
  const obs = await Phone.of({ size, ...about });
  t.after(() => obs.leaves());
  await obs.goes(`${at}/s/${slug}/overlay${more}`);
  return obs;
}

async function throughNetwork(t) {
  const network = await Network.to(house);
  t.after(() => network.end());
  return network;
}

const card = (obs, text) => obs.page.locator('.filo-card', text ? { hasText: text } : {});
const gone = (obs, timeout = 30_000) => card(obs).waitFor({ state: 'detached', timeout });
const written = (obs) => obs.page.evaluate(() => document.body.innerText.trim().replace(/\n+/g, '\n'));

/** The overlay's key, as the producer gets it. */
async function key(slug) {
  return (await house.api('GET', `/sessions/${slug}/overlay`)).key;
}

/** What the desk hears of the screens, message by message. */
async function screens(t, slug) {
  const heard = [];
  const { token } = await house.invite(slug, 'moderator', 'Marta');
  const stop = new AbortController();
  t.after(() => stop.abort());
  const headers = { authorization: `Bearer ${token}` };
  const { body } = await fetch(`${house.url}/api/v1/sessions/${slug}/events?as=desk`, { headers, signal: stop.signal });
  const lines = createInterface({ input: Readable.fromWeb(body) });
  lines.on('error', () => {});
  lines.on('line', (line) => {
    const message = line.startsWith('data:') ? JSON.parse(line.slice(5)) : {};
    if (message.type === 'screens') heard.push(message.screens.map(({ on_air }) => on_air));
  });
  return heard;
}

/** Puts it on air; the public board, which names the stage's revision, may be a moment old. */
const airs = (desk, text) => until(`"${text}" is on air`, () => desk.onAir(text).catch(() => false));

/** How much of the picture is not transparent, how much is white, and what its corner is. */
async function pixels(obs) {
  const png = await obs.page.screenshot({ omitBackground: true });
  const reader = await Phone.of({ size: { width: 100, height: 100 } });
  try {
    return await reader.page.evaluate(async (base64) => {
      const image = await createImageBitmap(await (await fetch(`data:image/png;base64,${base64}`)).blob());
      const canvas = new OffscreenCanvas(image.width, image.height).getContext('2d');
      canvas.drawImage(image, 0, 0);
      const { data } = canvas.getImageData(0, 0, image.width, image.height);
      const alpha = (x, y) => data[(y * image.width + x) * 4 + 3];
      let covered = 0;
      for (let at = 3; at < data.length; at += 4) if (data[at] > 0) covered += 1;
      const [right, bottom] = [image.width - 1, image.height - 1];
      const corners = [alpha(0, 0), alpha(right, 0), alpha(0, bottom), alpha(right, bottom)];
      return { covered: covered / (image.width * image.height), corners };
    }, png.toString('base64'));
  } finally {
    await reader.leaves();
  }
}

/** What stands outside of where it may, or is cut. */
const clipped = (obs) =>
  obs.page.evaluate(() => {
    const wrong = [];
    const box = document.querySelector('.filo-card').getBoundingClientRect();
    const inside = (rect, outer, what) => {
      const over = Math.max(outer.left - rect.left, rect.right - outer.right, outer.top - rect.top, rect.bottom - outer.bottom);
      if (over > 1) wrong.push(`${what}: ${over.toFixed(1)} px over`);
    };
    const [w, h] = [innerWidth, innerHeight];
    inside(box, { left: w * 0.05, right: w * 0.95, top: h * 0.05, bottom: h * 0.95 }, 'the card, of the safe area');
    for (const part of document.querySelectorAll('.filo-text, .filo-by')) {
      const range = document.createRange();
      range.selectNodeContents(part);
      for (const rect of range.getClientRects()) inside(rect, box, part.className);
    }
    const { scrollWidth, scrollHeight } = document.documentElement;
    if (scrollWidth > w || scrollHeight > h) wrong.push(`the page is ${scrollWidth} × ${scrollHeight}`);
    return wrong;
  });

const LONG =
  'Perché la pista ciclabile di viale Roma si interrompe proprio davanti alla scuola elementare, dove ogni mattina ' +
  'passano trecento bambini, e quando pensate di completarla fino alla stazione, come era scritto nel programma di ' +
  'mandato approvato dal consiglio comunale? E intanto chi decide dove mettere i rallentatori, con quali fondi, e ' +
  'perché da due anni nessuno risponde alle lettere che vi mandano i genitori del quartiere?';
const cut = (characters) => `${LONG.padEnd(400, ' Perché?').slice(0, characters - 1)}?`;
const TEXTS = {
  8: cut(8),
  80: cut(80),
  280: cut(280),
  400: cut(400),
  word: `${'precipitevolissimevolmente'.repeat(16).slice(0, 399)}?`,
  arabic: 'متى ستفتح الحديقة الجديدة في شارع روما، وهل ستكون هناك ملاعب للأطفال؟',
  chinese: '图书馆什么时候重新开放？周末的开放时间是怎样的？我们社区的孩子们需要一个学习的地方。',
};

for (const [shape, size] of Object.entries({ wide: WIDE, tall: TALL })) {
  test(`every text is whole, at any length, ${shape}`, async (t) => {
    const desk = await session(`testi-${shape}`, ...Object.values(TEXTS));
    const lower = await source(t, `testi-${shape}`, '', { size });
    const wall = await source(t, `testi-${shape}`, '?card=wall', { size });
    for (const [name, text] of Object.entries(TEXTS)) {
      await airs(desk, text);
      for (const [kind, obs] of Object.entries({ lower, wall })) {
        await card(obs, text).and(obs.page.locator('.is-still')).waitFor();
        await obs.page.evaluate(() => document.fonts.ready);
        await obs.shot(`overlay-${shape}-${kind}-${name}`, false);
        assert.deepEqual(await clipped(obs), [], `${kind}, ${name}`);
        assert.equal(await obs.page.locator('.filo-text').innerText(), text);
      }
      const { width, font, bar, direction } = await lower.page.evaluate(() => {
        const [box, bar] = ['.filo-card', '.filo-bar'].map((name) => document.querySelector(name).getBoundingClientRect());
        const { fontSize, direction } = getComputedStyle(document.querySelector('.filo-text'));
        const atStart = direction === 'rtl' ? bar.right === box.right : bar.left === box.left;
        return { width: box.width, font: Number.parseFloat(fontSize), bar: atStart, direction };
      });
      assert.ok(width <= (shape === 'wide' ? 0.62 : 0.9) * size.width + 1, `${name}: ${width} wide`);
      assert.ok(font >= 28, `${name}: ${font} px is hard to read`);
      assert.ok(bar, `${name}: the bar is at the start`);
      assert.equal(direction, name === 'arabic' ? 'rtl' : 'ltr');
    }
    await desk.offAir();
    await gone(wall);
    await wall.page.evaluate(() => new Promise(requestAnimationFrame));
    await wall.shot(`overlay-${shape}-wall-idle`, false);
    assert.deepEqual([...lower.errors, ...wall.errors], []);
  });
}

test('it is a lower third and nothing else: transparent, in, out, in place', async (t) => {
  const slug = 'sera';
  const desk = await session(slug, LIBRARY, CYCLES);
  const obs = await source(t, slug, '', { reducedMotion: 'no-preference' });
  // Every state that the card is ever in, with when it began.
  await obs.page.evaluate(() => {
    window.phases = [];
    const look = () => {
      const cards = [...document.querySelectorAll('.filo-card')];
      const now = cards.map((one) => `${one.className.match(/is-\w+/)[0].slice(3)} ${one.querySelector('.filo-text').textContent}`).join(' & ');
      if (window.phases.at(-1)?.[1] !== now) window.phases.push([performance.now(), now]);
    };
    look();
    const all = { childList: true, subtree: true, attributes: true, characterData: true };
    new MutationObserver(look).observe(document.querySelector('#app'), all);
  });
  assert.equal((await pixels(obs)).covered, 0, 'nothing on air: nothing at all');
  await airs(desk, LIBRARY);
  await card(obs, LIBRARY).and(obs.page.locator('.is-still')).waitFor();
  const shown = await pixels(obs);
  assert.deepEqual(shown.corners, [0, 0, 0, 0]);
  assert.ok(shown.covered > 0.03 && shown.covered < 0.3, `${shown.covered} of the picture is covered`);
  assert.equal(await written(obs), `${LIBRARY}\nAnna Bianchi · Cultura`);
  await airs(desk, CYCLES);
  await card(obs, CYCLES).and(obs.page.locator('.is-still')).waitFor();
  const better = CYCLES.replace('viale Roma', 'viale Roma, davanti alla scuola,');
  await desk.offAir();
  await gone(obs);
  await desk.revise(CYCLES, better);
  await airs(desk, better);
  await card(obs, better).and(obs.page.locator('.is-still')).waitFor();
  await desk.answered(better);
  await gone(obs);
  const phases = await obs.page.evaluate(() => window.phases);
  const showing = (text) => [`entering ${text}`, `still ${text}`, `leaving ${text}`];
  const first = [...showing(LIBRARY), ...showing(CYCLES), '', ...showing(better), ''];
  assert.deepEqual(phases.map(([, what]) => what), ['', ...first]);
  assert.deepEqual(obs.errors, []);
  assert.deepEqual(await obs.page.evaluate(() => window.seen.forbidden), []);
});

test('the entrance, frame by frame', async (t) => {
  const slug = 'entrata';
  const desk = await session(slug, LIBRARY);
  const obs = await source(t, slug, '', { reducedMotion: 'no-preference' });
  await airs(desk, LIBRARY);
  await card(obs).waitFor();
  // A ground, for who looks at the pictures.
  await obs.page.addStyleTag({ content: 'html { background: linear-gradient(120deg, #24507a, #9a6b44) }' });
  const frames = [];
  for (const at of [0, 80, 160, 320]) {
    // The same animation, held where it is looked at.
    frames.push(await obs.page.evaluate((at) => {
      const one = document.querySelector('.filo-card');
      one.className = one.className.replace(/is-\w+/, 'is-entering');
      for (const animation of document.getAnimations()) {
        animation.pause();
        animation.currentTime = at;
      }
      const { opacity, transform } = getComputedStyle(one);
      return { opacity: Number(opacity), down: new DOMMatrix(transform).m42 };
    }, at));
    await obs.shot(`overlay-entrance-${String(at).padStart(3, '0')}`, false, 'allow');
  }
  const [begins, early, late, ends] = frames;
  assert.deepEqual(begins, { opacity: 0, down: 24 });
  assert.deepEqual(ends, { opacity: 1, down: 0 });
  assert.ok(early.opacity > 0 && early.opacity < late.opacity && late.opacity < 1, JSON.stringify(frames));
  assert.ok(early.down < 24 && late.down < early.down && late.down > 0, JSON.stringify(frames));
});

test('a minute without any event changes nothing, and a clean restart does not either', async (t) => {
  const slug = 'minuto';
  const own = await House.start();
  t.after(() => own.end());
  await own.city();
  const desk = await own.session(slug);
  await desk.open();
  await desk.enters(LIBRARY);
  await airs(desk, LIBRARY);
  const obs = await source(t, slug, '', { at: own.url });
  await card(obs, LIBRARY).waitFor();
  await obs.page.evaluate(() => {
    window.left = 0;
    const look = () => (window.left += document.querySelector('.filo-card.is-still') ? 0 : 1);
    new MutationObserver(look).observe(document.querySelector('#app'), { childList: true, subtree: true, attributes: true });
  });
  await new Promise((minute) => setTimeout(minute, 61_000));
  assert.equal(await obs.page.evaluate(() => window.left), 0, 'it never left');
  const asked = obs.asked.length;
  await own.stops();
  await own.comesBack();
  // Longer than a picture lives without its line: it is back.
  await new Promise((later) => setTimeout(later, 12_000));
  assert.equal(await obs.page.evaluate(() => window.left), 0, 'it stayed through the restart');
  assert.equal(obs.asked.length, asked, 'and asked for no page');
  assert.deepEqual(obs.errors, []);
});

test('a line that is cut, or that swallows everything: clear in ten seconds, and then until it is heard', async (t) => {
  const slug = 'linea';
  const desk = await session(slug, LIBRARY, CYCLES);
  await airs(desk, LIBRARY);
  const network = await throughNetwork(t);
  const obs = await source(t, slug, '', { at: network.url });
  for (const breaks of ['gone', 'swallows']) {
    await card(obs, LIBRARY).waitFor();
    const since = Date.now();
    network[breaks]();
    await gone(obs);
    const after = Date.now() - since;
    console.log(`${breaks}: clear after ${(after / 1000).toFixed(1)} s`);
    assert.ok(after <= TEN_S, `${breaks}: clear after ${after} ms`);
    assert.equal(await written(obs), '', 'and nothing else is there');
    network.good();
  }
  await card(obs, LIBRARY).waitFor({ timeout: 60_000 });
  // What happened meanwhile is known before anything is drawn again.
  network.gone();
  await gone(obs);
  await obs.page.evaluate(() => {
    window.texts = new Set();
    const look = () => window.texts.add(document.querySelector('.filo-text')?.textContent ?? '');
    new MutationObserver(look).observe(document.querySelector('#app'), { childList: true, subtree: true, characterData: true });
  });
  await airs(desk, CYCLES);
  network.good();
  await card(obs, CYCLES).waitFor({ timeout: 60_000 });
  assert.deepEqual(await obs.page.evaluate(() => [...window.texts]), [CYCLES]);
  assert.deepEqual(obs.errors, []);
});

test('a short break is not seen', async (t) => {
  const slug = 'breve';
  const desk = await session(slug, LIBRARY);
  await airs(desk, LIBRARY);
  const network = await throughNetwork(t);
  const obs = await source(t, slug, '', { at: network.url });
  await card(obs, LIBRARY).and(obs.page.locator('.is-still')).waitFor();
  const entered = await card(obs).elementHandle();
  network.gone();
  await new Promise((moment) => setTimeout(moment, 2_000));
  network.good();
  await new Promise((moment) => setTimeout(moment, 12_000));
  assert.ok(await entered.evaluate((one) => one.isConnected && one.classList.contains('is-still')));
});

test('nothing is ever written on the picture but a question', async (t) => {
  const slug = 'niente';
  const desk = await session(slug, LIBRARY);
  for (const [what, more] of Object.entries({
    'a wrong address': `/s/nessuna/overlay`,
    'an address with something too much': `/s/${slug}/overlay/`,
    'a key that never was': `/s/${slug}/overlay#fdo_nessuna`,
    'parameters that make no sense': `/s/${slug}/overlay?pos=x&for=%%&card=5&lang=de&theme=`,
  })) {
    const obs = await Phone.of({ size: WIDE });
    t.after(() => obs.leaves());
    await obs.goes(house.url + more);
    await new Promise((moment) => setTimeout(moment, 1_500));
    assert.equal(await written(obs), '', what);
    assert.equal((await pixels(obs)).covered, 0, what);
  }
  // Its script does not arrive, or throws at once.
  for (const body of [null, 'throw new Error("broken")']) {
    const obs = await Phone.of({ size: WIDE });
    t.after(() => obs.leaves());
    await obs.page.route('**/assets/overlay-*.js', (route) =>
      body === null ? route.abort() : route.fulfill({ body, contentType: 'text/javascript' }));
    await obs.goes(`${house.url}/s/${slug}/overlay`);
    await new Promise((moment) => setTimeout(moment, 500));
    assert.equal((await pixels(obs)).covered, 0);
  }
  // The server goes, and the picture with it; nothing takes its place.
  await airs(desk, LIBRARY);
  const noScript = await source(t, slug, '', { script: false });
  assert.equal((await pixels(noScript)).covered, 0, 'without JavaScript');
});

test('a session that is published later comes onto the picture by itself', async (t) => {
  const slug = 'domani';
  const obs = await source(t, slug, '#a-key');
  assert.equal(await written(obs), '');
  const desk = await session(slug, LIBRARY);
  await airs(desk, LIBRARY);
  await card(obs, LIBRARY).waitFor({ timeout: 60_000 });
  assert.equal(new URL(obs.page.url()).hash, '#a-key', 'and has kept its key');
});

test('what the desk is told is what is on the picture', async (t) => {
  const slug = 'vero';
  const desk = await session(slug, LIBRARY, CYCLES);
  const { id: library } = await desk.reads(LIBRARY);
  const { id: cycles } = await desk.reads(CYCLES);
  const heard = await screens(t, slug);
  const says = (what, expected) => until(what, () => JSON.stringify(heard.at(-1)) === JSON.stringify(expected));
  // One without a key shows the same, and is not believed.
  const liar = await source(t, slug);
  await airs(desk, LIBRARY);
  await card(liar, LIBRARY).waitFor();
  const network = await throughNetwork(t);
  const obs = await source(t, slug, `?test=1#${await key(slug)}`, { at: network.url });
  await says('the question that is there already', [library]);
  assert.ok(heard.every((told) => told.length <= 1), 'the one without a key is not listed');
  await desk.offAir();
  await says('nothing', [null]);
  await obs.page.locator('.filo-test').waitFor();
  await airs(desk, CYCLES);
  await says('the next one', [cycles]);
  // What it shows is also told when it comes back and has nothing.
  network.gone();
  await gone(obs);
  network.good();
  await card(obs, CYCLES).waitFor({ timeout: 60_000 });
  await says('the same, once more', [cycles]);
  await desk.offAir();
  await says('nothing', [null]);
});

test('with seconds it leaves by itself and still counts as shown', async (t) => {
  const slug = 'secondi';
  const desk = await session(slug, LIBRARY);
  const { id } = await desk.reads(LIBRARY);
  const heard = await screens(t, slug);
  const obs = await source(t, slug, `?for=2#${await key(slug)}`);
  await airs(desk, LIBRARY);
  await card(obs, LIBRARY).waitFor();
  await gone(obs, 10_000);
  await until('it has told so', () => JSON.stringify(heard.at(-1)) === JSON.stringify([id]));
  // Every ten seconds it says so again.
  await new Promise((later) => setTimeout(later, 11_000));
  assert.deepEqual(heard.at(-1), [id]);
  assert.equal(await card(obs).count(), 0);
  // On air in the scene again: it has its seconds where they are seen.
  await obs.page.evaluate(() => dispatchEvent(new CustomEvent('obsSourceActiveChanged', { detail: { active: true } })));
  await card(obs, LIBRARY).waitFor();
  await gone(obs, 10_000);
  await desk.offAir();
  await until('then nothing', () => JSON.stringify(heard.at(-1)) === '[null]');
});

test('OBS hides its source, and shows it again', async (t) => {
  const slug = 'scene';
  const desk = await session(slug, LIBRARY, CYCLES);
  const obs = await Phone.of({ size: WIDE, reducedMotion: 'no-preference' });
  t.after(() => obs.leaves());
  await obs.page.addInitScript(() => (window.obsstudio = { pluginVersion: '2.24.4' }));
  await obs.goes(`${house.url}/s/${slug}/overlay`);
  const tells = (event, detail) =>
    obs.page.evaluate(([event, detail]) => dispatchEvent(new CustomEvent(event, { detail })), [event, detail]);
  await airs(desk, LIBRARY);
  await card(obs, LIBRARY).waitFor();
  await tells('obsSourceActiveChanged', { active: false });
  await tells('obsSourceVisibleChanged', { visible: false });
  await airs(desk, CYCLES);
  await card(obs, CYCLES).waitFor();
  // In the same breath as it is seen it stands still.
  const phase = await obs.page.evaluate(() => {
    dispatchEvent(new CustomEvent('obsSourceVisibleChanged', { detail: { visible: true } }));
    dispatchEvent(new CustomEvent('obsSourceActiveChanged', { detail: { active: true } }));
    return new Promise((drawn) => setTimeout(() => drawn(document.querySelector('.filo-card').className)));
  });
  assert.match(phase, /is-still/);
  // Events without anything in them are survived, too.
  await tells('obsSourceActiveChanged', undefined);
  await tells('obsSourceVisibleChanged', 'yes');
  await desk.offAir();
  await gone(obs);
  assert.deepEqual(obs.errors, []);
});

test('where it stands, how it looks, in which language', async (t) => {
  const slug = 'regia';
  const desk = await session(slug, LIBRARY);
  await airs(desk, LIBRARY);
    for (const [pos, [left, top]] of Object.entries({
    'bottom-left': [true, false], 'bottom': [null, false], 'bottom-right': [false, false],
    'top-left': [true, true], 'top': [null, true], 'top-right': [false, true],
  })) {
    const obs = await source(t, slug, `?pos=${pos}&theme=dark`);
    await card(obs).and(obs.page.locator('.is-still')).waitFor();
    const box = await card(obs).boundingBox();
    const [x, y] = [box.x / WIDE.width, box.y / WIDE.height];
    const [right, bottom] = [1 - x - box.width / WIDE.width, 1 - y - box.height / WIDE.height];
    const near = (a, b) => Math.abs(a - b) < 0.002;
    assert.ok(left === null ? near(x, right) : near(left ? x : right, 0.05), `${pos}: ${x} ${right}`);
    assert.ok(near(top ? y : bottom, 0.08), `${pos}: ${y} ${bottom}`);
    await obs.shot(`overlay-${pos}`, false);
    await obs.leaves();
  }
});

test('the wall invites while nothing is on air, in the language of the session', async (t) => {
  const slug = 'parete';
  const desk = await session(slug, LIBRARY);
  const wall = await source(t, slug, '?card=wall', { language: 'en-GB' });
  await wall.sees('Fai la tua domanda');
  await wall.sees('Il bilancio, domanda per domanda');
  assert.equal(await wall.page.locator('.filo-address').innerText(), `${house.listen}/s/${slug}`);
  assert.equal((await pixels(wall)).covered, 1, 'opaque');
  assert.deepEqual(await wall.axe(), []);
  await airs(desk, LIBRARY);
  await wall.sees('In onda');
  // axe judges colours, also those of a moment in between.
  await card(wall, LIBRARY).and(wall.page.locator('.is-still')).waitFor();
  assert.deepEqual(await wall.axe(), []);
  const english = await source(t, slug, '?card=wall&lang=en');
  await english.sees('Ask your question');
  await desk.offAir();
  await desk.close();
  await wall.sees('Segui la diretta');
  assert.equal(await wall.page.getByText('Fai la tua domanda').count(), 0);
  assert.deepEqual(wall.errors, []);
});

test('a test card is marked as one, and makes way for a question', async (t) => {
  const slug = 'prova';
  const desk = await session(slug, LIBRARY);
  const obs = await source(t, slug, '?test=1');
  await obs.sees('PROVA · 1920 × 1080');
  const { length } = await obs.page.locator('.filo-text').innerText();
  assert.ok(length <= 400 && length > 380, `${length} characters`);
  assert.deepEqual(await clipped(obs), []);
  await obs.shot('overlay-test', false);
  await airs(desk, LIBRARY);
  await card(obs, LIBRARY).waitFor();
  assert.equal(await written(obs), `${LIBRARY}\nAnna Bianchi · Cultura`);
  const english = await source(t, slug, '?test=1&lang=en');
  await card(english, LIBRARY).waitFor();
  await desk.offAir();
  await english.sees('TEST · 1920 × 1080');
});

// What README promises to producers.
const CLASSES = ['filo-picture', 'filo-card', 'filo-bar', 'filo-text', 'filo-by', 'filo-name', 'filo-dot', 'filo-topic'];
const WALL = ['filo-wall', 'filo-room', 'filo-on-air', 'filo-title', 'filo-invite', 'filo-qr', 'filo-ask', 'filo-address'];
const VARIABLES = [
  '--filo-accent', '--filo-card', '--filo-ink', '--filo-slate', '--filo-font', '--filo-size', '--filo-by-size',
  '--filo-lines', '--filo-bar', '--filo-radius', '--filo-slide', '--filo-side', '--filo-edge', '--filo-width',
  '--filo-wall', '--filo-wall-ink', '--filo-unit',
];

test('a producer’s own CSS finds the names that README promises', async (t) => {
  const slug = 'css';
  const desk = await session(slug, LIBRARY);
  const obs = await source(t, slug);
  const wall = await source(t, slug, '?card=wall');
  await wall.page.locator('.filo-title').waitFor();
  const names = async (page) =>
    page.page.evaluate(() => [...document.querySelectorAll('[class]')].flatMap(({ classList }) => [...classList]));
  const found = new Set(await names(wall));
  await airs(desk, LIBRARY);
  await card(wall).waitFor();
  await card(obs).and(obs.page.locator('.is-still')).waitFor();
  for (const name of [...(await names(wall)), ...(await names(obs))]) found.add(name);
  for (const name of [...CLASSES, ...WALL]) assert.ok(found.has(name), name);
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  for (const name of [...CLASSES, ...WALL, ...VARIABLES]) assert.ok(readme.includes(name), `README names ${name}`);
  const values = await obs.page.evaluate((all) => all.map((name) => getComputedStyle(document.documentElement).getPropertyValue(name)), VARIABLES);
  assert.ok(values.every((value) => value !== ''), JSON.stringify(values));
  // As OBS does it: its usual style and the producer's own, once the page has loaded.
  await obs.page.evaluate(() => {
    const style = document.createElement('style');
    style.append('body { background-color: rgba(0, 0, 0, 0); margin: 0px auto; overflow: hidden; }',
      ':root { --filo-accent: #8b0000; --filo-size: 60; --filo-side: 10vw } .filo-by { display: none }');
    document.querySelector('head').append(style);
  });
  const style = (selector, name) =>
    obs.page.evaluate(([selector, name]) => getComputedStyle(document.querySelector(selector))[name], [selector, name]);
  assert.equal(await style('.filo-bar', 'backgroundColor'), 'rgb(139, 0, 0)');
  assert.equal(await style('.filo-text', 'fontSize'), '60px');
  assert.equal(await style('.filo-by', 'display'), 'none');
  assert.equal((await card(obs).boundingBox()).x, 192);
  assert.deepEqual(await obs.page.evaluate(() => window.seen.forbidden), []);
});

test('what OBS 31 has to run is ES2022', async (t) => {
  const acorn = web('acorn');
  const assets = join(ROOT, 'web', 'dist', 'assets');
  const manifest = JSON.parse(readFileSync(join(ROOT, 'web', 'dist', 'manifest.json'), 'utf8'));
  const files = new Set();
  const follow = (name) => {
    const { file, imports = [] } = manifest[name];
    files.add(file);
    imports.forEach(follow);
  };
  follow('src/overlay/main.ts');
  assert.ok(files.size > 0 && readdirSync(assets).length > 0);
  for (const file of files) {
    const script = readFileSync(join(ROOT, 'web', 'dist', file), 'utf8');
    assert.doesNotThrow(() => acorn.parse(script, { ecmaVersion: 2022, sourceType: 'module' }), file);
  }
});
