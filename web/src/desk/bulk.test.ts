import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Reply } from '../seat.svelte';
import type { DeskQuestion, Wish } from '../wire';
import { Bulk } from './bulk.svelte';

const asked = (id: string, rev = 1) => ({ id, rev, text: id, state: 'pending' }) as DeskQuestion;
const refused = (code: string, more: object = {}) => ({ id: null, code, title: 'No.', detail: 'Perché no.', ...more }) as Reply;

/** A line on which the story answers each command by hand. */
function line() {
  const given: { wish: Wish; answers: (reply: Reply) => void }[] = [];
  let isUp = true;
  const gives = (wish: Wish, then: (reply: Reply) => void): string | null => {
    if (!isUp) return null;
    given.push({ wish, answers: then });
    return `C${given.length}`;
  };
  return { given, gives, goes: () => (isUp = false) };
}
const stands = (bulk: Bulk) => bulk.rows.map(({ question, is }) => `${question.id} ${is}`);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('each is a command of its own, one after the other, with the revision that was seen', () => {
  const { given, gives } = line();
  const bulk = new Bulk([asked('a'), asked('b', 4), asked('c')], gives);
  bulk.choose('c', false);
  bulk.dismiss({ reason: 'advertising' });
  expect(given.map(({ wish }) => wish)).toEqual([{ type: 'dismiss', question: 'a', rev: 1, reason: 'advertising' }]);
  given[0]!.answers('done');
  expect(given[1]!.wish).toEqual({ type: 'dismiss', question: 'b', rev: 4, reason: 'advertising' });
  given[1]!.answers('done');
  expect(given).toHaveLength(2);
  expect(stands(bulk)).toEqual(['a done', 'b done', 'c left out']);
  expect([bulk.running, bulk.done, bulk.total]).toEqual([false, 2, 2]);
});

test('what fails says why and stays; the others go on', () => {
  const { given, gives } = line();
  const bulk = new Bulk([asked('a'), asked('b')], gives);
  bulk.dismiss({ reason: 'other', note: 'Perché sì.' });
  given[0]!.answers(refused('stale'));
  given[1]!.answers('done');
  expect(stands(bulk)).toEqual(['a failed', 'b done']);
  expect(bulk.failed[0]?.why).toBe('No. Perché no.');
});

test('too fast waits as long as the server says, and asks for the same one again', () => {
  const { given, gives } = line();
  const bulk = new Bulk([asked('a')], gives);
  bulk.dismiss({ reason: 'off_topic' });
  given[0]!.answers(refused('too_fast', { retry_after_ms: 700 }));
  vi.advanceTimersByTime(600);
  expect(given).toHaveLength(1);
  vi.advanceTimersByTime(200);
  expect(given).toHaveLength(2);
  given[1]!.answers('done');
  expect(stands(bulk)).toEqual(['a done']);
});

test('without a line, or once it was stopped, nothing more is sent', () => {
  const one = line();
  const bulk = new Bulk([asked('a'), asked('b'), asked('c')], one.gives);
  bulk.dismiss({ reason: 'off_topic' });
  one.goes();
  one.given[0]!.answers('done');
  expect(stands(bulk)).toEqual(['a done', 'b there', 'c there']);
  expect(bulk.running).toBe(false);

  const other = line();
  const stopped = new Bulk([asked('a'), asked('b')], other.gives);
  stopped.dismiss({ reason: 'off_topic' });
  stopped.stop();
  other.given[0]!.answers('done');
  expect(other.given).toHaveLength(1);
  expect(stands(stopped)).toEqual(['a done', 'b there']);
});

test('who was decided elsewhere before it began is not asked for', () => {
  const { given, gives } = line();
  const bulk = new Bulk([asked('a'), asked('b')], gives);
  bulk.keeps((id) => id !== 'a');
  bulk.dismiss({ reason: 'off_topic' });
  expect(given.map(({ wish }) => 'question' in wish && wish.question)).toEqual(['b']);
});
