import { expect, test } from 'vitest';
import { elsewhere, way } from './ways';

const delays = { web: 12, youtube: 20, tv: 5 };
const hls = { url: 'https://video.example/live.m3u8', kind: 'hls', delays };
const youtube = { url: 'https://youtu.be/dQw4w9WgXcQ', kind: 'youtube', delays };

test('nothing is assumed before somebody watches or says so', () => {
  expect(way(hls, null, false)).toEqual({ channel: null, seconds: 0 });
  expect(way(hls, null, true)).toEqual({ channel: 'web', seconds: 12 });
  expect(way(hls, 'tv', true)).toEqual({ channel: 'tv', seconds: 5 });
  expect(way(hls, 'tv', false)).toEqual({ channel: 'tv', seconds: 5 });
});

test('here is the page, whoever brings the picture', () => {
  expect(elsewhere(hls)).toEqual(['youtube', 'tv']);
  expect(elsewhere(youtube)).toEqual(['web', 'tv']);
  expect(way(youtube, null, true)).toEqual({ channel: 'youtube', seconds: 20 });
});

test('a choice that the session does not offer any more is none', () => {
  expect(way({ ...hls, delays: {} }, 'tv', false)).toEqual({ channel: null, seconds: 0 });
  expect(way({ ...hls, delays: {} }, null, true)).toEqual({ channel: 'web', seconds: 0 });
  expect(way(null, 'tv', true)).toEqual({ channel: null, seconds: 0 });
});
