import { expect, test } from 'vitest';
import { addressOf, VARIANTS } from './links';

test('what is asked for stands before the key', () => {
  const all = (link: string) => VARIANTS.map((variant) => addressOf(link, 'https://comune.test', variant));
  const wanted = [
    'https://comune.test/s/sera/overlay#key-1',
    'https://comune.test/s/sera/overlay?card=wall#key-1',
    'https://comune.test/s/sera/overlay?test=1#key-1',
  ];
  expect(all('https://comune.test/s/sera/overlay#key-1')).toEqual(wanted);
  // A server that does not know its own address gives a path.
  expect(all('/s/sera/overlay#key-1')).toEqual(wanted);
});
