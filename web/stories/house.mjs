// What the stories of the pages stand on: a real server, a network that can be cut or can swallow
// everything, a desk, and Chromium with its eyes open for what must never happen.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { chromium } from 'playwright-core';

const root = resolve(import.meta.dirname, '../..');
const program = process.env.FILODIRETTO ?? join(root, 'target/debug/filodiretto');
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Looks until it is so; says what it waited for when it never is. */
export async function until(what, look, seconds = 20) {
  const end = Date.now() + seconds * 1000;
  for (let last; ; await new Promise((wake) => setTimeout(wake, 50))) {
    try {
      last = await look();
      if (last) return last;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) assert.fail(`${what}: not so after ${seconds} s (last: ${last})`);
  }
}

function ulid() {
  const letters = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
  let [time, id] = [Date.now(), ''];
  for (; id.length < 10; time = Math.floor(time / 32)) id = letters[time % 32] + id;
  return id + Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => letters[byte % 32]).join('');
}

async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await new Promise((listening) => server.once('listening', listening));
  const { port } = server.address();
  await new Promise((closed) => server.close(closed));
  return port;
}

/** A server in a rehearsal, behind a network that does as it is told. */
export class House {
  static async open() {
    const house = new House();
    house.data = mkdtempSync(join(tmpdir(), 'filodiretto-story-'));
    house.port = await freePort();
    await house.starts();
    house.network = await Network.before(house.port);
    house.address = `http://127.0.0.1:${house.network.port}`;
    return house;
  }

  async starts() {
    const links = join(this.data, 'links.json');
    rmSync(links, { force: true });
    this.process = spawn(
      program,
      ['rehearse', '--listen', `127.0.0.1:${this.port}`, '--data', this.data, '--links-file', links],
      { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, RUST_LOG: 'error' } },
    );
    this.ended = new Promise((ended) => this.process.once('exit', ended));
    const found = await until('the server starts', () => JSON.parse(readFileSync(links, 'utf8')), 60);
    const token = (link) => link.split('/join/')[1];
    [this.desk, this.admin] = [token(found.moderator), token(found.admin)];
  }

  /** As a power cut would. */
  async dies() {
    this.process.kill('SIGKILL');
    await this.ended;
  }

  async close() {
    await this.dies();
    this.network.close();
    rmSync(this.data, { recursive: true, force: true });
  }

  async api(token, method, path, body) {
    const answer = await fetch(`http://127.0.0.1:${this.port}/api/v1${path}`, {
      ...{ method, headers: token ? { authorization: `Bearer ${token}` } : {} },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : {};
  }

  /** A new session with its own moderator, as the press office makes it. */
  async session(slug, about = {}) {
    await this.api(this.admin, 'POST', '/sessions', {
      ...{ slug, title: 'Bilancio partecipato: le vostre domande', language: 'it', rehearsal: true },
      ...{ officials: [{ name: 'Lucia Conti', office: 'Sindaca' }], labels: ['Mobilità', 'Scuola'] },
      ...{ policy: { slow_s: null, open_questions: null, questions: null } },
      ...about,
    });
    const { token } = await this.api(this.admin, 'POST', `/sessions/${slug}/invitations`, {
      ...{ role: 'moderator', name: 'Redazione' },
    });
    return new Desk(this, slug, token);
  }

  /** Somebody without a page. */
  async person() {
    return (await this.api(null, 'POST', '/me', { embed: true })).token;
  }
}

export class Desk {
  constructor(house, slug, token) {
    Object.assign(this, { house, slug, token });
  }

  async says(type, fields = {}, token = this.token, as = 'desk') {
    const id = ulid();
    await this.house.api(token, 'POST', `/sessions/${this.slug}/commands?as=${as}`, { id, type, ...fields });
    return id;
  }

  async questions() {
    const found = [];
    for (let next = ''; next !== null; ) {
      const page = await this.house.api(this.token, 'GET', `/sessions/${this.slug}/questions?as=desk&order=new${next && `&after=${next}`}`);
      found.push(...page.questions);
      next = page.next;
    }
    return found;
  }

  /** Decides on the question with this text, as it is now. */
  async on(text, type, fields = {}) {
    const question = await until(`the desk sees "${text}"`, async () =>
      (await this.questions()).find((one) => one.text === text),
    );
    await this.says(type, { question: question.id, rev: question.rev, ...fields });
    return question.id;
  }

  async putsOnAir(text) {
    const { on_air: stage } = await this.house.api(null, 'GET', `/sessions/${this.slug}/board`);
    return this.on(text, 'on_air', { stage: stage.rev });
  }

  /** Published without a citizen: heard in the hall. */
  hears(text, fields = {}) {
    return this.says('ask', { text, channel: 'hall', ...fields });
  }

  async somebodyVotes(question) {
    await this.says('vote', { question, on: true }, await this.house.person(), 'citizen');
  }
}

/** Between page and server: hands on, cuts, or swallows everything and closes nothing. */
class Network {
  static async before(port) {
    const network = new Network();
    network.mode = 'hands on';
    network.blocksSockets = false;
    network.lines = new Set();
    network.server = net.createServer((near) => network.joins(near, port)).listen(0, '127.0.0.1');
    await new Promise((listening) => network.server.once('listening', listening));
    network.port = network.server.address().port;
    return network;
  }

  joins(near, port) {
    if (this.mode === 'cut') return near.destroy();
    const far = net.connect(port, '127.0.0.1');
    const line = { near, far };
    this.lines.add(line);
    for (const [from, to] of [[near, far], [far, near]]) {
      from.on('data', (data) => {
        if (this.blocksSockets && from === near && data.includes('GET /ws/')) return near.destroy();
        if (this.mode === 'hands on' && !line.swallowed) to.write(data);
        else if (this.mode === 'swallows') line.swallowed = true;
      });
      from.on('error', () => {});
      from.on('close', () => {
        if (line.swallowed) return;
        this.lines.delete(line);
        to.destroy();
      });
    }
  }

  cuts() {
    this.mode = 'cut';
    for (const { near, far } of this.lines) [near, far].forEach((end) => end.destroy());
    this.lines.clear();
  }

  swallows() {
    this.mode = 'swallows';
    for (const line of this.lines) line.swallowed = true;
  }

  comesBack() {
    this.mode = 'hands on';
  }

  close() {
    this.cuts();
    this.server.close();
  }
}

/** One browser for all stories of a file. */
export const browser = () =>
  chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    // As root there is no sandbox; the server is on this machine, which a browser would ask about.
    args: ['--no-sandbox', '--disable-features=LocalNetworkAccessChecks'],
  });

