// What the citizen's page costs, measured in real Chromium; `make bench` runs it after its own
// measurements. Prints a table, and adds one JSON object a line to target/bench.jsonl.
//
// Times depend on the machine, which is printed beside them; bytes do not. The socket's bytes are
// counted as messages: Chromium slows down requests, not sockets.

import { appendFileSync, mkdirSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';

import { ADMIN, House, newId, ROOT } from './house.mjs';
import { goHome, Phone } from './phone.mjs';

const QUICK = Boolean(process.env.QUICK);
// After how many updates the page's memory is looked at; each thousand takes some six seconds.
const UPDATES = Number(process.env.UPDATES || (QUICK ? 1_000 : 5_000));
if (!(Number.isInteger(UPDATES) && UPDATES > 500)) throw new Error(`UPDATES=${process.env.UPDATES}: a whole number above 500 is expected`);
const file = join(ROOT, 'target', 'bench.jsonl');
mkdirSync(join(ROOT, 'target'), { recursive: true });

function row(what, value, unit, limit) {
  const machine = `${cpus()[0].model}, ${cpus().length} cores`;
  appendFileSync(file, `${JSON.stringify({ bench: 'page', what, value, unit, limit, machine })}\n`);
  const held = limit === undefined ? '' : value <= limit ? `at most ${limit}` : `MORE THAN ${limit}`;
  console.log(`${what.padEnd(58)} ${String(value).padStart(10)} ${unit.padEnd(5)} ${held}`);
}

/** Counts what a phone gets over the wire: requests as encoded, and a socket's messages. */
async function meter(phone) {
  const cdp = await phone.context.newCDPSession(phone.page);
  const got = { requests: 0, bytes: 0 };
  await cdp.send('Network.enable');
  cdp.on('Network.loadingFinished', ({ encodedDataLength }) => {
    got.requests += 1;
    got.bytes += encodedDataLength;
  });
  cdp.on('Network.webSocketFrameReceived', ({ response }) => {
    const bytes = response.opcode === 2 ? Buffer.from(response.payloadData, 'base64').length : Buffer.byteLength(response.payloadData);
    got.bytes += bytes + 4;
  });
  return { cdp, got };
}

const QUESTION = 'Quando riapre la biblioteca di via Zara, che è chiusa da marzo per i lavori al tetto?';

/** An evening under way: forty public questions, one on air. */
async function evening(house, slug, questions = 40) {
  const desk = await house.session(slug);
  await desk.open();
  for (let n = 1; n <= questions; n += 1) await desk.enters(`${n}. ${QUESTION}`);
  await desk.onAir(`1. ${QUESTION}`);
  return desk;
}

const usable = (phone) => phone.page.getByRole('button', { name: 'Fai una domanda' });

async function firstVisit(house) {
  await evening(house, 'visita');
  const phone = await Phone.of();
  const { cdp, got } = await meter(phone);
  await cdp.send('Network.emulateNetworkConditions', {
    offline: false, latency: 150, downloadThroughput: 1.6e6 / 8, uploadThroughput: 0.75e6 / 8,
  });
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: 4 });
  const start = performance.now();
  await phone.goes(`${house.url}/s/visita`);
  await usable(phone).waitFor();
  await phone.page.getByText(QUESTION).nth(5).waitFor();
  const took = performance.now() - start;
  await phone.page.waitForLoadState('networkidle').catch(() => {});
  row('first visit, everything that came over the wire', Number((got.bytes / 1000).toFixed(1)), 'kB', 70);
  row('first visit, requests', got.requests, '');
  row('usable, CPU 4 times slower, 1.6 Mbit/s, 150 ms', Math.round(took), 'ms', 2000);
  await phone.leaves();
}

/** Desks at work: each socket may say so much a second, so there are some, each with its question. */
const DESKS = 16;

/** Runs in the moderators' page: `does(desk, commands)` sends one when the one before is done. */
async function opensDesks({ slug, token, count }) {
  const desks = [];
  for (let n = 0; n < count; n += 1) {
    const socket = new WebSocket(`ws://${location.host}/ws/v1/sessions/${slug}?as=desk`, ['filodiretto.v1', `bearer.${token}`]);
    const desk = { socket, waiting: new Map() };
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      if (message.type === 'done' || message.type === 'refused') desk.waiting.get(message.id)?.(message);
    };
    await new Promise((open, never) => Object.assign(socket, { onopen: open, onerror: never }));
    desks.push(desk);
  }
  window.does = async (n, commands) => {
    const { socket, waiting } = desks[n];
    for (const command of commands) {
      for (;;) {
        const answered = new Promise((answer) => waiting.set(command.id, answer));
        socket.send(JSON.stringify(command));
        const answer = await answered;
        if (answer.type === 'done') break;
        if (answer.code !== 'too_fast') throw new Error(JSON.stringify(answer));
        await new Promise((go) => setTimeout(go, answer.retry_after_ms + 5));
      }
      waiting.delete(command.id);
    }
  };
}

