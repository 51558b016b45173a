import { expect, test } from 'vitest';
import type { DeskQuestion, State } from '../wire';
import { ordered, Steady } from './order';

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

test('a list stands still under a hand, and goes its way when the hand has left', () => {
  const [a, b, c] = [asked('A', null, 9, 1), asked('B', null, 8, 2), asked('C', null, 7, 3)];
  const shown = (rows: ReturnType<Steady['look']>) => rows.map(({ question, gone }) => (gone ? `(${question.id})` : question.id)).join('');
  const steady = new Steady();
  expect(shown(steady.look([a, b], false, false))).toBe('AB');
  expect(shown(steady.look([c, b, a], true, true)), 'a new one comes last, votes move nothing').toBe('ABC');
  expect(shown(steady.look([c, b], true, true)), 'one that has gone leaves its place').toBe('(A)BC');
  expect(shown(steady.look([c, a, b], true, true)), 'and finds it again').toBe('ABC');
  expect(shown(steady.look([c, b], true, false)), 'under an eye alone the next one comes up').toBe('BC');
  expect(shown(steady.look([c, b], false, false))).toBe('CB');
  const later = { ...b, votes: 80 };
  expect(steady.look([c, later], true, true)[1]?.question, 'what is told of one is always the latest').toBe(later);
});
