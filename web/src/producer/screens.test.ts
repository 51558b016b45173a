import { expect, test } from 'vitest';
import type { Screen } from '../wire';
import { judged } from './screens';

const screen = (kind: Screen['kind'], on_air: string | null, seen_ms_ago = 0): Screen => ({ kind, on_air, seen_ms_ago });
const verdicts = (screens: Screen[], { heardAt = 0, now = 0, stage = 'a' as string | null, overlay = 'a' as string | null, at = -60_000 } = {}) =>
  judged(screens, heardAt, now, { stage: { id: stage, at }, overlay: { id: overlay, at } }).map(
    ({ kind, shows, verdict }) => `${kind} ${shows} ${verdict}`,
  );

test('who shows what is on air is right, who shows anything else is wrong', () => {
  const screens = [screen('overlay', 'b'), screen('stage', 'a'), screen('overlay', null)];
  expect(verdicts(screens)).toEqual(['stage a right', 'overlay b wrong', 'overlay null wrong']);
});

test('a hidden overlay shows nothing', () => {
  const screens = [screen('stage', 'a'), screen('overlay', null), screen('overlay', 'a')];
  expect(verdicts(screens, { overlay: null })).toEqual(['stage a right', 'overlay null right', 'overlay a wrong']);
});

test('a change needs a moment, and no more', () => {
  const screens = [screen('stage', 'a')];
  expect(verdicts(screens, { stage: 'b', at: 0, now: 2_000 })).toEqual(['stage a settling']);
  expect(verdicts(screens, { stage: 'b', at: 0, now: 2_001 })).toEqual(['stage a wrong']);
});

test('one that says nothing is neither right nor wrong, and our own silence counts', () => {
  expect(verdicts([screen('stage', 'a', 15_001)])).toEqual(['stage a silent']);
  expect(verdicts([screen('stage', 'a', 9_000)], { heardAt: 0, now: 6_001 })).toEqual(['stage a silent']);
  expect(judged([screen('stage', 'a', 9_000)], 100, 1_100, { stage: { id: 'a', at: 0 }, overlay: { id: 'a', at: 0 } })[0]?.silentMs).toBe(10_000);
});
