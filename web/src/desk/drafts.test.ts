import { afterEach, expect, test, vi } from 'vitest';
import { Drafts } from './drafts';

class Shelf {
  [key: string]: unknown;
  getItem = (key: string) => (this[key] as string | undefined) ?? null;
  setItem = (key: string, value: string) => void (this[key] = value);
  removeItem = (key: string) => void delete this[key];
}
const shelf = () => new Shelf() as unknown as Storage;

afterEach(() => void vi.useRealTimers());

test('what was typed is there after a reload, until it is dropped', () => {
  const held = shelf();
  new Drafts('sera', held).set('edit', 'Q1', 'Quando riapre?');
  const drafts = new Drafts('sera', held);
  expect(drafts.get('edit', 'Q1')).toBe('Quando riapre?');
  expect(new Drafts('altra', held).get('edit', 'Q1'), 'another session').toBeNull();
  drafts.drop('edit', 'Q1');
  expect(drafts.get('edit', 'Q1')).toBeNull();
  expect(new Drafts('sera', held).get('edit', 'Q1')).toBeNull();
});

test('a note for the desk alone never turns up where the public would read it', () => {
  const drafts = new Drafts('sera', shelf());
  drafts.set('later', 'Q1', 'Chiedere prima al sindaco.');
  for (const of of ['take_back', 'why other', 'why not_our_office', 'answer'] as const) {
    expect(drafts.get(of, 'Q1'), of).toBeNull();
  }
});

test('drafts of an evening long ago are forgotten, in every session', () => {
  vi.useFakeTimers({ now: 1_000_000 });
  const held = shelf();
  new Drafts('sera', held).set('answer', 'Q1', 'Sì.');
  vi.setSystemTime(1_000_000 + 6 * 24 * 3_600_000);
  expect(new Drafts('altra', held).get('answer', 'Q1')).toBeNull();
  expect(new Drafts('sera', held).get('answer', 'Q1')).toBe('Sì.');
  vi.setSystemTime(1_000_000 + 8 * 24 * 3_600_000);
  new Drafts('altra', held);
  expect(new Drafts('sera', held).get('answer', 'Q1')).toBeNull();
});

test('where nothing is kept for us it is there as long as the page is', () => {
  const drafts = new Drafts('sera', null);
  drafts.set('enter', '', 'E il mercato?');
  expect(drafts.get('enter')).toBe('E il mercato?');
});
