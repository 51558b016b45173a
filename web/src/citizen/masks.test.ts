import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { pieces, sentences } from './masks';

test('what is hidden is named, once, and the rest of the text stays', () => {
  const written = 'Chiamatemi al 333 1234567 o al 02 1234567, o anna@posta.example';
  const masked = 'Chiamatemi al [telefono] o al [telefono], o [e-mail]';
  expect(pieces(masked, written).map(({ text }) => text).join('')).toBe(masked);
  expect(sentences(masked, written)).toEqual(['Il numero di telefono diventa [telefono].', 'L’indirizzo e-mail diventa [e-mail].']);
});

test('a word that its author put in brackets hides nothing', () => {
  expect(sentences('Il [telefono] e la [targa] del Comune', 'Il [telefono] e la AB123CD del Comune')).toEqual(['La targa diventa [targa].']);
  expect(sentences('[altro] e basta', 'x e basta')).toEqual([]);
});

test('every token of the server has its sentence', () => {
  const source = readFileSync(join(import.meta.dirname, '../../../src/screening/personal.rs'), 'utf8');
  const tokens = [...source.matchAll(/=> "(\[[^\]]+\])"/g)].map(([, token]) => token ?? '');
  expect(tokens.length).toBeGreaterThan(5);
  for (const token of tokens) expect(sentences(`a ${token}`, 'a b'), token).toHaveLength(1);
});
