// A server as an operator runs it: a process, a folder, a port that the system chooses; and the
// people of the staff, who act over its API as any program would.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const SERVER = process.env.FILODIRETTO_BIN ?? join(ROOT, 'target', 'debug', 'filodiretto');

/** The administrator's token of every server that a story starts. */
export const ADMIN = 'test-administrator-0123456789abcdefgh';

/**
 * Nothing that a story waits for takes this long, even on a busy machine: a page that lost its line
 * waits for up to 30 s by itself before it tries again.
 */
export const PATIENCE = 60_000;

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** A new command's id: a ULID. */
export function newId() {
  let time = Date.now();
  let id = '';
  for (let n = 0; n < 10; n += 1) {
    id = ALPHABET[time % 32] + id;
    time = Math.floor(time / 32);
  }
  for (let n = 0; n < 16; n += 1) id += ALPHABET[Math.floor(Math.random() * 32)];
  return id;
}

/** Waits until `holds` answers something true, and gives that. */
export async function until(what, holds) {
  const deadline = Date.now() + PATIENCE;
  for (;;) {
    const held = await holds();
    if (held) return held;
    if (Date.now() > deadline) throw new Error(`never: ${what}`);
    await new Promise((go) => setTimeout(go, 50));
  }
}

export class House {
  log = '';
  listen = '127.0.0.1:0';

  /** `under`: a command of the shell around the server, which it finds as "$0" "$@". */
  constructor({ command = 'serve', flags = [], env = {}, under = null } = {}) {
    Object.assign(this, { command, flags, env, under });
  }

  static async start(about) {
    const house = new House(about);
    await house.begins();
    return house;
  }

  async begins() {
    this.folder = mkdtempSync(join(tmpdir(), 'filodiretto-'));
    await this.#spawn();
  }

  async #spawn() {
    const flags = [this.command, '--listen', this.listen, '--data', this.folder, ...this.flags];
    // A slow machine is not what is tried: nothing is left out for it.
    const env = { ...process.env, FILODIRETTO_ADMIN_TOKEN: ADMIN, FILODIRETTO_SHED: 'off', ...this.env };
    const [command, given] = this.under === null ? [SERVER, flags] : ['sh', ['-c', this.under, SERVER, ...flags]];
    this.child = spawn(command, given, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.child.stderr.on('data', (bytes) => (this.log += bytes));
    this.child.once('error', (error) => (this.log += `${SERVER}: ${error.message}`));
    const late = setTimeout(() => this.child.kill('SIGKILL'), PATIENCE);
    for await (const line of createInterface({ input: this.child.stdout })) {
      const found = /^listening on (http:\/\/(.+))$/.exec(line);
      if (found) {
        clearTimeout(late);
        [, this.url, this.listen] = found;
        this.child.stdout.resume();
        return;
      }
    }
    throw new Error(`the server did not start: ${this.log}`);
  }

  /** Its folder as it sees it itself: under something it may stand on a disk of its own. */
  get disk() {
    return `/proc/${this.child.pid}/root${this.folder}`;
  }

  /** Pulls the plug. */
  async kill() {
    const ended = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await ended;
  }

  /** Stops it as a service manager does: it drains. */
  async stops() {
    const ended = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await ended;
  }

  /** Starts it again where it was, so that its people find it by themselves. */
  async comesBack() {
    await this.#spawn();
  }

