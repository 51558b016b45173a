import { afterEach, expect, test, vi } from 'vitest';
import { ago, clock, day, hour, length, number, on, plural, speak, speaks, thatDay } from './language.svelte';

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

test('what formats is made once for each language', () => {
  const made: string[] = [];
  const counted = <Format extends new (...how: never[]) => object>(format: Format) =>
    new Proxy(format, {
      construct: (of, how) => {
        made.push(`${of.name} ${how[0]}`);
        return Reflect.construct(of, how);
      },
    });
  const { NumberFormat, PluralRules, RelativeTimeFormat } = Intl;
  const all = { NumberFormat, PluralRules, RelativeTimeFormat };
  const spied = Object.fromEntries(Object.entries(all).map(([name, format]) => [name, counted(format)]));
  vi.stubGlobal('Intl', Object.assign(Object.create(Intl), spied));
  for (let minutes = 2; minutes < 40; minutes += 1) {
    for (const tag of ['it', 'en'] as const) {
      speak(tag);
      expect(`${words().votes(minutes)} ${ago(-minutes * 60_000, 0)}`).toMatch(/^(\d+) vot\w+ \1/);
    }
  }
  vi.stubGlobal('Intl', Object.getPrototypeOf(Intl));
  // None of them twice, and none where another test was first.
  expect(made).toEqual([...new Set(made)]);
});

test('a text is as long as people see it', () => {
  expect(['', ' \n ', ' Perché? ', 'perche\u0301', '👨‍👩‍👧 e 🇮🇹', 'नमस्ते'].map(length)).toEqual([0, 0, 7, 6, 5, 3]);
});

test('times are told as people tell them', () => {
  const nine = Date.UTC(2026, 10, 26, 20, 5);
  expect(clock(nine)).toBe('21:05');
  expect(hour(nine)).toBe('alle 21:05');
  expect(hour(Date.UTC(2026, 10, 26, 0, 5))).toBe('all’01:05');
  expect(day(nine)).toBe('giovedì 26 novembre alle 21:05');
  expect(on(nine)).toBe('il 26 novembre 2026');
  expect(on(Date.UTC(2026, 11, 8, 12))).toBe('l’8 dicembre 2026');
  expect(ago(nine - 3 * 60_000, nine)).toBe('3 min fa');
  expect(ago(nine - 2 * 3_600_000, nine)).toBe('2 h fa');
  expect(ago(nine + 5_000, nine), 'a clock that is a little ahead').toBe('ora');
});

test('English is that of Europe', () => {
  speak('en');
  const nine = Date.UTC(2026, 10, 26, 20, 5);
  expect(day(nine)).toBe('Thursday 26 November at 21:05');
  expect(on(nine)).toBe('on 26 November 2026');
});

// The same as in `src/http/pages/dates.rs`: 12 December 2026, and hours after its midnight.
test.each([
  [21, 23, 'stasera', 'tonight'],
  [21, 25, 'stasera', 'tonight'],
  [24, 25, 'stasera', 'tonight'],
  [17, 18, 'stasera', 'tonight'],
  [16, 18, 'oggi', 'today'],
  [9, 12, 'oggi', 'today'],
  [5, 6, 'oggi', 'today'],
  [21, 10, 'oggi', 'today'],
  [21, 34, 'il 12 dicembre 2026', 'on 12 December 2026'],
  [9 - 24, 9, 'l’11 dicembre 2026', 'on 11 December 2026'],
])('a session that began at %i is, at %i, of %s', (began, current, italian, english) => {
  const at = (hours: number) => Date.UTC(2026, 11, 11, 23) + hours * 3_600_000;
  expect(thatDay(at(began), at(current))).toBe(italian);
  speak('en');
  expect(thatDay(at(began), at(current))).toBe(english);
});
