import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import welcomed from '../../tests/fixtures/wire/server-welcome.json';
import { LOOK_MS, SPREAD_MS, Upgrade, type UpgradeOptions } from './upgrade';
import type { ServerMessage } from './wire';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const welcome = (build?: string) => ({ ...welcomed, build }) as ServerMessage;

function shelf(full = false): Storage {
  const kept = new Map<string, string>();
  const setItem = (key: string, value: string) => {
    if (full) throw new Error('full');
    kept.set(key, value);
  };
  return { getItem: (key: string) => kept.get(key) ?? null, setItem } as unknown as Storage;
}

function page(more: Partial<UpgradeOptions> = {}) {
  const load = vi.fn();
  const options = { build: 'old', spread: SPREAD_MS.crowd, idle: () => true, shelf: shelf(), there: async () => true, load, random: () => 0.5 };
  return { load, upgrade: new Upgrade({ ...options, ...more }) };
}

const wait = (ms: number) => vi.advanceTimersByTimeAsync(ms);

test('a page of the same build is never loaded anew', async () => {
  const { load, upgrade } = page();
  upgrade.hears(welcome('old'));
  upgrade.hears(welcome());
  await wait(2 * SPREAD_MS.crowd);
  expect(load).not.toHaveBeenCalled();
});

test('a hall is not loaded anew all at once', async () => {
  const { load, upgrade } = page();
  upgrade.hears(welcome('new'));
  await wait(SPREAD_MS.crowd * 0.5 - 1);
  expect(load).not.toHaveBeenCalled();
  await wait(1);
  expect(load).toHaveBeenCalledTimes(1);
});

test('it waits for as long as somebody is at it', async () => {
  let idle = false;
  const { load, upgrade } = page({ idle: () => idle });
  upgrade.hears(welcome('new'));
  await wait(10 * SPREAD_MS.crowd);
  expect(load).not.toHaveBeenCalled();
  idle = true;
  await wait(LOOK_MS);
  expect(load).toHaveBeenCalledTimes(1);
});

test('who begins to type while it is asked whether the page is there is not interrupted', async () => {
  let idle = true;
  const there = async () => {
    idle = false;
    return true;
  };
  const { load, upgrade } = page({ idle: () => idle, there });
  upgrade.hears(welcome('new'));
  await wait(2 * SPREAD_MS.crowd);
  expect(load).not.toHaveBeenCalled();
});

test('a server that does not answer is no page', async () => {
  let up = false;
  const { load, upgrade } = page({ there: async () => up });
  upgrade.hears(welcome('new'));
  await wait(2 * SPREAD_MS.crowd);
  expect(load).not.toHaveBeenCalled();
  up = true;
  await wait(LOOK_MS);
  expect(load).toHaveBeenCalledTimes(1);
});

test('it is loaded once for a build, whatever comes back', async () => {
  const kept = shelf();
  for (const [build, times] of [['new', 1], ['new', 0], ['newer', 1]] as const) {
    const { load, upgrade } = page({ shelf: kept });
    upgrade.hears(welcome(build));
    upgrade.hears(welcome(build));
    await wait(10 * SPREAD_MS.crowd);
    expect(load).toHaveBeenCalledTimes(times);
  }
});

test.each([null, shelf(true)])('what cannot be remembered is not done', async (shelf) => {
  const { load, upgrade } = page({ shelf });
  upgrade.hears(welcome('new'));
  await wait(2 * SPREAD_MS.crowd);
  expect(load).not.toHaveBeenCalled();
});

test('an upgrade that was taken back is forgotten, and so is a page that has ended', async () => {
  const { load, upgrade } = page();
  upgrade.hears(welcome('new'));
  upgrade.hears(welcome('old'));
  await wait(2 * SPREAD_MS.crowd);
  upgrade.hears(welcome('newer'));
  upgrade.stop();
  await wait(2 * SPREAD_MS.crowd);
  expect(load).not.toHaveBeenCalled();
});
