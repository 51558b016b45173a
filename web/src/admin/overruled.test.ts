import { expect, test } from 'vitest';
import type { HeldReason } from '../wire';
import { inOrder, isWorthRemoving } from './overruled';

const reason = (held: number, overruled: number, upheld: number, entry?: string): HeldReason => ({
  code: entry ? 'WORD_LIST_HOLD' : 'WORD_INSULT', held, overruled, upheld, ...(entry && { entry }),
});

test('an entry is worth removing once it was overturned often enough, and mostly', () => {
  expect(isWorthRemoving(reason(10, 8, 1, 'fontana'))).toBe(true);
  expect(isWorthRemoving(reason(3, 2, 1, 'fontana'))).toBe(true);
  expect(isWorthRemoving(reason(2, 2, 0, 'fontana')), 'too few').toBe(false);
  expect(isWorthRemoving(reason(9, 4, 5, 'fontana')), 'often right').toBe(false);
  expect(isWorthRemoving(reason(9, 9, 0)), 'no entry of theirs').toBe(false);
});

test('what to take out comes first, then what held most', () => {
  const all = [reason(1, 0, 1), reason(9, 1, 8, 'giusta'), reason(4, 4, 0, 'sbagliata')];
  expect(inOrder(all).map(({ held }) => held)).toEqual([4, 9, 1]);
});
