/** What a viewer is told and shown, and when: the announcer and the delay. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Announcer } from './announcer';
import { Held } from './held';

beforeEach(() => void vi.useFakeTimers({ now: 100_000 }));
afterEach(() => void vi.useRealTimers());

test('one sentence in ten seconds, one’s own first, and only the latest of the others', () => {
  const said: [number, string][] = [];
  const announcer = new Announcer((sentence) => said.push([Date.now() - 100_000, sentence]));
  announcer.other('in onda: A');
  announcer.other('in onda: B');
  announcer.other('in onda: C');
  announcer.own('ricevuta');
  announcer.own('ricevuta');
  announcer.own('pubblicata');
  vi.advanceTimersByTime(60_000);
  expect(said).toEqual([
    [0, 'in onda: A'],
    [10_000, 'ricevuta'],
    [20_000, 'pubblicata'],
    [30_000, 'in onda: C'],
  ]);
});

test('what is not true any more is not said', () => {
  const said: string[] = [];
  const announcer = new Announcer((sentence) => said.push(sentence));
  announcer.own('ricevuta');
  announcer.other('in onda: A');
  announcer.notAnyMore();
  vi.advanceTimersByTime(60_000);
  expect(said).toEqual(['ricevuta']);
});

const air = (id: string | null, since = 100_000) => ({ id, since: id ? since : null, rev: 0 });

test('on air waits for the picture; off air waits for nothing', () => {
  const shown: (string | null)[] = [];
  const held = new Held((onAir) => shown.push(onAir.id), () => Date.now());
  held.lag(12_000);
  held.set(air('A'));
  vi.advanceTimersByTime(11_900);
  expect(shown.filter(Boolean)).toEqual([]);
  vi.advanceTimersByTime(200);
  expect(shown.at(-1)).toBe('A');
  held.set(air('B', 112_100));
  expect(shown.at(-1), 'the one before stays for who still sees it').toBe('A');
  held.set(air(null));
  expect(shown.at(-1)).toBeNull();
  vi.advanceTimersByTime(60_000);
  expect(shown.at(-1), 'and what was held back does not come').toBeNull();
});

test('who comes late, or is in the hall, does not wait', () => {
  const shown: (string | null)[] = [];
  const held = new Held((onAir) => shown.push(onAir.id), () => Date.now());
  held.lag(12_000);
  held.set(air('A', 80_000));
  expect(shown.at(-1)).toBe('A');
  held.set(air('B'));
  expect(shown.at(-1)).toBe('A');
  held.lag(0);
  expect(shown.at(-1)).toBe('B');
});
