import { expect, test } from 'vitest';
import { Screens } from './screens';
import type { OnAir, Screen, ScreenKind } from './wire';

const air = (id: string | null, more: Partial<OnAir> = {}): OnAir => ({ id, since: null, rev: 1, ...more });
const shows = (kind: ScreenKind, on_air: string | null, seen_ms_ago = 0): Screen => ({ kind, on_air, seen_ms_ago });
const is = (screens: Screens, said: Screen[], saidAt: number, onAir: OnAir, now: number) =>
  screens.look(said, saidAt, onAir, now).map((screen) => screen.is);

test('a change settles; two seconds of disagreement are an alarm, for the screen that disagrees', () => {
  const screens = new Screens();
  const said = [shows('stage', 'A'), shows('overlay', null)];
  expect(is(screens, said, 0, air('A'), 0)).toEqual(['right', 'settling']);
  expect(is(screens, said, 0, air('A'), 1_900)).toEqual(['right', 'settling']);
  expect(is(screens, said, 0, air('A'), 2_000)).toEqual(['right', 'wrong']);
  expect(is(screens, [shows('stage', 'A'), shows('overlay', 'A')], 2_100, air('A'), 2_100)).toEqual(['right', 'right']);
  expect(is(screens, said, 2_200, air('A'), 2_200), 'it begins anew').toEqual(['right', 'settling']);
});

test('what is off air must be off every screen', () => {
  const screens = new Screens();
  const said = [shows('stage', null), shows('overlay', 'A')];
  screens.look(said, 0, air(null), 0);
  expect(is(screens, said, 0, air(null), 5_000)).toEqual(['right', 'wrong']);
});

test('a screen that says nothing more is not believed', () => {
  const screens = new Screens();
  const [stage] = screens.look([shows('stage', null, 4_000)], 1_000, air(null), 13_000);
  expect(stage).toMatchObject({ is: 'silent', ago: 16_000 });
});

test('an overlay that the producer has hidden is right when it is clear; so is everything that waits to be confirmed', () => {
  const screens = new Screens();
  const said = [shows('stage', 'A'), shows('overlay', null)];
  expect(is(screens, said, 0, air('A', { hidden: true }), 0)).toEqual(['right', 'right']);
  expect(is(screens, [shows('stage', null), shows('overlay', null)], 0, air('A', { unconfirmed: 'A' }), 0)).toEqual(['right', 'right']);
});