  async end() {
    if (this.child.exitCode === null && this.child.signalCode === null) await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** A request to the API; what is no success is an error that says what was answered. */
  async api(method, path, body, token = ADMIN) {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const answer = await fetch(`${this.url}/api/v1${path}`, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    if (answer.status === 429) {
      const { retry_after_ms: wait } = JSON.parse(text);
      await new Promise((go) => setTimeout(go, wait));
      return this.api(method, path, body, token);
    }
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text === '' ? null : JSON.parse(text);
  }

  /** What every public page shows of the city. */
  async city(city = {}) {
    await this.api('PATCH', '/house', {
      city: {
        name: 'Comune di Esempio',
        contact: 'urp@comune.example.it',
        privacy_url: 'https://comune.example.it/privacy',
        accessibility_url: 'https://comune.example.it/accessibilita',
        legal_url: 'https://comune.example.it/note-legali',
        ...city,
      },
    });
  }

  /** A session, and its desk. */
  async session(slug, { starts_at, ...about } = {}) {
    const { rev } = await this.api('POST', '/sessions', {
      slug,
      title: 'Il bilancio, domanda per domanda',
      language: 'it',
      officials: [{ name: 'Lucia Conti', office: 'Sindaca' }],
      policy: { slow_s: null },
      ...about,
    });
    // A time makes a draft one that everybody sees.
    if (starts_at) await this.api('PATCH', `/sessions/${slug}`, { rev, starts_at });
    return new Desk(this, slug, ADMIN);
  }

  /** Somebody in the crowd, with an identity of their own: a token. */
  async person() {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${this.url}/api/v1/me`, { method: 'POST', headers, body: '{"embed":true}' });
    return (await answer.json()).token;
  }

  /** They ask; the question's id. */
  async asks(slug, text, { token, ...more } = {}) {
    const id = newId();
    const who = token ?? (await this.person());
    await this.api('POST', `/sessions/${slug}/commands?as=citizen`, { type: 'ask', id, text, ...more }, who);
    return id;
  }

  /** Somebody with a role in it. */
  async invite(slug, role, name) {
    const made = await this.api('POST', `/sessions/${slug}/invitations`, { role, name });
    return { ...made, desk: new Desk(this, slug, made.token) };
  }
}

/** The staff of one session: what they see, and what they do. */
export class Desk {
  constructor(house, slug, token) {
    Object.assign(this, { house, slug, token });
  }

  /** One command, which must be done. */
  async does(command, as = 'desk') {
    const body = { id: newId(), ...command };
    const path = `/sessions/${this.slug}/commands?as=${as}`;
    return this.house.api('POST', path, body, this.token);
  }

  /** Every question the desk sees, page after page. */
  async questions() {
    const all = [];
    let after = '';
    do {
      const path = `/sessions/${this.slug}/questions?as=desk${after}`;
      const page = await this.house.api('GET', path, undefined, this.token);
      all.push(...page.questions);
      after = page.next === null ? null : `&after=${page.next}`;
    } while (after !== null);
    return all;
  }

  /** The question with this text, once the desk has it. */
  async reads(text) {
    const has = async () => (await this.questions()).find((question) => question.text === text);
    return until(`the desk reads "${text}"`, has);
  }

  async #on(type, text, more = {}) {
    const { id, rev } = await this.reads(text);
    return this.does({ type, question: id, rev, ...more });
  }

  approve = (text) => this.#on('approve', text);
  dismiss = (text, reason, note) => this.#on('dismiss', text, { reason, ...(note && { note }) });
  answered = (text) => this.#on('answered', text);
  revise = (text, to) => this.#on('revise', text, { text: to });

  /** Puts it on air, whatever is there now. What the board says of that may be a second old. */
  onAir = (text) =>
    until(`"${text}" is on air`, async () => {
      const { on_air: now } = await this.house.api('GET', `/sessions/${this.slug}/board`);
      return this.#on('on_air', text, { stage: now.rev }).catch((error) => {
        if (!/\bstale\b/.test(error.message)) throw error;
        return false;
      });
    });

  offAir = () => this.does({ type: 'off_air' });

  /** A question of the hall, entered by the desk. */
  enters = (text, more = {}) => this.does({ type: 'ask', text, channel: 'hall', ...more });

  open = () => this.does({ type: 'open' });
  close = () => this.does({ type: 'close' });
  ends = () => this.does({ type: 'end' });
}
