import { describe, expect, test, vi } from 'vitest';
import fixture from '../../../tests/fixtures/wire/http-session.json';
import house from '../../../tests/fixtures/wire/http-house.json';
import change from '../../../tests/fixtures/wire/http-house-change.json';
import type { City, Session } from '../wire';
import { aboutChange, isAddress, kindOf, labelsOf, streamChange, toAbout, toStream, wrongAbout, wrongStream } from './about';
import { fitting } from './arms';
import { cityWrong, toCity, toCityChange } from './city';
import { contrastWithWhite, hex, legible } from './colour';
import { to, viewOf } from './place';
import { slugOf, SLUG } from './slug';
import { fromField, toField } from './times';
import { ulid } from '../ulid';

vi.stubEnv('TZ', 'Europe/Rome');
const session = fixture as Session;

test.each([
  ['Bilancio partecipato: le vostre domande', 'bilancio-partecipato-le-vostre-domande'],
  ['Città, perché? È l’ora!', 'citta-perche-e-l-ora'],
  ['  Straße № 5 — Žalec ', 'strasse-5-zalec'],
  ['Ok', ''],
  ['عربي', ''],
  ['a'.repeat(80), 'a'.repeat(60)],
  [`${'parola '.repeat(12)}`, 'parola-parola-parola-parola-parola-parola-parola-parola'],
])('from the title %j comes the address %j', (title, slug) => {
  expect(slugOf(title)).toBe(slug);
  if (slug !== '') expect(slug).toMatch(SLUG);
});

describe('what a session says of itself', () => {
  test('goes to the fields and back as it was', () => {
    const about = aboutChange(toAbout(session));
    const { title, language, officials, labels } = session;
    expect(about).toEqual({ title, language, officials, labels });
    expect(streamChange(toStream(session))).toEqual({ stream: session.stream });
  });

  test('is cleaned of what a hand leaves behind', () => {
    expect(labelsOf(' Scuola\n\nMobilità  dolce \nScuola')).toEqual(['Scuola', 'Mobilità dolce']);
    const officials = [{ name: ' Lucia  Conti', office: 'Sindaca ' }, { name: ' ', office: '' }];
    expect(aboutChange({ officials }).officials).toEqual([{ name: 'Lucia Conti', office: 'Sindaca' }]);
    expect(streamChange({ url: ' ', kind: 'hls', delays: { web: '5' } })).toEqual({ stream: null });
    const delayed = { url: 'https://a.test/x.m3u8', kind: 'hls', delays: { web: '12', tv: ' ' } };
    expect(streamChange(delayed).stream?.delays).toEqual({ web: 12 });
  });

  test('is told beside the field where the server would refuse it', () => {
    const form = toAbout(session);
    expect(wrongAbout(form)).toEqual({});
    expect(wrongAbout({ ...form, title: ' ' })).toEqual({ title: 'title-empty' });
    expect(wrongAbout({ ...form, title: 'x'.repeat(201) })).toEqual({ title: 'title-long' });
    expect(wrongAbout({ ...form, title: '👨‍👩‍👧'.repeat(200) }), 'as people count').toEqual({});
    expect(wrongAbout({ ...form, officials: [{ name: 'Lucia', office: '' }] })).toEqual({ officials: 'official-half' });
    expect(wrongAbout({ ...form, labels: 'x'.repeat(81) })).toEqual({ labels: 'item-long' });
    expect(wrongAbout({ ...form, labels: Array.from({ length: 51 }, (_, n) => n).join('\n') })).toEqual({ labels: 'list-long' });
    expect(wrongStream({ url: 'rtmp://a', kind: 'hls', delays: { web: '61', tv: '60' } }))
      .toEqual({ url: 'address', delays: { web: 'delay' } });
  });
});

test.each([
  ['https://www.youtube.com/watch?v=x', 'youtube'],
  ['https://youtu.be/x', 'youtube'],
  ['https://it-it.facebook.com/x/videos/1', 'facebook'],
  ['https://player.vimeo.com/video/1', 'vimeo'],
  ['https://diretta.comune.test/live.m3u8?t=1', 'hls'],
  ['https://youtube.com.evil.test/x', null],
  ['https://diretta.comune.test/', null],
  ['non un indirizzo', null],
])('%s comes from %s', (url, kind) => expect(kindOf(url)).toBe(kind));

