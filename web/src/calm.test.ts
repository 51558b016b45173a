/** What a viewer is told, and when. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Announcer } from './announcer';

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
  announcer.own('la tua è in onda');
  announcer.notAnyMore('la tua è in onda');
  vi.advanceTimersByTime(60_000);
  expect(said).toEqual(['ricevuta']);
});
