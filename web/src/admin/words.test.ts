import { afterEach, expect, test } from 'vitest';
import { speak } from '../language.svelte';
import { words } from './words';

/** Every sentence, by where it stands; those that count are asked for one and for several. */
function sentences(value: unknown, at = ''): [string, string][] {
  if (typeof value === 'string') return [[at, value]];
  if (typeof value === 'function') {
    const call = value as (...given: unknown[]) => string;
    return [1, 12].map((n) => [at, call(n, n, true)]);
  }
  return Object.entries(value as object).flatMap(([key, inside]) => sentences(inside, `${at}.${key}`));
}

afterEach(() => speak('it'));

test('every sentence says something, in its own language', () => {
  const italian = sentences(words());
  speak('en');
  const english = new Map(sentences(words()));
  // Names, and words that both languages share.
  const same = /^\.(stream\.kinds|people\.role|list\.groups|policy\.choice)|^\.stream\.channel|^\.record\.take$/;
  for (const [at, text] of italian) {
    expect(text.trim(), at).not.toBe('');
    expect(text, at).not.toContain('undefined');
    if (!same.test(at) && text.length > 4) expect(english.get(at), at).not.toBe(text);
  }
});

test('what is counted is counted', () => {
  expect(words().people.used(1, null)).toBe('Usato 1 volta');
  expect(words().people.used(3, null)).toBe('Usato 3 volte');
  expect(words().people.used(3, Date.now())).toMatch(/^Usato 3 volte, l’ultima \d\d:\d\d$/);
});
