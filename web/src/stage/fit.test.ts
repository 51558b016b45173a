import { expect, test } from 'vitest';
import { largest, longestWord } from './fit';

test('the largest size that fits', () => {
  expect(largest(20, 180, (px) => px <= 97)).toBeGreaterThan(96.5);
  expect(largest(20, 180, (px) => px <= 97)).toBeLessThanOrEqual(97);
  expect(largest(20, 180, () => true)).toBe(180);
  expect(largest(20, 180, () => false)).toBeNull();
});

test('the longest word decides what may be broken', () => {
  expect(['', 'Chi paga?', 'È precipitevolissimevolmente così'].map(longestWord)).toEqual([0, 5, 26]);
});
