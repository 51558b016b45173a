import { expect, test } from 'vitest';
import type { DeskQuestion, State } from '../wire';
import { ordered } from './order';

const asked = (id: string, person: string | null, votes: number, number: number, state: State = 'approved'): DeskQuestion =>
  ({ id, person, votes, number, state }) as DeskQuestion;
const ids = (questions: readonly DeskQuestion[]) => questions.map(({ id }) => id).join('');

const ALL = [
  asked('A', 'ana', 9, 1),
  asked('B', 'ana', 8, 2),
  asked('C', 'ugo', 1, 3),
  asked('D', 'eva', 5, 4),
  asked('E', 'eva', 0, 5, 'answered'),
  asked('F', null, 2, 6),
  asked('G', null, 1, 7),
  asked('H', 'ivo', 9, 8, 'pending'),
];

test('most voted first, or newest first', () => {
  expect(ids(ordered(ALL, 'top'))).toBe('ABDFGC');
  expect(ids(ordered(ALL, 'new'))).toBe('GFDCBA');
});

test('fair: everybody’s first before anybody’s second; who had an answer has had a turn', () => {
  expect(ids(ordered(ALL, 'fair'))).toBe('AFGCBD');
});
