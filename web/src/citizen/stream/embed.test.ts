import { expect, test } from 'vitest';
import { embed } from './embed';

const frame = (kind: string, url: string) => embed({ kind, url, delays: {} }, 'it');

test('every address that YouTube gives for a video leads to its player', () => {
  const player = 'https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ?autoplay=1&playsinline=1&rel=0&hl=it';
  for (const url of [
    'https://www.youtube.com/watch?v=dQw4w9WgXcQ',
    'https://m.youtube.com/watch?app=desktop&v=dQw4w9WgXcQ&t=12',
    'https://youtu.be/dQw4w9WgXcQ?si=abc',
    'https://youtube.com/live/dQw4w9WgXcQ?feature=share',
    'https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ',
  ]) {
    expect(frame('youtube', url), url).toBe(player);
  }
  const live = 'https://www.youtube-nocookie.com/embed/live_stream?autoplay=1&playsinline=1&rel=0&hl=it&channel=UCabcdefghijklmnopqrstuv';
  expect(frame('youtube', 'https://www.youtube.com/channel/UCabcdefghijklmnopqrstuv/live')).toBe(live);
  expect(frame('youtube', 'https://www.youtube.com/embed/live_stream?channel=UCabcdefghijklmnopqrstuv')).toBe(live);
});

test('Facebook is told which video by its address', () => {
  expect(frame('facebook', 'https://www.facebook.com/comune/videos/123/')).toBe(
    'https://www.facebook.com/plugins/video.php?href=https%3A%2F%2Fwww.facebook.com%2Fcomune%2Fvideos%2F123%2F&show_text=false&autoplay=true',
  );
});

test('Vimeo has videos and events', () => {
  const play = 'autoplay=1&playsinline=1&dnt=1';
  expect(frame('vimeo', 'https://vimeo.com/76979871')).toBe(`https://player.vimeo.com/video/76979871?${play}`);
  expect(frame('vimeo', 'https://vimeo.com/76979871/0a1b')).toBe(`https://player.vimeo.com/video/76979871?${play}&h=0a1b`);
  expect(frame('vimeo', 'https://player.vimeo.com/video/76979871?h=0a1b')).toBe(
    `https://player.vimeo.com/video/76979871?${play}&h=0a1b`,
  );
  expect(frame('vimeo', 'https://vimeo.com/event/42')).toBe('https://vimeo.com/event/42/embed?autoplay=1&dnt=1');
});

test('an address of somebody else has no player', () => {
  for (const [kind, url] of [
    ['youtube', 'https://youtube.com.example.org/watch?v=dQw4w9WgXcQ'],
    ['youtube', 'https://www.youtube.com/@comune/live'],
    ['youtube', 'https://www.youtube.com/watch?v=../../x'],
    ['facebook', 'https://example.org/facebook.com'],
    ['vimeo', 'https://vimeo.com/channels/x'],
    ['hls', 'https://video.example/live.m3u8'],
    ['youtube', 'not an address'],
  ] as const) {
    expect(frame(kind, url), url).toBe(null);
  }
});