export const phone = { width: 390, height: 844 };
export const laptop = { width: 1280, height: 900 };

/** Somebody with a page of their own. What they must never meet is gathered on the way. */
export class Visitor {
  static async comes(chrome, house, path, { viewport = phone, language = 'it', ...more } = {}) {
    const context = await chrome.newContext({
      ...{ viewport, locale: language === 'it' ? 'it-IT' : 'en-GB', timezoneId: 'Europe/Rome' },
      ...more,
    });
    const visitor = new Visitor();
    Object.assign(visitor, { house, context, page: await context.newPage(), complaints: [], foreign: [], told: [] });
    visitor.page.on('pageerror', (error) => visitor.complaints.push(error.message));
    visitor.page.on('request', (request) => {
      const ours = request.url().startsWith(house.address) || request.url().startsWith(house.address.replace('http', 'ws'));
      if (!ours && !/^(data|blob):/.test(request.url())) visitor.foreign.push(request.url());
    });
    await visitor.page.exposeFunction('storyTold', (sentence) => visitor.told.push(sentence));
    await visitor.page.exposeFunction('storyViolated', (what) => visitor.complaints.push(what));
    await visitor.page.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', (event) =>
        window.storyViolated(`CSP ${event.violatedDirective} ${event.blockedURI} ${event.sample}`),
      );
      // What a screen reader would speak unasked: text that appears in a live region.
      let before = '';
      new MutationObserver(() => {
        const said = [...document.querySelectorAll('[role=status]')].map((region) => region.textContent?.trim()).join(' ').trim();
        if (said !== before && said) window.storyTold(said);
        before = said;
      }).observe(document, { subtree: true, childList: true, characterData: true });
    });
    await visitor.page.goto(house.address + path);
    return visitor;
  }

  sees(text, seconds) {
    return until(`the page shows "${text}"`, () => this.page.getByText(text, { exact: false }).first().isVisible(), seconds);
  }

  seesNot(text, seconds) {
    return until(`the page does not show "${text}"`, async () => !(await this.page.getByText(text).first().isVisible()), seconds);
  }

  press(name) {
    return this.page.getByRole('button', { name }).first().click();
  }

  /** The accessibility tree, without what differs from evening to evening. */
  async reads(part = '#app') {
    const tree = await this.page.locator(part).ariaSnapshot();
    return tree
      .replace(/^- status.*\n/m, '')
      .replace(/\b[0-9A-Z]{4}(-[0-9A-Z]{4}){3}\b/g, 'CODE')
      .replace(/\b\d{2}:\d{2}\b/g, '21:34')
      .replace(/\b\d+ min fa\b/g, 'ora');
  }

  /** What axe finds, classes that no style sheet has, and whether the page is wider than its window. */
  async isSound(where) {
    await this.page.evaluate(axe);
    const found = await this.page.evaluate(async () => {
      const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
      const { violations } = await window.axe.run(document, { runOnly: rules });
      const selectors = [];
      const walk = (list) => {
        for (const rule of list) {
          if (rule.selectorText) selectors.push(rule.selectorText);
          if (rule.cssRules) walk(rule.cssRules);
        }
      };
      for (const sheet of document.styleSheets) walk(sheet.cssRules);
      const styled = selectors.join(',');
      const used = new Set([...document.querySelectorAll('[class]')].flatMap((one) => [...one.classList]));
      const has = (name) => new RegExp(`\\.${CSS.escape(name).replace(/\\/g, '\\\\')}(?![\\w-])`).test(styled);
      return {
        axe: violations.map((one) => `${one.id}: ${one.nodes[0].target} ${one.nodes[0].any[0]?.message ?? one.help}`),
        unstyled: [...used].filter((name) => !has(name)),
        wide: document.documentElement.scrollWidth > innerWidth,
      };
    });
    assert.deepEqual(found, { axe: [], unstyled: [], wide: false }, where);
  }

  /** Nothing broke, nothing was forbidden, and nobody else was asked for anything. */
  async leaves() {
    await this.context.close();
    assert.deepEqual(this.complaints, [], 'errors and policy violations');
    assert.deepEqual(this.foreign, [], 'requests to other hosts');
  }
}
