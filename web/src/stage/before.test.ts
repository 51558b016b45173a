/** Which question comes back. */
import { expect, test } from 'vitest';
import { Before } from './before';

const seen = (id: string, rev = 3) => ({ id, rev });

class Shelf {
  readonly kept = new Map<string, string>();
  getItem = (key: string) => this.kept.get(key) ?? null;
  setItem = (key: string, value: string) => void this.kept.set(key, value);
}
const begins = (shelf = new Shelf()) => new Before('sera', shelf as unknown as Storage);

test('the one before, with the revision that leaving the air gave it', () => {
  const before = begins();
  expect(before.last()).toBeNull();
  before.sees(seen('a', 3));
  expect(before.last()).toBeNull();
  before.sees(seen('b', 5));
  expect(before.last()).toEqual({ id: 'a', rev: 4 });
  before.sees(null);
  expect(before.last()).toEqual({ id: 'b', rev: 6 });
});

test('going back twice goes two back', () => {
  const before = begins();
  for (const id of ['a', 'b', 'c']) before.sees(seen(id));
  before.drops('c');
  before.sees(seen('b', 5));
  expect(before.last()?.id).toBe('a');
});

test('what was sent back to the desk does not come again by a press', () => {
  const before = begins();
  before.sees(seen('a'));
  before.sees(seen('b'));
  before.drops('b');
  before.sees(null);
  expect(before.last()?.id).toBe('a');
});

test('a drop that was refused is forgotten, and so is what cannot come back', () => {
  const before = begins();
  before.sees(seen('a'));
  before.drops('a');
  before.drops(null);
  before.sees(seen('b'));
  expect(before.last()?.id).toBe('a');
  before.forget('a');
  expect(before.last()).toBeNull();
});

test('a reload in between loses nothing', () => {
  const shelf = new Shelf();
  const before = begins(shelf);
  before.sees(seen('a'));
  before.sees(seen('b', 7));
  const again = begins(shelf);
  again.sees(null);
  expect(again.last()).toEqual({ id: 'b', rev: 8 });
});
