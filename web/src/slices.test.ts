import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Slices } from './slices';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('what comes at once is done in order, in slices that leave room for others', () => {
  const done: string[] = [];
  let now = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  const slices = new Slices<number>((item) => {
    done.push(`${item}`);
    now += 3;
  });
  for (let item = 0; item < 6; item += 1) slices.add(item);
  setTimeout(() => done.push('a key'));
  expect(done).toEqual([]);
  vi.runAllTimers();
  expect(done).toEqual(['0', '1', '2', 'a key', '3', '4', '5']);
});

test('one that fails takes no other with it', () => {
  const done: number[] = [];
  const slices = new Slices<number>((item) => {
    if (item === 0) throw new Error('no');
    done.push(item);
  });
  slices.add(0);
  slices.add(1);
  expect(() => vi.runAllTimers()).toThrow('no');
  vi.runAllTimers();
  expect(done).toEqual([1]);
});

test('stopped, it leaves what waits', () => {
  const done: number[] = [];
  const slices = new Slices<number>((item) => done.push(item));
  slices.add(1);
  slices.stop();
  vi.runAllTimers();
  expect(done).toEqual([]);
  slices.add(2);
  vi.runAllTimers();
  expect(done).toEqual([2]);
});
