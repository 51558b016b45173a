// A person at a real browser, and everything that a careful observer would note beside them: what
// is spoken, what is asked of whom, what the page's own policy had to forbid.

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before } from 'node:test';

import { House, PATIENCE, ROOT } from './house.mjs';

const web = createRequire(join(ROOT, 'web', 'package.json'));
const { chromium } = web('playwright-core');
const AXE = readFileSync(web.resolve('axe-core/axe.min.js'), 'utf8');

export const PHONE = { width: 390, height: 844 };
export const SMALL = { width: 320, height: 640 };
export const LAPTOP = { width: 1280, height: 900 };

/** SHOTS=DIR keeps a picture of every state that a story passes. */
const SHOTS = process.env.SHOTS;
if (SHOTS) mkdirSync(SHOTS, { recursive: true });

let browser;

/** The one browser of a run. */
export async function chrome() {
  browser ??= await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--autoplay-policy=no-user-gesture-required'],
  });
  return browser;
}

export async function goHome() {
  // A browser that does not close must not keep a run that is over: by then all is told.
  setTimeout(() => process.exit(), 30_000).unref();
  const patience = new Promise((go) => setTimeout(go, 15_000).unref());
  await Promise.race([browser?.close(), patience]);
  browser = undefined;
}

/**
 * The house of a file's stories, of a city that has said who it is: there before the first, gone
 * after the last, and the browser with it.
 */
export function oneHouse(about) {
  const house = new House(about);
  before(async () => {
    await house.begins();
    await house.city();
  });
  after(async () => {
    await goHome();
    await house.end();
  });
  return house;
}

/** Runs in the page before anything of its own: keeps what is said and what is forbidden. */
function observe() {
  window.seen = { spoken: [], forbidden: [], buzzed: 0 };
  document.addEventListener('securitypolicyviolation', (event) => {
    window.seen.forbidden.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
  });
  navigator.vibrate = () => {
    window.seen.buzzed += 1;
    return true;
  };
  const speaks = (node) => {
    const region = node?.parentElement?.closest('[aria-live],[role=status],[role=alert],[role=log]')
      ?? (node instanceof Element ? node.closest('[aria-live],[role=status],[role=alert]') : null);
    if (!region || region.getAttribute('aria-live') === 'off') return;
    const text = region.textContent.trim().replace(/\s+/g, ' ');
    const last = window.seen.spoken.at(-1);
    if (text !== '' && last?.text !== text) window.seen.spoken.push({ text, at: performance.now() });
  };
  const watch = () => new MutationObserver((changes) => {
    for (const { target, addedNodes } of changes) {
      speaks(target.nodeType === Node.TEXT_NODE ? target : (addedNodes[0] ?? target));
    }
  }).observe(document.documentElement, { childList: true, characterData: true, subtree: true });
  if (document.documentElement) watch();
  else document.addEventListener('readystatechange', watch, { once: true });
}

export class Phone {
  /** A person with a browser of their own: nothing is shared with anybody else's. */
  static async of({ size = PHONE, language = 'it-IT', script = true, ...more } = {}) {
    const phone = new Phone();
    phone.context = await (await chrome()).newContext({
      viewport: size,
      locale: language,
      timezoneId: 'Europe/Rome',
      javaScriptEnabled: script,
      reducedMotion: 'reduce',
      ...more,
    });
    phone.errors = [];
    phone.asked = [];
    phone.script = script;
    await phone.tab();
    return phone;
  }

  /** The same, come to an address; their browser is closed however the story ends. */
  static async arrives(t, url, about) {
    const phone = await Phone.of(about);
    t.after(() => phone.leaves());
    await phone.goes(url);
    return phone;
  }

  /** A page of theirs; the last one is the one they look at. */
  async tab() {
    this.page = await this.context.newPage();
    this.page.setDefaultTimeout(PATIENCE);
    this.page.on('request', (request) => this.asked.push(request.url()));
    this.page.on('pageerror', (error) => this.errors.push(`page error: ${error.message}`));
    this.page.on('console', (message) => {
      // A browser writes every line it loses there; the network's faults are not the page's.
      const network = /Failed to load resource|WebSocket connection|net::ERR_/.test(message.text());
      if (['error', 'warning'].includes(message.type()) && !network) this.errors.push(message.text());
    });
    if (this.script) await this.page.addInitScript(observe);
    return this.page;
  }

  goes = (url) => this.page.goto(url, { waitUntil: 'domcontentloaded' });
  sees = (text) => this.page.getByText(text, { exact: false }).first().waitFor();
  role = (role, name) => this.page.getByRole(role, { name });
  presses = (name, role = 'button') => this.page.getByRole(role, { name }).first().click();

  /** What has been spoken so far, oldest first. */
  spoken = async () => (await this.page.evaluate(() => window.seen.spoken)).map(({ text }) => text);

  /** Hosts other than ours that anything was asked of. */
  strangers(...known) {
    const ours = [this.page.url(), ...known].map((url) => new URL(url).host);
    const hosts = this.asked.filter((url) => /^(http|ws)/.test(url)).map((url) => new URL(url).host);
    return [...new Set(hosts)].filter((host) => !ours.includes(host));
  }

