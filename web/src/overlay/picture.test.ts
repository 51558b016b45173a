/** What is drawn, moment by moment. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { emptyBoard, type Board } from '../board';
import type { Question, ServerMessage } from '../wire';
import { airing, ENTRANCE_MS, EXIT_MS, Picture, type Airing } from './picture';
import { Trust, TRUST_MS } from './trust';

beforeEach(() => void vi.useFakeTimers({ now: 100_000 }));
afterEach(() => void vi.useRealTimers());

const on = (id: string, text = `${id}?`, since = 1): Airing => ({ question: { id, text } as Airing['question'], since });

/** A picture, and everything that was seen on it. */
function watched(seconds: number | null = null) {
  const seen: string[] = [];
  const picture: Picture = new Picture(seconds, () => {
    const { drawn } = picture;
    seen.push(`${Date.now() - 100_000} ${drawn ? `${drawn.question.text} ${drawn.phase}` : 'nothing'}`);
  });
  return { picture, seen };
}

test('one leaves before the next one enters', () => {
  const { picture, seen } = watched();
  picture.shows(on('a'));
  vi.advanceTimersByTime(1_000);
  picture.shows(on('b'));
  picture.shows(on('c'));
  expect(picture.shown).toBe('a');
  vi.advanceTimersByTime(1_000);
  expect(picture.shown).toBe('c');
  picture.shows(null);
  vi.advanceTimersByTime(1_000);
  expect(picture.shown).toBe(null);
  expect(seen).toEqual([
    '0 a? entering', `${ENTRANCE_MS} a? still`, '1000 a? leaving',
    `${1_000 + EXIT_MS} c? entering`, `${1_000 + EXIT_MS + ENTRANCE_MS} c? still`,
    '2000 c? leaving', `${2_000 + EXIT_MS} nothing`,
  ]);
});

test('what the desk changes is changed in place, also while it enters', () => {
  const { picture, seen } = watched();
  picture.shows(on('a'));
  picture.shows(on('a', 'a, better?'));
  vi.advanceTimersByTime(1_000);
  picture.shows(on('a', 'a, best?'));
  vi.advanceTimersByTime(1_000);
  expect(seen).toEqual(['0 a? entering', '0 a, better? entering', '320 a, better? still', '1000 a, best? still']);
});

test('one taken off while it enters is gone after one exit', () => {
  const { picture, seen } = watched();
  picture.shows(on('a'));
  vi.advanceTimersByTime(100);
  picture.shows(null);
  vi.advanceTimersByTime(1_000);
  expect(seen).toEqual(['0 a? entering', '100 a? leaving', '300 nothing']);
});

test('with seconds it leaves by itself, once for each showing, and counts as shown', () => {
  const { picture, seen } = watched(15);
  picture.shows(on('a'));
  vi.advanceTimersByTime(60_000);
  picture.shows(on('a', 'a, better?'));
  vi.advanceTimersByTime(60_000);
  expect(seen).toEqual(['0 a? entering', '320 a? still', '15320 a? leaving', '15520 nothing']);
  expect(picture.shown).toBe('a');
  // A lost line is no other showing.
  picture.shows(null);
  expect(picture.shown).toBe(null);
  picture.shows(on('a'));
  expect(picture.drawn).toBe(null);
  // Put on air again, or back on the picture, it is.
  picture.shows(on('a', 'a?', 2));
  expect(picture.drawn?.phase).toBe('entering');
  vi.advanceTimersByTime(60_000);
  expect(picture.drawn).toBe(null);
  picture.again();
  expect(picture.drawn?.phase).toBe('entering');
});

test('a source that becomes visible shows at once what it was about to', () => {
  const { picture, seen } = watched();
  picture.shows(on('a'));
  picture.settle();
  expect(picture.drawn?.phase).toBe('still');
  picture.shows(on('b'));
  picture.settle();
  picture.settle();
  vi.advanceTimersByTime(1_000);
  picture.shows(null);
  picture.settle();
  vi.advanceTimersByTime(1_000);
  expect(seen).toEqual([
    '0 a? entering', '0 a? still', '0 a? leaving', '0 nothing', '0 b? still', '1000 b? leaving', '1000 nothing',
  ]);
});

test('there is nothing to draw of a text that is gone or was taken back', () => {
  const question = { id: 'a', text: 'a?' } as Question;
  const board = (...questions: Question[]): Board => ({
    ...emptyBoard,
    onAir: { id: 'a', since: 1, rev: 1 },
    questions: new Map(questions.map((each) => [each.id, each])),
  });
  expect(airing(emptyBoard)).toBe(null);
  expect(airing(board())).toBe(null);
  expect(airing(board({ ...question, text: null }))).toBe(null);
  expect(airing(board(question))).toEqual({ question, since: 1 });
});

test('trust lasts ten seconds from the last word, and comes back with what was missed', () => {
  const seen: [number, boolean][] = [];
  const trust: Trust = new Trust(() => seen.push([Date.now() - 100_000, trust.trusted]));
  const hears = (type: ServerMessage['type']): void => trust.heard({ type } as ServerMessage);
  hears('welcome');
  expect(trust.trusted).toBe(false);
  hears('snapshot');
  vi.advanceTimersByTime(3_000);
  hears('tally');
  vi.advanceTimersByTime(20_000);
  hears('welcome');
  hears('update');
  expect(trust.trusted).toBe(false);
  hears('tally');
  expect(seen).toEqual([[0, true], [3_000 + TRUST_MS, false], [23_000, true]]);
  expect(TRUST_MS + EXIT_MS).toBeLessThan(10_000);
});
