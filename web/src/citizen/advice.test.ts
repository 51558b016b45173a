import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Question, ServerMessage } from '../wire';
import { Advisor, type Advice } from './advice.svelte';

beforeEach(() => void vi.useFakeTimers({ now: 1_000_000 }));
afterEach(() => void vi.useRealTimers());

const TEXT = 'Chiamatemi al 333 1234567: quando riapre?';
const MASKED = 'Chiamatemi al [telefono]: quando riapre?';

function advisor(isUp = true) {
  const asked: string[] = [];
  const told: Advice[] = [];
  const one = new Advisor(
    (text) => (isUp ? (asked.push(text), `C${asked.length}`) : null),
    (advice) => told.push(advice),
  );
  const checked = (more: object = {}): ServerMessage =>
    ({ type: 'checked', id: `C${asked.length}`, masked: null, blocked: [], similar: [], ...more }) as ServerMessage;
  return { one, asked, told, checked };
}

test('it is asked for after a pause, once for the same words, and never faster than that', () => {
  const { one, asked, checked } = advisor();
  for (const text of ['Quando', 'Quando ria', TEXT]) one.typed(text, '', true);
  vi.advanceTimersByTime(1_000);
  expect(asked).toEqual([]);
  vi.advanceTimersByTime(500);
  expect(asked).toEqual([TEXT]);
  one.hears(checked());
  one.typed(`${TEXT} `, '', true);
  vi.advanceTimersByTime(10_000);
  expect(asked, 'the same words').toHaveLength(1);
  for (let n = 0; n < 60; n += 1) {
    one.typed(`${TEXT} ${n}`, '', true);
    vi.advanceTimersByTime(2_000);
    one.hears(checked());
  }
  expect(asked.length, 'a bound for one question').toBeLessThan(22);
});

test('what is too short to be sent is not asked about', () => {
  const { one, asked } = advisor();
  one.typed('Ma', '', false);
  vi.advanceTimersByTime(10_000);
  expect(asked).toEqual([]);
});

test('before it is sent, what would be hidden is shown once', async () => {
  const { one, checked } = advisor();
  const first = one.mustShow(TEXT, '');
  expect(one.hears(checked({ masked: MASKED }))).toBe(true);
  expect(await first).toBe(true);
  expect(await one.mustShow(TEXT, ''), 'it has been shown').toBe(false);
  const other = one.mustShow('Quando riapre la piscina?', '');
  one.hears(checked());
  expect(await other, 'there is nothing to show').toBe(false);
});

test('without an answer, or without a line, it is sent as if nobody had asked', async () => {
  const { one, checked } = advisor();
  const waits = one.mustShow(TEXT, '');
  await vi.advanceTimersByTimeAsync(1_600);
  expect(await waits).toBe(false);
  one.hears(checked());
  expect(await advisor(false).one.mustShow(TEXT, '')).toBe(false);
  const refused = advisor();
  const asks = refused.one.mustShow(TEXT, '');
  expect(refused.one.hears({ type: 'refused', id: 'C1', code: 'too_fast', title: '', detail: '' })).toBe(true);
  expect(await asks).toBe(false);
});

test('only the answer to what was asked last is believed', () => {
  const { one, asked, told, checked } = advisor();
  one.typed(TEXT, '', true);
  vi.advanceTimersByTime(1_300);
  const late = checked({ masked: MASKED });
  one.typed('Quando riapre la piscina?', '', true);
  vi.advanceTimersByTime(6_000);
  expect(asked).toHaveLength(2);
  expect(one.hears(late)).toBe(false);
  one.hears(checked({ similar: [{ id: 'Q' } as Question] }));
  expect(told.map(({ text }) => text)).toEqual(['Quando riapre la piscina?']);
  one.forget();
  expect(one.advice).toBeNull();
});

test('how long it is, the form says itself', () => {
  const { one, checked } = advisor();
  one.typed(TEXT, '', true);
  vi.advanceTimersByTime(1_300);
  const blocked = ['LEN_TOO_LONG', 'LINK_URL'].map((code) => ({ code, verdict: 'block', detail: code }));
  one.hears(checked({ blocked }));
  expect(one.advice?.blocked.map(({ code }) => code)).toEqual(['LINK_URL']);
});
