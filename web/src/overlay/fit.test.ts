import { expect, test } from 'vitest';
import { nearest } from './fit';

test('the largest that fits, and the narrowest that holds', () => {
  expect(nearest(() => true, 0.7, 1, 0.01)).toBe(1);
  expect(nearest(() => false, 0.7, 1, 0.01)).toBe(0.7);
  const scale = nearest((value) => value <= 0.83, 0.7, 1, 0.01);
  expect(scale).toBeLessThanOrEqual(0.83);
  expect(scale).toBeGreaterThan(0.82);
  const width = nearest((value) => value >= 411, 800, 0, 1);
  expect(width).toBeGreaterThanOrEqual(411);
  expect(width).toBeLessThan(412);
});
