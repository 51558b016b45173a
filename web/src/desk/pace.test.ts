import { expect, test } from 'vitest';
import { Pace } from './pace';

test('a minute after, it does not count any more', () => {
  const pace = new Pace();
  for (const at of [0, 10_000, 20_000]) pace.happened(at);
  expect(pace.aMinute(20_000)).toBe(3);
  expect(pace.aMinute(65_000)).toBe(2);
  expect(pace.aMinute(80_000)).toBe(0);
});
