import { expect, test } from 'vitest';
import type { DeskQuestion } from '../wire';
import { find, FOUND } from './find';

const asked = (number: number | null, text: string, name: string | null = null): DeskQuestion =>
  ({ id: text, number, text, name }) as DeskQuestion;
const ALL = [
  asked(3, 'Quando riapre la città dei 12 giardini?'),
  asked(12, 'E la biblioteca?', 'Noè'),
  asked(null, 'Perché la Biblioteca è chiusa di lunedì?'),
];
const texts = (wanted: string) => find(ALL, wanted).map(({ text }) => text?.slice(0, 6));

test('a number finds its question first', () => {
  expect(texts('12')).toEqual(['E la b', 'Quando']);
  expect(texts('#12')).toEqual(['E la b']);
});

test('words are found without case, accents or order', () => {
  expect(texts('lunedi biblioteca')).toEqual(['Perché']);
  expect(texts('CITTA')).toEqual(['Quando']);
  expect(texts('noe')).toEqual(['E la b']);
  expect(texts('  ')).toEqual([]);
  expect(texts('tram')).toEqual([]);
});

test('there is a bound to what is drawn', () => {
  const many = Array.from({ length: 100 }, (_, n) => asked(n, `biblioteca ${n}`));
  expect(find(many, 'biblioteca')).toHaveLength(FOUND);
});