  /** A picture, where pictures are kept; `animations: 'allow'` keeps a moment of one. */
  async shot(name, whole = true, animations = 'disabled') {
    if (!SHOTS) return;
    const path = join(SHOTS, `${name}.png`);
    await this.page.screenshot({ path, fullPage: whole, animations });
  }

  /**
   * Everything a page must pass in every state: axe, no class without a style, nothing wider than
   * the screen, nothing forbidden by its own policy, no error, nothing asked of a stranger.
   */
  async isSound(state, { strangers = [] } = {}) {
    await this.shot(state);
    assert.deepEqual(await this.axe(), [], `${state}: axe`);
    assert.deepEqual(await this.unstyled(), [], `${state}: classes that no stylesheet knows`);
    const [wide, screen] = await this.page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    assert.ok(wide <= screen, `${state}: ${wide} px wide on a screen of ${screen}`);
    if (this.script) {
      assert.deepEqual(await this.page.evaluate(() => window.seen.forbidden), [], `${state}: policy`);
    }
    assert.deepEqual(this.errors, [], `${state}: errors`);
    assert.deepEqual(this.strangers(...strangers), [], `${state}: other hosts`);
  }

  async axe() {
    if (!this.script) return this.#axeOfCopy();
    return this.#unrolled(() => Phone.#judged(this.page));
  }

  /**
   * In a window as high as the page: what stays in sight while one scrolls would cover half a button
   * there or not, as it happens, and axe would call what is left of it too small.
   */
  async #unrolled(look) {
    const size = this.page.viewportSize();
    const [height, at] = await this.page.evaluate(() => [document.documentElement.scrollHeight, scrollY]);
    if (height <= size.height) return look();
    await this.page.setViewportSize({ ...size, height });
    try {
      return await look();
    } finally {
      await this.page.setViewportSize(size);
      await this.page.evaluate((y) => scrollTo(0, y), at);
    }
  }

  /** Where scripts are off, axe cannot wait for anything: it judges a copy of what is shown. */
  async #axeOfCopy() {
    const context = await (await chrome()).newContext({ viewport: this.page.viewportSize() });
    try {
      const [page, body, url] = [await context.newPage(), await this.page.content(), this.page.url()];
      await page.route(url, (route) => route.fulfill({ body, contentType: 'text/html; charset=utf-8' }));
      await page.goto(url);
      return await Phone.#judged(page);
    } finally {
      await context.close();
    }
  }

  static async #judged(page) {
    await page.evaluate(AXE);
    const found = await page.evaluate(() => window.axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    }));
    return found.violations.map((violation) => {
      const [node] = violation.nodes;
      return `${violation.id}: ${node.target} ${node.any[0]?.message ?? violation.help}`;
    });
  }

  unstyled() {
    return this.page.evaluate(() => {
      const used = new Set();
      for (const element of document.querySelectorAll('[class]')) {
        element.classList.forEach((name) => used.add(name));
      }
      const selectors = [];
      const walk = (rules) => {
        for (const rule of rules) {
          if (rule.selectorText) selectors.push(rule.selectorText);
          if (rule.cssRules) walk(rule.cssRules);
        }
      };
      for (const sheet of document.styleSheets) walk(sheet.cssRules);
      const all = selectors.join(',');
      const known = (name) => {
        const escaped = CSS.escape(name).replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
        return new RegExp(`\\.${escaped}(?![\\w-])`).test(all);
      };
      return [...used].filter((name) => !known(name));
    });
  }

  /** Goes through the page with the Tab key: whatever has the focus must show it, and be in sight. */
  async focusIsSeen(state, most = 60) {
    const seen = new Set();
    for (let step = 0; step < most; step += 1) {
      await this.page.keyboard.press('Tab');
      const found = await this.page.evaluate(() => {
        const element = document.activeElement;
        if (!element || element === document.body) return null;
        const style = getComputedStyle(element);
        const box = element.getBoundingClientRect();
        const name = `${element.tagName} ${element.id || element.textContent.trim().slice(0, 30)}`;
        // The buttons inside a player show theirs where no page can look.
        const players = element.matches('video[controls]');
        const ring = players || style.boxShadow !== 'none' || (style.outlineStyle !== 'none' && style.outlineWidth !== '0px');
        const [x, y] = [box.x + box.width / 2, box.y + Math.min(box.height / 2, 20)];
        const top = document.elementFromPoint(x, y);
        const covered = top !== null && !element.contains(top) && !top.contains(element) && !top.closest('label')?.contains(element);
        window.tabbed ??= new Map();
        if (!window.tabbed.has(element)) window.tabbed.set(element, window.tabbed.size);
        return { players, name, ring, covered, at: window.tabbed.get(element), size: [box.width, box.height] };
      });
      if (found === null) break;
      if (seen.has(found.at) && !found.players) break;
      seen.add(found.at);
      assert.ok(found.ring, `${state}: the focus is not seen on ${found.name}`);
      assert.ok(!found.covered, `${state}: something covers ${found.name} while it has the focus`);
    }
    await this.page.evaluate(() => delete window.tabbed);
    assert.ok(seen.size > 2, `${state}: the keyboard reaches ${seen.size} things`);
  }

  leaves = () => this.context.close();
}
