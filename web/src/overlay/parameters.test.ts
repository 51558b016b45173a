import { expect, test } from 'vitest';
import { parameters } from './parameters';

const usual = { pos: 'bottom-left', theme: 'light', lang: null, seconds: null, test: false, card: 'lower' };

test('what a producer asks for', () => {
  expect(parameters('')).toEqual(usual);
  expect(parameters('?pos=top-right&theme=dark&lang=en&for=15&test=1&card=wall')).toEqual({
    ...{ pos: 'top-right', theme: 'dark', lang: 'en', seconds: 15, test: true, card: 'wall' },
  });
});

test('what makes no sense is as if it were not there', () => {
  for (const query of [
    '?pos=middle&theme=&lang=de&for=soon&test=yes&card=',
    '?pos=TOP&for=-1&test=0',
    '?for=0&pos=toString&card=constructor',
    '?for=Infinity&%%%&pos',
    '?for=1e9',
  ]) {
    expect(parameters(query), query).toEqual(usual);
  }
});
