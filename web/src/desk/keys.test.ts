import { expect, test } from 'vitest';
import { ACTIONS, actionOf, changed, digitOf, keep, kept, keyOf, type Press } from './keys';

const press = (key: string, more: Partial<Press> = {}): Press =>
  ({ key, repeat: false, ctrlKey: false, altKey: false, metaKey: false, ...more });
const fresh = kept(null);

test('each action has a key of its own', () => {
  expect(new Set(ACTIONS.map((action) => keyOf(fresh, action))).size).toBe(ACTIONS.length);
  for (const action of ACTIONS) expect(actionOf(fresh, press(keyOf(fresh, action)), false)).toBe(action);
});

test('while somebody types, letters are letters; off air is always off air', () => {
  expect(actionOf(fresh, press('a'), true)).toBeNull();
  expect(actionOf(fresh, press('F8'), true)).toBe('off_air');
  expect(actionOf({ ...fresh, letters: false }, press('a'), false)).toBeNull();
  expect(actionOf({ ...fresh, letters: false }, press('F8'), false)).toBe('off_air');
  expect(actionOf(fresh, press('a', { ctrlKey: true }), false), 'select all').toBeNull();
  expect(actionOf(fresh, press('A'), false), 'caps lock').toBe('approve');
});

test('a key that is held down decides nothing', () => {
  expect(actionOf(fresh, press('a', { repeat: true }), false)).toBeNull();
  expect(actionOf(fresh, press('j', { repeat: true }), false)).toBe('next');
  expect(actionOf(fresh, press('F8', { repeat: true }), true), 'the next one may be on air').toBeNull();
});

test('a digit chooses a reason, and with another key it is the browser’s', () => {
  expect([digitOf(press('1')), digitOf(press('9'))]).toEqual([0, 8]);
  for (const other of ['ctrlKey', 'altKey', 'metaKey', 'repeat'] as const) {
    expect(digitOf(press('5', { [other]: true })), other).toBeNull();
  }
  for (const no of ['0', 'F5', 'a', 'Enter']) expect(digitOf(press(no)), no).toBeNull();
});

test('a key can be changed, and never means two things', () => {
  const other = changed(fresh, 'approve', 'Y');
  expect(other && actionOf(other, press('y'), false)).toBe('approve');
  expect(other && actionOf(other, press('a'), false)).toBeNull();
  expect(changed(fresh, 'approve', 'd'), 'taken').toBeNull();
  for (const no of ['1', ' ', 'F5', 'Enter', '']) expect(changed(fresh, 'approve', no), no).toBeNull();
});

test('it is kept, and nonsense on the shelf is not believed', () => {
  const held = new Map<string, string>();
  const shelf = {
    getItem: (key: string) => held.get(key) ?? null,
    setItem: (key: string, text: string) => void held.set(key, text),
  } as Storage;
  keep(shelf, { letters: false, keys: { approve: 'y' } });
  expect(kept(shelf)).toEqual({ letters: false, keys: { approve: 'y' } });
  for (const nonsense of ['{', '{"keys":{"approve":"F5","nothing":"x","dismiss":7}}', 'null']) {
    shelf.setItem('filodiretto.keys', nonsense);
    expect(kept(shelf)).toEqual({ letters: true, keys: {} });
  }
});
