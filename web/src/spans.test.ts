import { expect, test } from 'vitest';
import { runs, within } from './spans';

const bytes = (text: string) => new TextEncoder().encode(text).length;
/** The part of a text, as the server would name it. */
const part = (text: string, what: string) => {
  const start = bytes(text.slice(0, text.indexOf(what)));
  return { start, end: start + bytes(what) };
};
const marked = (text: string, ...parts: { start: number; end: number }[]) =>
  runs(text, parts.map((span, n) => [span, n] as const)).map(({ text, said }) => (said.length > 0 ? `<${text}|${said.join()}>` : text)).join('');

test('bytes of the server are characters here, whatever stands before them', () => {
  for (const before of ['', 'è ', '🚲 ', 'مرحبا ', 'e\u0301 ', '👨‍👩‍👧 ']) {
    const text = `${before}chiami il 333 1234567, è lì`;
    expect(within(text, part(text, '333 1234567')), before).toBe('333 1234567');
    expect(marked(text, part(text, '333 1234567'))).toBe(text.replace('333 1234567', '<333 1234567|0>'));
  }
});

test('parts that overlap are cut where they begin and end', () => {
  const text = 'uno due tre';
  expect(marked(text, part(text, 'uno due'), part(text, 'due tre'))).toBe('<uno |0><due|0,1>< tre|1>');
  expect(marked(text, part(text, 'due'), part(text, 'due'))).toBe('uno <due|0,1> tre');
  expect(marked(text, part(text, 'uno due tre'))).toBe('<uno due tre|0>');
  expect(marked(text)).toBe(text);
  expect(runs('', [])).toEqual([]);
});

test('a part that is not of this text is left out, and one that cuts a character takes all of it', () => {
  expect(marked('corto', { start: 3, end: 90 })).toBe('corto');
  expect(marked('corto', { start: 2, end: 2 })).toBe('corto');
  expect(marked('corto', { start: 4, end: 2 })).toBe('corto');
  expect(marked('a🚲b', { start: 2, end: 3 })).toBe('a<🚲|0>b');
  expect(within('corto', { start: 9, end: 12 })).toBe('');
});

test('nothing of a text is lost or said twice', () => {
  const text = 'Perché «èèè» 🚲🚲 piste؟';
  const length = bytes(text);
  for (let start = 0; start < length; start += 1) {
    for (let end = start; end <= length; end += 1) {
      const pieces = runs(text, [[{ start, end }, 1], [{ start: start >> 1, end: (start + length) >> 1 }, 2]]);
      expect(pieces.map((piece) => piece.text).join('')).toBe(text);
    }
  }
});
