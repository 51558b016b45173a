import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bounded, emptyBoard, listed, MOST, ownIn, reduce, withBoard, type Board } from './board';
import type { Snapshot } from './standing';
import type { Question, ServerMessage } from './wire';

/** The server's own examples: both sides prove that they speak one language. */
const wire = (name: string): ServerMessage =>
  JSON.parse(readFileSync(join(import.meta.dirname, `../../tests/fixtures/wire/server-${name}.json`), 'utf8'));
const after = (...messages: (string | ServerMessage)[]): Board =>
  messages.map((one) => (typeof one === 'string' ? wire(one) : one)).reduce<Board>(reduce, emptyBoard);
const question = (id: string, fields: Partial<Question> = {}): Question => ({
  ...{ id, number: 1, text: id, edited: false, name: null, labels: [], language: 'it', votes: 0, asked_at: 0 },
  ...{ state: 'approved', on_air_at: null, answered_at: null, answer: null, merged: [] },
  ...fields,
});
const update = (...changes: (ServerMessage & { type: 'update' })['changes']): ServerMessage => ({
  ...{ type: 'update', cursor: 'C', at: 0 },
  changes,
});
const onAir = '01M803G72R038JWXR000000007';

test('a snapshot replaces what there was, and nothing of one’s own', () => {
  const board = after('welcome', 'mine', update({ question: question('OLD') }), 'snapshot');
  expect([...board.questions.keys()]).not.toContain('OLD');
  expect(board.onAir.id).toBe(onAir);
  expect(board.mine.size).toBeGreaterThan(0);
});

test('the board read again and again begins no list anew, and shows nothing that it does not hold', () => {
  const snapshot = wire('snapshot') as Snapshot;
  const first = withBoard(emptyBoard, snapshot);
  expect(first).toEqual(after('snapshot'));
  const own = after('snapshot', 'mine', update({ question: question('TAKEN BACK') }));
  const again = withBoard(own, snapshot);
  expect(again.snapshots).toBe(own.snapshots);
  expect([...again.questions.keys()]).not.toContain('TAKEN BACK');
  expect(again.mine).toBe(own.mine);
});

test('an update applied twice is one', () => {
  const once = after('snapshot', 'update-on-air');
  const twice = after('snapshot', 'update-on-air', 'update-on-air');
  expect(twice).toEqual(once);
});

test('hush clears the screen at once, list and card', () => {
  const board = after('snapshot', 'hush');
  expect(board.onAir.id).toBeNull();
  expect(board.questions.has(onAir)).toBe(false);
});

test('what one may not see any more is gone', () => {
  const board = after(update({ question: question('A') }, { gone: 'A' }));
  expect(board.questions.size).toBe(0);
});

test('one’s own is whole after a welcome, and only what changed later', () => {
  const mine = wire('mine') as ServerMessage & { type: 'mine' };
  const nothing: ServerMessage = { type: 'mine', questions: [], votes: {} };
  expect(after('welcome', mine, nothing).mine.size).toBe(mine.questions.length);
  expect(after('welcome', mine, 'welcome', nothing).mine.size).toBe(0);
});

test('a tally tells votes of what is here, and of nothing else', () => {
  const board = after('snapshot', 'tally');
  expect(board.present).toBe(412);
  expect(board.questions.get(onAir)?.votes).toBe(2);
  const before = board.questions.size;
  const stranger: ServerMessage = { type: 'tally', votes: { STRANGER: 5 }, present: 1 };
  expect(reduce(board, stranger).questions.size).toBe(before);
});

test('lists are in the order of the server', () => {
  const board = after(
    update(
      { question: question('A', { votes: 3, number: 1 }) },
      { question: question('B', { votes: 9, number: 2 }) },
      { question: question('C', { votes: 3, number: 3, state: 'queued' }) },
      { question: question('D', { state: 'answered', answered_at: 5 }) },
      { question: question('E', { state: 'answered', answered_at: 6 }) },
    ),
  );
  expect(listed(board, 'top')).toEqual(['B', 'C', 'A']);
  expect(listed(board, 'new')).toEqual(['C', 'B', 'A']);
  expect(listed(board, 'answered')).toEqual(['E', 'D']);
});

test('a long evening stays within its bound, and keeps what is on air and most voted', () => {
  let board = after(update({ question: question('AIR', { state: 'on_air', number: 0 }) }));
  board = reduce(board, update({ on_air: { id: 'AIR', since: 1, rev: 1 } }));
  board = reduce(board, update({ question: question('BEST', { votes: 1_000 }) }));
  for (let number = 2; number < 3_000; number += 1) {
    board = bounded(reduce(board, update({ question: question(`Q${number}`, { number }) })));
    expect(board.questions.size).toBeLessThanOrEqual(MOST);
  }
  expect([board.questions.has('AIR'), board.questions.has('BEST'), board.questions.has('Q2999')]).toEqual([true, true, true]);
});

test('one’s own question is known by those that were joined with it, too', () => {
  const own = { ...question('MINE', { state: 'merged' }), receipt: null };
  const board = after('welcome', { type: 'mine', questions: [own], votes: {} });
  expect(ownIn(board, question('OTHER', { merged: ['MINE'] }))?.id).toBe('MINE');
  expect(ownIn(board, question('OTHER'))).toBeUndefined();
});
