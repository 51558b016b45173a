/** What a clicker does, and what a trembling thumb does not. */
import { expect, test } from 'vitest';
import { Clicker, type Press } from './clicker';

const press = (key: string, more: Partial<Press> = {}): Press => ({
  key, repeat: false, ctrlKey: false, altKey: false, metaKey: false, ...more,
});

function heard(...presses: [string, number][]) {
  const clicker = new Clicker();
  return presses.map(([key, at]) => clicker.hears(press(key), at, false));
}

test('keys of clickers and keyboards', () => {
  const keys = ['PageDown', 'ArrowRight', 'PageUp', 'ArrowLeft', 'b', 'B', '.', 'x', 'Enter', ' '];
  expect(keys.map((key) => new Clicker().hears(press(key), 0, false))).toEqual([
    'next', 'next', 'before', 'before', 'off_air', 'off_air', 'off_air', null, null, null,
  ]);
});

test('a second press within a second is ignored, whichever it is', () => {
  expect(heard(['PageDown', 0], ['PageDown', 999], ['PageDown', 1000])).toEqual(['next', 'ignored', 'next']);
  expect(heard(['PageDown', 0], ['PageUp', 500])).toEqual(['next', 'ignored']);
  expect(heard(['b', 0], ['.', 300], ['PageDown', 400])).toEqual(['off_air', 'ignored', 'ignored']);
});

test('off air is heard right after a key that was wrong', () => {
  expect(heard(['PageDown', 0], ['b', 200])).toEqual(['next', 'off_air']);
});

test('a key that is held down is one press', () => {
  const clicker = new Clicker();
  expect(clicker.hears(press('PageDown'), 0, false)).toBe('next');
  expect(clicker.hears(press('PageDown', { repeat: true }), 1500, false)).toBe('ignored');
});

test('who types a note means letters, and a browser keeps its own keys', () => {
  const typed = ['b', '.', 'ArrowLeft', 'PageDown'].map((key) => new Clicker().hears(press(key), 0, true));
  expect(typed).toEqual([null, null, null, 'next']);
  expect(new Clicker().hears(press('b', { ctrlKey: true }), 0, false)).toBeNull();
});
