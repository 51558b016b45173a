// The bots of docs/examples, which everybody copies: run against a server, as they stand there.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { House, ROOT, until } from '../browser/house.mjs';

const EXAMPLES = join(ROOT, 'docs', 'examples');
const SLUG = 'serata';

let house;
let desk;
let folder;
const running = new Set();

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'filodiretto-bots-'));
  house = await House.start();
  desk = await house.session(SLUG, { rehearsal: true });
  await desk.open();
});

after(async () => {
  for (const bot of running) bot.child.kill();
  await house.end();
  rmSync(folder, { recursive: true, force: true });
});

/** Node 22.18 runs TypeScript as it is and has sockets; the older one that builds our pages needs a hand. */
function typescript() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 18)) return ['node', [join(EXAMPLES, 'bot.ts')]];
  const ts = createRequire(join(ROOT, 'web', 'package.json'))('typescript');
  const { outputText } = ts.transpileModule(readFileSync(join(EXAMPLES, 'bot.ts'), 'utf8'), {
    compilerOptions: { target: 'ES2022', module: 'ESNext', verbatimModuleSyntax: true },
  });
  const script = join(folder, 'bot.mjs');
  writeFileSync(script, outputText);
  return ['node', [...(major < 22 ? ['--experimental-websocket'] : []), script]];
}

const LANGUAGES = {
  Python: () => ['python3', [join(EXAMPLES, 'bot.py')]],
  TypeScript: typescript,
};

function bot(language, { token, url = house.url } = {}, ...words) {
  const [program, first] = LANGUAGES[language]();
  const env = { ...process.env, ...(token && { FILODIRETTO_TOKEN: token }) };
  const child = spawn(program, [...first, url, SLUG, ...words], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const started = { child, said: '', ended: once(child, 'exit').then(([code]) => code) };
  for (const out of [child.stdout, child.stderr]) out.on('data', (bytes) => (started.said += bytes));
  running.add(started);
  return started;
}

const says = (who, words) =>
  until(`"${words}"`, () => {
    const { said, child } = who;
    if (said.includes(words)) return true;
    assert.equal(child.exitCode, null, `it ended and said: ${said}`);
    return false;
  });

/** In the place of the server: hangs up on everybody, until somebody has asked for this. */
async function turnsAway(asked) {
  const [host, port] = house.listen.split(':');
  const door = createServer();
  const came = new Promise((go) => {
    door.on('connection', (socket) => {
      socket.on('error', () => {});
      socket.on('data', (bytes) => {
        socket.destroy();
        if (String(bytes).startsWith(asked)) go();
      });
    });
  });
  door.listen(port, host);
  await came;
  door.close();
  await once(door, 'close');
}

for (const [asks, approves] of [
  ['Python', 'TypeScript'],
  ['TypeScript', 'Python'],
]) {
  test(`what a bot in ${asks} asks, one in ${approves} approves, through a restart`, async () => {
    const text = `Quando riapre la biblioteca? Lo chiede ${asks}.`;
    const { token, id } = await house.invite(SLUG, 'moderator', approves);
    const moderator = bot(approves, { token }, 'approve');
    // What waits when it comes, too.
    const asker = bot(asks, {}, 'ask', text);
    await says(asker, 'ask done');
    await says(moderator, 'approve done');
    await says(asker, 'approved');
    await house.stops();
    // Asked while nobody answers: it goes again, with the same id.
    const turned = turnsAway('POST /api/v1/me');
    const patient = bot(asks, {}, 'ask', `${text} Anche a server spento.`);
    await turned;
    await house.comesBack();
    await says(patient, 'ask done');
    await says(patient, 'approved');
    const asked = (await desk.questions()).filter((question) => question.text.startsWith(text));
    assert.deepEqual(asked.map((question) => question.state), ['approved', 'approved']);
    // The line that was there before the restart still tells.
    await desk.answered(text);
    assert.equal(await asker.ended, 0, asker.said);
    assert.match(asker.said, /answered\n$/);
    // A right that has ended sends it away for good.
    await house.api('DELETE', `/sessions/${SLUG}/invitations/${id}`);
    assert.equal(await moderator.ended, 1, moderator.said);
  });
}

for (const language of Object.keys(LANGUAGES)) {
  test(`a bot in ${language} says why it was refused, and stays away where it may not be`, async () => {
    const short = bot(language, {}, 'ask', 'Ma?');
    assert.equal(await short.ended, 1, short.said);
    assert.match(short.said, /^ask refused: .*8/);
    const stranger = bot(language, { token: await house.person() }, 'approve');
    assert.equal(await stranger.ended, 1, stranger.said);
    assert.doesNotMatch(stranger.said, /Error|Traceback/);
  });
}

test('the bot in TypeScript is what its types say', () => {
  const web = join(ROOT, 'web');
  const options = ['--noEmit', '--strict', '--noUncheckedIndexedAccess', '--noUnusedLocals', '--erasableSyntaxOnly'];
  const kind = ['--target', 'es2023', '--module', 'esnext', '--moduleResolution', 'bundler', '--allowImportingTsExtensions', '--types', 'node'];
  const roots = ['--typeRoots', join(web, 'node_modules', '@types'), '--skipLibCheck'];
  try {
    execFileSync(join(web, 'node_modules', '.bin', 'tsc'), [...options, ...kind, ...roots, join(EXAMPLES, 'bot.ts')], { cwd: folder });
  } catch (error) {
    assert.fail(String(error.stdout));
  }
});
