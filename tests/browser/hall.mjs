// Everybody of an evening, each at their page, and what every page has to show at the same moment.

import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';

import { PATIENCE } from './house.mjs';
import { LAPTOP, Phone } from './phone.mjs';

const WIDE = { width: 1920, height: 1080 };
const NARROW = { width: 320, height: 700 };

/** Runs in a page: what it shows, in the words of `Hall.expected`. */
const LOOKS = {
  phone: () => ({
    air: document.querySelector('#air-text')?.textContent ?? null,
    own: [...document.querySelectorAll('details .is')].map((fate) => fate.textContent.trim()),
  }),
  desk: () => {
    const texts = (list) => [...document.querySelectorAll(`.desk-${list} [data-question] .desk-text`)].map((text) => text.textContent);
    const screen = (li) => {
      const [, kind, says] = /(\w+): (.*) · \d|$/.exec(li.textContent.replace(/ · tace da/, ' · 0'));
      return [kind, li.className, says];
    };
    return {
      air: document.querySelector('.desk-now .desk-text')?.textContent ?? null,
      doubt: [...document.querySelectorAll('.desk-now .desk-alarm')].some((alarm) => /si era interrotto/.test(alarm.textContent)),
      running: texts('running'),
      approved: texts('approved').sort(),
      screens: [...document.querySelectorAll('.desk-screens li:not(.none)')].map(screen).sort(),
    };
  },
  stage: () => {
    const text = (selector) => document.querySelector(selector)?.textContent ?? null;
    return { wall: text('[lang].text'), doubt: text('.doubtful'), next: text('.below dd') };
  },
  overlay: () => document.querySelector('.filo-card .filo-text')?.textContent ?? null,
  producer: () => {
    const texts = (li, ...parts) => parts.map((part) => li.querySelector(part).textContent.replace(/^#\d+ /, ''));
    const name = (li) => li.className.match(/right|settling|wrong|silent/)[0];
    return {
      air: document.querySelector('[aria-labelledby=air] .text')?.textContent ?? null,
      doubt: document.querySelector('.doubt') !== null,
      waiting: document.querySelector('.waiting')?.textContent ?? null,
      screens: [...document.querySelectorAll('[aria-labelledby=screens] li:not(.none)')].map((li) => [...texts(li, 'strong'), name(li), ...texts(li, '.shown')]).sort(),
    };
  },
};

/** Where each page has the one text that is on air. */
const AIR = {
  phone: '#air-text',
  marta: '.desk-now .desk-text',
  dora: '.desk-now .desk-text',
  stage: '[lang].text',
  overlay: '.filo-card .filo-text',
  producer: '[aria-labelledby=air] .text',
};

/** Runs in a page: writes down every text that is ever on air there, and when each key was pressed. */
function watch(selector) {
  window.trail = [];
  const look = () => {
    const text = document.querySelector(selector)?.textContent ?? null;
    if (window.trail.length === 0 || window.trail.at(-1).text !== text) window.trail.push({ at: Date.now(), text });
  };
  look();
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true, characterData: true });
  addEventListener('keydown', () => (window.pressed = Date.now()), { capture: true });
}

/** How much later than the issue says a busy machine may be. */
const SLACK_MS = 1_500;

export class Hall {
  /**
   * The phone of a citizen, a desk on a laptop and one in a narrow window, stage, overlay and
   * producer; `at`: by name, the address at which one of them finds the server.
   */
  static async of(t, house, slug, { at = {} } = {}) {
    const hall = new Hall();
    Object.assign(hall, { house, slug, desk: await house.session(slug), invitations: {} });
    await hall.desk.open();
    const { key } = await house.api('GET', `/sessions/${slug}/overlay`);
    const url = (who) => at[who] ?? house.url;
    const staff = (who, role, page, size) => hall.#comes(t, who, url(who), role, page, size);
    [hall.phone, hall.marta, hall.dora, hall.stage, hall.overlay, hall.producer] = await Promise.all([
      Phone.arrives(t, `${url('phone')}/s/${slug}`),
      staff('marta', 'moderator', 'desk', LAPTOP),
      staff('dora', 'moderator', 'desk', NARROW),
      staff('stage', 'official', 'stage', WIDE),
      Phone.arrives(t, `${url('overlay')}/s/${slug}/overlay#${key}`, { size: WIDE }),
      staff('producer', 'producer', 'producer', NARROW),
    ]);
    hall.pages = Object.keys(AIR);
    for (const who of hall.pages) await hall[who].page.evaluate(watch, AIR[who]);
    return hall;
  }