test('an address is one that the server takes', () => {
  expect(['https://a.test/x', 'http://a'].every(isAddress)).toBe(true);
  const none = ['a.test', 'https://', 'javascript:alert(1)', 'https://a b', `https://a/${'x'.repeat(500)}`];
  expect(none.filter(isAddress)).toEqual([]);
});

describe('what the city says of itself', () => {
  const city: City = house.city;

  test('goes to the fields and back as it was', () => {
    const { coat_of_arms, ...said } = toCityChange(toCity(city));
    expect([coat_of_arms, said]).toEqual([null, city]);
    expect(Object.keys(toCity(city))).toEqual(Object.keys(change.city));
  });

  test('goes away with what stood in its field', () => {
    expect(toCityChange({ name: ' ', colour: '03c' })).toEqual({ name: null, colour: '#0033cc' });
  });

  test('is told beside the field where the server would refuse it', () => {
    const form = { ...toCity(city), legal_url: 'comune.test', colour: 'blu', name: 'x'.repeat(201) };
    expect(cityWrong(form)).toEqual({ legal_url: 'address', colour: 'colour', name: 'long' });
    expect(cityWrong({ ...form, colour: '#f0a500' }).colour).toBe('light');
    expect(cityWrong(toCity({}))).toEqual({});
  });
});

test('contrast is that of WCAG', () => {
  expect(contrastWithWhite('#ffffff')).toBeCloseTo(1, 5);
  expect(contrastWithWhite('#000000')).toBeCloseTo(21, 5);
  expect(contrastWithWhite('#0a0a0a')).toBeCloseTo(19.8, 2);
  expect(contrastWithWhite('#0066cc')).toBeCloseTo(5.57, 2);
  expect(contrastWithWhite('#767676')).toBeCloseTo(4.54, 2);
  expect([hex('#ABC'), hex('003882'), hex('#12'), hex('rosso')]).toEqual(['#aabbcc', '#003882', null, null]);
});

test('a colour on which white cannot be read has a darker one beside it', () => {
  for (const colour of ['#f0a500', '#ffffff', '#ffff00', '#00ff00', '#777777']) {
    expect(contrastWithWhite(legible(colour)), colour).toBeGreaterThanOrEqual(4.5);
  }
  expect(legible('#0066cc')).toBe('#0066cc');
});

describe('a coat of arms', () => {
  const draw = (bytes: (side: number) => number) => (side: number, type: string) =>
    `data:${type};base64,${'A'.repeat(Math.round(bytes(side) * (type === 'image/webp' ? 0.4 : 1)))}`;

  test('is as large as the server takes it', () => {
    expect(fitting(draw(() => 60_000))).toMatch(/^data:image\/png;/);
    expect(fitting(draw((side) => side * 500))).toMatch(/^data:image\/webp;/);
    expect(fitting(draw(() => 1_000_000))).toBeNull();
    for (const bytes of [(side: number) => side * 700, () => 65_000]) {
      expect(fitting(draw(bytes))?.length).toBeLessThanOrEqual(64 * 1024);
    }
  });

  test('is a picture, or nothing', () => {
    const only = (side: number) => `data:image/png;base64,${'A'.repeat(side * 1000)}`;
    expect(fitting(only), 'of a browser that writes no WebP').toMatch(/^data:image\/png;/);
    expect(fitting(() => ''), 'of one that draws nothing').toBeNull();
    expect(fitting(() => 'data:,')).toBeNull();
  });
});

test('a moment goes to its field and back', () => {
  const at = Date.UTC(2026, 11, 12, 19, 30);
  expect(toField(at)).toBe('2026-12-12T20:30');
  expect([fromField('2026-12-12T20:30'), fromField(''), fromField('domani')]).toEqual([at, null, null]);
  expect(toField(null)).toBe('');
});

test('every view has an address, which keeps the language that was chosen', () => {
  for (const view of [{ kind: 'sessions' }, { kind: 'city' }, { kind: 'create' }, { kind: 'session', slug: 'sera' }] as const) {
    expect(viewOf(new URL(to(view, ''), 'https://x').search)).toEqual(view);
    expect(to(view, '?lang=en&session=altra')).toMatch(/[?&]lang=en$/);
  }
});

test('a command’s id is a ULID', () => {
  expect(ulid(1_795_300_000_000)).toMatch(/^01M[0-9A-HJKMNP-TV-Z]{23}$/);
  expect(ulid()).not.toBe(ulid());
});
