import { expect, test } from 'vitest';
import type { DeskQuestion, State } from '../wire';
import { apart, inOrder, meanwhile, next, previous } from './waiting';

const asked = (id: string, asked_at: number, state: State = 'pending', rev = 1): DeskQuestion =>
  ({ id, asked_at, state, rev }) as DeskQuestion;
const ids = (questions: readonly DeskQuestion[]) => questions.map(({ id }) => id);

test('who has waited longest comes first, and what was just decided is not there any more', () => {
  const all = [asked('C', 3), asked('A', 1), asked('B', 3), asked('X', 0, 'approved'), asked('D', 4)];
  expect(ids(inOrder(all, new Set()))).toEqual(['A', 'B', 'C', 'D']);
  expect(ids(inOrder(all, new Set(['B'])))).toEqual(['A', 'C', 'D']);
});

test('from the last one goes on to the first, and back', () => {
  const [a, b, c] = [asked('A', 1), asked('B', 2), asked('C', 3)];
  const order = [a, b, c];
  expect(next(order, null)).toBe(a);
  expect(next(order, a)).toBe(b);
  expect(next(order, c)).toBe(a);
  expect(previous(order, a)).toBe(c);
  expect(previous(order, b)).toBe(a);
  expect(next([a, c], b), 'it was decided meanwhile').toBe(c);
  expect(next([a], c)).toBe(a);
  expect(next([a], a), 'there is no other').toBeNull();
  expect(next([], a)).toBeNull();
});

test('what is being read is told what became of it', () => {
  const read = asked('A', 1);
  expect(meanwhile(read, asked('A', 1))).toBe('nothing');
  expect(meanwhile(read, asked('A', 1, 'pending', 2))).toBe('changed');
  expect(meanwhile(read, asked('A', 1, 'dismissed', 2))).toBe('decided');
  expect(meanwhile(read, asked('A', 1, 'withdrawn', 2))).toBe('withdrawn');
  expect(meanwhile(read, undefined)).toBe('gone');
});

test('of a group of nearly the same texts one stands for all, and none beside the one that is read', () => {
  const of = (id: string, campaign?: string) => ({ id, asked_at: 0, ...(campaign && { campaign: { id: campaign, people: 7 } }) }) as DeskQuestion;
  const all = [of('a', 'x'), of('b'), of('c', 'x'), of('d', 'y'), of('e', 'y')];
  expect(apart(all, null).map(({ id }) => id)).toEqual(['a', 'b', 'd']);
  expect(apart(all, of('f', 'x')).map(({ id }) => id)).toEqual(['b', 'd']);
});