  async #comes(t, who, url, role, page, size) {
    const { id, link } = await this.house.invite(this.slug, role, who);
    this.invitations[who] = id;
    const phone = await Phone.arrives(t, url + new URL(link).pathname, { size });
    await phone.page.getByRole('main').getByRole('button').click();
    await phone.page.waitForURL(/\/(stage|producer|desk)\//);
    return phone;
  }

  /** Enters questions of the hall, in the running order from the first to the last. */
  async queued(...texts) {
    for (const text of texts) {
      await this.desk.enters(text);
      const { id, rev } = await this.desk.reads(text);
      await this.desk.does({ type: 'queue', question: id, rev });
    }
  }

  /** Enters them; the stage puts the first on air, as soon as it knows of them all. */
  async begins(...texts) {
    await this.queued(...texts);
    await this.shows('queued', { queue: texts });
    await this.presses('stage', 'PageDown');
    const [air, ...queue] = texts;
    await this.shows('on air', { air, queue });
  }

  /**
   * What every page shows when this is so; `screens`: those that do not say what they
   * should, or nothing at all; `ghosts`: there may be silent ones besides.
   */
  static expected({ air = null, doubt = false, queue = [], approved = [], own = [], screens = {} }) {
    const drawn = doubt ? null : air;
    const right = ['right', drawn ? 'mostra la domanda' : 'vuoto', drawn ?? 'niente'];
    const told = Object.entries({ Grafica: right, Palco: right, ...screens }).filter(([, said]) => said);
    const desk = {
      ...{ air, doubt, running: queue, approved: [...approved].sort() },
      screens: told.map(([kind, [is, says]]) => [kind, is, says]),
    };
    const waiting = ['Scaletta vuota', '1 domanda in scaletta'][queue.length] ?? `${queue.length} domande in scaletta`;
    return {
      phone: { air, own },
      marta: desk,
      dora: desk,
      stage: { wall: drawn, doubt: doubt ? air : null, next: doubt ? null : (queue[0] ?? null) },
      overlay: drawn,
      producer: {
        ...{ air, doubt, waiting },
        screens: told.map(([kind, [is, , shown]]) => [kind, is, shown]),
      },
    };
  }

  /** Soon, every page shows that this is so; `but`: those that have something else to show, or nothing. */
  async shows(what, state, but = {}) {
    const expected = { ...Hall.expected(state), ...but };
    const pages = this.pages.filter((who) => expected[who] !== undefined);
    const deadline = Date.now() + PATIENCE;
    for (;;) {
      const seen = Object.fromEntries(await Promise.all(pages.map(async (who) => [who, await this.#look(who)])));
      for (const page of state.ghosts ? Object.values(seen) : []) {
        if (page?.screens) page.screens = page.screens.filter(([, is]) => is !== 'silent');
      }
      const wrong = pages.filter((who) => !isDeepStrictEqual(seen[who], expected[who]));
      if (wrong.length === 0) break;
      if (Date.now() > deadline) for (const who of wrong) assert.deepEqual(seen[who], expected[who], `${what}: ${wrong}`);
      await new Promise((go) => setTimeout(go, 100));
    }
    for (const who of this.pages) await this[who].shot(`${this.slug}-${what.replaceAll(/\W+/g, '-')}-${who}`, false);
  }

  #look(who) {
    return this[who].page.evaluate(LOOKS[who === 'marta' || who === 'dora' ? 'desk' : who]);
  }

  /** Every text that has been on air at a page since it was asked last, also for a moment. */
  trail = (who) => this[who].page.evaluate(() => window.trail.splice(0, window.trail.length - 1).concat(window.trail).map(({ text }) => text));

  /** Since this moment these pages have nothing on air; how long that took, in ms. */
  async clears(since, most, ...who) {
    const waits = who.map(async (one) => {
      const { page } = this[one];
      await page.waitForFunction((since) => window.trail.some(({ at, text }) => at >= since && text === null), since);
      const after = await page.evaluate((since) => window.trail.find(({ at, text }) => at >= since && text === null).at - since, since);
      assert.ok(after < most + SLACK_MS, `${one}: clear after ${after} ms`);
      return `${one} ${after} ms`;
    });
    console.log(`clear: ${(await Promise.all(waits)).join(', ')}`);
  }

  /** A key; when it was pressed, by the clock of its page, which is that of every page here. */
  async presses(who, key) {
    await this[who].page.keyboard.press(key);
    return this[who].page.evaluate(() => window.pressed);
  }

  /** Every page comes to its end without an error, and without anything its policy had to forbid. */
  async isSound() {
    for (const who of this.pages) {
      assert.deepEqual(this[who].errors, [], who);
      assert.deepEqual(await this[who].page.evaluate(() => window.seen.forbidden), [], who);
    }
  }
}
