import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Held } from './held';

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A viewer, what the room does, and the ids that the viewer saw, one after the other. */
function viewer(delay: number, skew = 0) {
  const seen: (string | null)[] = [];
  const held = new Held(({ id }) => seen.push(id), () => Date.now() + skew);
  held.delay(delay);
  let rev = 0;
  return {
    held,
    seen,
    on: (id: string, answered = false) => held.hear({ id, since: Date.now() + skew, rev: ++rev }, answered),
    off: () => held.hear({ id: null, since: null, rev: ++rev }),
    missed: () => ++rev,
    wait: (seconds: number) => vi.advanceTimersByTime(seconds * 1000),
  };
}

test('on air waits for the picture', () => {
  const { on, seen, wait } = viewer(12);
  on('q1');
  wait(11.9);
  expect(seen).toEqual([]);
  wait(0.2);
  expect(seen).toEqual(['q1']);
});

test('who watches in no way that we know of sees everything at once', () => {
  const { on, off, seen } = viewer(0);
  on('q1');
  off();
  on('q2');
  expect(seen).toEqual(['q1', null, 'q2']);
});

test('off air is never held, nor shown afterwards what was taken off meanwhile', () => {
  const { on, off, seen, wait } = viewer(12);
  on('q1');
  wait(20);
  off();
  expect(seen).toEqual(['q1', null]);
  on('q2');
  wait(5);
  off();
  wait(60);
  expect(seen).toEqual(['q1', null]);
});

test('the next question lets an answered one stay until it comes', () => {
  const { on, seen, wait } = viewer(12);
  on('q1');
  wait(20);
  on('q2', true);
  expect(seen).toEqual(['q1']);
  wait(13);
  expect(seen).toEqual(['q1', 'q2']);
});

test('one that was pushed aside goes at once, and the other still waits', () => {
  const { on, seen, wait } = viewer(12);
  on('q1');
  wait(20);
  on('q2');
  expect(seen).toEqual(['q1', null]);
  wait(13);
  expect(seen).toEqual(['q1', null, 'q2']);
});

test('two that follow each other within the delay keep their distance', () => {
  const { on, seen, wait } = viewer(12);
  on('q1');
  wait(5);
  on('q2', true);
  wait(8);
  expect(seen).toEqual(['q1']);
  wait(4);
  expect(seen).toEqual(['q1', 'q2']);
});

test('a change that the line has missed may have been "off"', () => {
  const { on, missed, seen, wait } = viewer(12);
  on('q1');
  wait(20);
  missed();
  on('q2', true);
  expect(seen).toEqual(['q1', null]);
});

test('who comes in the middle of a question sees it at once', () => {
  const { held, seen } = viewer(12);
  held.hear({ id: 'q1', since: Date.now() - 30_000, rev: 7 });
  expect(seen).toEqual(['q1']);
});

test('hearing the same twice changes nothing', () => {
  const { held, seen, wait } = viewer(12);
  const onAir = { id: 'q1', since: Date.now(), rev: 1 };
  held.hear(onAir);
  held.hear(onAir);
  wait(13);
  held.hear(onAir);
  expect(seen).toEqual(['q1']);
});

test('what is hushed goes at once, from the screen and from what waits', () => {
  const { held, on, seen, wait } = viewer(12);
  on('q1');
  held.clear('q1');
  wait(60);
  expect(seen).toEqual([]);
  on('q2');
  wait(13);
  held.clear('q2');
  expect(seen).toEqual(['q2', null]);
});

test('a delay that changes counts for what waits, and takes nothing away', () => {
  const { held, on, seen, wait } = viewer(12);
  on('q1');
  wait(5);
  held.delay(3);
  expect(seen).toEqual(['q1']);
  held.delay(60);
  expect(seen).toEqual(['q1']);
  on('q2', true);
  wait(30);
  held.delay(40);
  wait(9);
  expect(seen).toEqual(['q1']);
  wait(2);
  expect(seen).toEqual(['q1', 'q2']);
});

test('a clock that is wrong holds nothing for longer than the delay', () => {
  const { held, seen, wait } = viewer(12);
  held.hear({ id: 'q1', since: Date.now() + 3_600_000, rev: 1 });
  wait(13);
  expect(seen).toEqual(['q1']);
});

test('the clock is the server\'s', () => {
  const { on, seen, wait } = viewer(12, -3_600_000);
  on('q1');
  wait(11);
  expect(seen).toEqual([]);
  wait(2);
  expect(seen).toEqual(['q1']);
});

test('who has left is shown nothing', () => {
  const { held, on, seen, wait } = viewer(12);
  on('q1');
  held.stop();
  wait(60);
  expect(seen).toEqual([]);
});
