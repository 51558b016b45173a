// A real live stream beside the questions, and "on air" in step with it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, test } from 'node:test';
import { House, Visitor, browser, laptop, phone, until } from './house.mjs';

const DELAY_S = 5;
let house;
let chrome;
let tv;
before(async () => {
  [house, chrome, tv] = [await House.open(), await browser(), await Television.opens()];
});
after(async () => {
  await chrome?.close();
  await house?.close();
  tv?.close();
});

/** Somebody else's server, with a picture that ffmpeg makes while it is watched. */
class Television {
  static async opens() {
    const tv = new Television();
    tv.folder = mkdtempSync(join(tmpdir(), 'filodiretto-stream-'));
    tv.asked = [];
    const picture = ['-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=12', '-f', 'lavfi', '-i', 'sine=frequency=300'];
    const coded = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-g', '12', '-c:a', 'aac'];
    const cut = ['-f', 'hls', '-hls_time', '1', '-hls_list_size', '8', '-hls_flags', 'delete_segments'];
    const to = join(tv.folder, 'live.m3u8');
    tv.camera = spawn('ffmpeg', ['-loglevel', 'error', '-re', ...picture, ...coded, ...cut, '-t', '300', to], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    tv.server = http.createServer((request, response) => {
      tv.asked.push(request.url);
      response.setHeader('access-control-allow-origin', '*');
      try {
        response.end(readFileSync(join(tv.folder, basename(request.url))));
      } catch {
        response.writeHead(404).end();
      }
    });
    tv.server.listen(0, '127.0.0.1');
    await until('the camera runs', () => readFileSync(to, 'utf8').includes('.ts'));
    tv.address = `http://127.0.0.1:${tv.server.address().port}`;
    return tv;
  }

  close() {
    this.camera.kill('SIGKILL');
    this.server.close();
    this.server.closeAllConnections();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

test('the stream plays under our policy, and nobody is asked for anything before', async () => {
  const stream = { url: `${tv.address}/live.m3u8`, kind: 'hls', delays: { web: DELAY_S, youtube: 20 } };
  const desk = await house.session('diretta', { stream });
  await desk.says('open');
  for (let n = 1; n <= 20; n += 1) await desk.hears(`Domanda numero ${n}, con parole abbastanza da riempire la pagina?`);
  for (const viewport of [laptop, phone]) {
    tv.asked = [];
    const ana = await Visitor.comes(chrome, house, '/s/diretta', { viewport });
    await ana.sees('Guarda la diretta');
    await ana.sees('Domanda numero 1,');
    await ana.isSound('before play');
    assert.deepEqual([tv.asked, ana.foreign], [[], []], 'nothing is asked before play');
    await ana.press('Guarda la diretta');
    const video = ana.page.locator('video');
    await until('the picture moves', () => video.evaluate((one) => one.currentTime > 1 && one.videoWidth === 320), 40);
    // The session is told again, with the same stream: that stops nothing.
    await desk.says('policy', { policy: { max_chars: 300 + (viewport.width % 100) } });
    await ana.isSound('playing');
    if (viewport === phone) {
      await ana.page.evaluate(() => scrollTo(0, 600));
      assert.ok((await video.boundingBox()).y < 5, 'it stays on top');
      await ana.page.evaluate(() => scrollTo(0, 1_600));
      const card = await ana.page.evaluateHandle(() => document.elementFromPoint(195, 500).closest('section *'));
      const at = await card.evaluate((one) => one.getBoundingClientRect().y);
      await until('it becomes a bar', async () => (await video.boundingBox()).height < 80);
      assert.equal(await card.evaluate((one) => one.getBoundingClientRect().y), at, 'and moves nothing');
      await ana.isSound('a bar');
    }
    await ana.press('Chiudi il video');
    await until('the player is gone', async () => (await video.count()) === 0);
    assert.deepEqual(ana.foreign.filter((url) => !url.startsWith(tv.address)), []);
    ana.foreign = [];
    await ana.leaves();
  }
});

test('on air waits for the picture; off air waits for nothing', async () => {
  const stream = { url: `${tv.address}/live.m3u8`, kind: 'hls', delays: { web: DELAY_S, youtube: 20 } };
  const desk = await house.session('ritardo', { stream });
  await desk.says('open');
  const text = 'Quando riapre la biblioteca?';
  await desk.hears(text);
  const ana = await Visitor.comes(chrome, house, '/s/ritardo');
  const air = ana.page.getByRole('region', { name: /^In onda/ }).getByText(text);
  const onAir = () => air.isVisible();
  await ana.sees('Adesso non è in onda nessuna domanda.');
  const from = Date.now();
  await desk.putsOnAir(text);
  await until('it is on air here, too', onAir);
  // Never early: that is the promise. How late a busy machine is, is another matter.
  assert.ok(Date.now() - from >= DELAY_S * 1_000 - 500, `after ${Date.now() - from} ms`);
  await desk.says('off_air');
  await until('it is off', async () => !(await onAir()), DELAY_S - 2);
  // Who sits in the hall sees it as it is.
  await ana.press('in sala');
  await desk.putsOnAir(text);
  await until('it is on air at once', onAir, DELAY_S - 2);
  await ana.press('su YouTube');
  await ana.isSound('a way of watching chosen');
  await ana.leaves();
});
