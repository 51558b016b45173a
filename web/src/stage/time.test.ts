import { expect, test } from 'vitest';
import { lasted } from '../lasted';
import { limitOf, warmth } from './time';

test('how long a question has been on air', () => {
  expect([-5, 0, 999, 134_000, 3_734_000].map((ms) => lasted(0, ms))).toEqual([
    '00:00', '00:00', '00:00', '02:14', '1:02:14',
  ]);
});

test('three minutes, or what the address says', () => {
  expect(['', '?minutes=5', '?minutes=0.5', '?minutes=x', '?minutes=-1', '?minutes=9999'].map(limitOf)).toEqual([
    180_000, 300_000, 30_000, 180_000, 180_000, 180_000,
  ]);
});

test('it warms in its last minute', () => {
  expect([0, 120_000, 150_000, 180_000, 900_000].map((ms) => warmth(0, ms, 180_000))).toEqual([0, 0, 0.5, 1, 1]);
  expect([0, 15_000, 30_000].map((ms) => warmth(0, ms, 30_000))).toEqual([0, 0.5, 1]);
});
