import { afterEach, expect, test, vi } from 'vitest';
import { ago, clock, number, plural, speak, speaks } from './language.svelte';

vi.stubGlobal('document', { documentElement: { lang: '' } });
vi.stubEnv('TZ', 'Europe/Rome');
afterEach(() => speak('it'));

const words = speaks({
  it: { votes: (count: number) => plural(count, 'voto', 'voti') },
  en: { votes: (count: number) => plural(count, 'vote', 'votes') },
});

test('the page changes its language at once, plurals and numbers with it', () => {
  expect([words().votes(1), words().votes(0), words().votes(12_000)]).toEqual(['1 voto', '0 voti', '12.000 voti']);
  speak('en');
  expect([words().votes(1), words().votes(0), words().votes(12_000)]).toEqual(['1 vote', '0 votes', '12,000 votes']);
  expect(number(1_234.5)).toBe('1,234.5');
});

test('times are told as people tell them', () => {
  const nine = Date.UTC(2026, 10, 26, 20, 5);
  expect(clock(nine)).toBe('21:05');
  expect(ago(nine - 3 * 60_000, nine)).toBe('3 min fa');
  expect(ago(nine - 2 * 3_600_000, nine)).toBe('2 h fa');
  expect(ago(nine + 5_000, nine), 'a clock that is a little ahead').toBe('ora');
});
