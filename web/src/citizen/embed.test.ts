import { expect, test } from 'vitest';
import { embed } from './embed';

const frame = (kind: string, url: string) => embed({ kind, url, delays: {} })?.frame;

test('a city pastes whatever address its browser showed', () => {
  const youtube = 'https://www.youtube-nocookie.com/embed/a-b_C1234?autoplay=1';
  expect(frame('youtube', 'https://www.youtube.com/watch?v=a-b_C1234&t=4')).toBe(youtube);
  expect(frame('youtube', 'https://youtu.be/a-b_C1234')).toBe(youtube);
  expect(frame('youtube', 'https://www.youtube.com/live/a-b_C1234?feature=share')).toBe(youtube);
  expect(frame('vimeo', 'https://vimeo.com/12345')).toBe('https://player.vimeo.com/video/12345?autoplay=1&dnt=1');
  expect(frame('vimeo', 'https://vimeo.com/event/678')).toBe('https://vimeo.com/event/678/embed?autoplay=1&dnt=1');
  expect(frame('facebook', 'https://www.facebook.com/comune/videos/9/')).toBe(
    'https://www.facebook.com/plugins/video.php?autoplay=1&href=https%3A%2F%2Fwww.facebook.com%2Fcomune%2Fvideos%2F9%2F',
  );
});

test('what is no address of theirs goes into no frame', () => {
  expect(frame('youtube', 'https://youtu.be/"><script>')).toBeNull();
  expect(frame('youtube', 'nonsense')).toBeNull();
  expect(frame('facebook', 'nonsense')).toBeNull();
  expect(embed({ kind: 'hls', url: 'https://a.test/live.m3u8', delays: {} })).toBeNull();
});