async function updates(house) {
  const desk = await evening(house, 'aggiornamenti', 20);
  const phone = await Phone.of();
  const { cdp } = await meter(phone);
  await phone.goes(`${house.url}/s/aggiornamenti`);
  await usable(phone).waitFor();
  await phone.page.evaluate(() => {
    window.long = [];
    new PerformanceObserver((list) => window.long.push(...list.getEntries().map((one) => one.duration)))
      .observe({ type: 'longtask' });
  });
  const moderators = await Phone.of();
  await moderators.goes(`${house.url}/`);
  await moderators.page.evaluate(opensDesks, { slug: 'aggiornamenti', token: ADMIN, count: DESKS });
  const texts = Array.from({ length: DESKS }, (_, n) => `${n + 2}. ${QUESTION}`);
  const all = await desk.questions();
  const theirs = texts.map((text) => all.find((question) => question.text === text));
  const revs = theirs.map(({ rev }) => rev);
  let done = 0;
  // Each is a new text of a public question: the same view, moved again and again.
  const upTo = async (count) => {
    while (done < count) {
      const some = Math.min(100, Math.ceil((count - done) / DESKS));
      await Promise.all(theirs.map(({ id }, n) => {
        const commands = Array.from({ length: some }, (_, k) => ({
          type: 'revise', id: newId(), question: id, rev: revs[n] + k, text: `Aggiornamento ${done + k}: ${texts[n]}`,
        }));
        revs[n] += some;
        return moderators.page.evaluate(([desk, commands]) => window.does(desk, commands), [n, commands]);
      }));
      done += some * DESKS;
    }
    const last = `Fine ${count}: ${QUESTION}`;
    await moderators.page.evaluate((command) => window.does(0, [command]), {
      type: 'revise', id: newId(), question: theirs[0].id, rev: revs[0]++, text: last,
    });
    await phone.sees(last);
  };
  const heap = async () => {
    for (let n = 0; n < 3; n += 1) await cdp.send('HeapProfiler.collectGarbage');
    return (await cdp.send('Runtime.getHeapUsage')).usedSize;
  };
  const first = performance.now();
  await upTo(500);
  const long = await phone.page.evaluate(() => window.long);
  row('500 live updates, the longest task', Math.round(Math.max(0, ...long)), 'ms', 50);
  row('500 live updates, took', Math.round(performance.now() - first), 'ms');
  const base = await heap();
  row('heap after 500 updates', Number((base / 1e6).toFixed(2)), 'MB');
  await upTo(UPDATES);
  row(`heap after ${UPDATES} updates, of that after 500`, Number(((await heap()) / base).toFixed(2)), 'times', 1.1);
  await phone.leaves();
  await moderators.leaves();
}

/** A minute as an ordinary hour has sixty: nine questions arrive, fourteen are decided, sixty votes. */
async function hour(house) {
  const desk = await evening(house, 'ora');
  const phone = await Phone.of();
  const { got } = await meter(phone);
  await phone.goes(`${house.url}/s/ora`);
  await usable(phone).waitFor();
  await phone.page.waitForLoadState('networkidle').catch(() => {});
  const before = got.bytes;
  const voters = await Promise.all(Array.from({ length: 10 }, async () => {
    const answer = await fetch(`${house.url}/api/v1/me`, {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"embed":true}',
    });
    return (await answer.json()).token;
  }));
  const public_ = (await desk.questions()).filter(({ state }) => state === 'approved');
  const seconds = QUICK ? 12 : 40;
  const start = Date.now();
  for (let second = 0; second < seconds; second += 1) {
    const vote = {
      type: 'vote', id: newId(), question: public_[second % public_.length].id, on: second % 4 !== 3,
    };
    await house.api('POST', '/sessions/ora/commands?as=citizen', vote, voters[second % 10]);
    if (second % 4 === 0) await desk.enters(`Nuova ${second}: ${QUESTION}`);
    if (second % 30 === 10) await desk.onAir(`${2 + second}. ${QUESTION}`).catch(() => {});
    await new Promise((go) => setTimeout(go, Math.max(0, start + second * 1000 + 1000 - Date.now())));
  }
  const perHour = ((got.bytes - before) / seconds) * 3600 + before;
  row(`an ordinary hour, reckoned from ${seconds} s, with the visit`, Number((perHour / 1e6).toFixed(2)), 'MB', 3);
  await phone.leaves();
}

// A few desks here do the work of a hundred.
const house = await House.start({ flags: ['--limit-messages-per-staff', 'off', '--limit-requests-per-staff', 'off'] });
try {
  await house.city();
  console.log('\nThe citizen\'s page in Chromium\n');
  await firstVisit(house);
  await updates(house);
  await hour(house);
} finally {
  await goHome();
  await house.end();
}
