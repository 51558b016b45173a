/** What a screen shows, whatever it hears. */
import { expect, test } from 'vitest';
import { emptyBoard, reduce, type Board } from './board';
import { Belief, pictureOf, withCorrection, type Picture } from './screen';
import type { Change, Question, ServerMessage } from './wire';

const question = (id: string, text: string | null, votes = 0) => ({ id, text, votes }) as Question;
const update = (...changes: Change[]): ServerMessage => ({ type: 'update', cursor: 'c', at: 0, changes });
const air = (id: string | null, rev: number): Change => ({ on_air: { id, since: id ? rev * 1000 : null, rev } });

/** What is seen after each of these messages. */
function seen(...messages: ServerMessage[]): (Picture | null)[] {
  let board: Board = emptyBoard;
  let picture: Picture | null = null;
  return messages.map((message) => {
    board = reduce(board, message);
    return (picture = pictureOf(board, picture));
  });
}
const texts = (...messages: ServerMessage[]) => seen(...messages).map((picture) => picture?.question.text ?? null);

test('one question, then the next, then none', () => {
  const [a, b] = [question('a', 'A?'), question('b', 'B?')];
  expect(texts(update({ question: a }, air('a', 1)), update({ question: b }, air('b', 2)), update(air(null, 3)))).toEqual([
    'A?', 'B?', null,
  ]);
});

test('a text on air does not change under the reader’s eyes, until somebody asks for it', () => {
  const told = [update({ question: question('a', 'A?') }, air('a', 1)), update({ question: question('a', 'A!', 3) })];
  expect(texts(...told)).toEqual(['A?', 'A?']);
  const last = seen(...told).at(-1)!;
  expect(last.corrected?.text).toBe('A!');
  expect(withCorrection(last).question.text).toBe('A!');
  // Put on air once more, it is shown as it is now.
  expect(texts(...told, update(air(null, 2)), update(air('a', 3)))).toEqual(['A?', 'A?', null, 'A!']);
});

test('what is taken back, hushed or gone is not seen any more', () => {
  const on = update({ question: question('a', 'A?') }, air('a', 1));
  expect(texts(on, update({ question: question('a', null) }))).toEqual(['A?', null]);
  expect(texts(on, { type: 'hush', id: 'a' })).toEqual(['A?', null]);
  expect(texts(on, update({ gone: 'a' }))).toEqual(['A?', null]);
});

test('a question that is named before it is known is not guessed', () => {
  expect(texts(update(air('a', 1)), update({ question: question('a', 'A?') }))).toEqual([null, 'A?']);
});

test('ten seconds of silence are too many, and a first word after them is not enough', () => {
  const belief = new Belief();
  expect(belief.holds(0)).toBe(false);
  belief.hears('welcome', 0);
  expect(belief.holds(0)).toBe(false);
  belief.hears('snapshot', 1_000);
  expect([belief.holds(10_999), belief.holds(11_000)]).toEqual([true, false]);
  // What was missed may be that it was taken off air.
  belief.hears('welcome', 30_000);
  belief.hears('update', 30_001);
  expect(belief.holds(30_002)).toBe(false);
  belief.hears('tally', 30_003);
  expect(belief.holds(30_004)).toBe(true);
});

test('a line that was away for a moment is believed throughout', () => {
  const belief = new Belief();
  belief.hears('snapshot', 0);
  belief.hears('welcome', 9_000);
  expect([belief.holds(9_001), belief.holds(18_999), belief.holds(19_000)]).toEqual([true, true, false]);
});
