/**
 * Plays a live HLS stream in a video element. Nothing is asked of anybody before this is called,
 * and hls.js itself is fetched, from our own server, only then.
 */

/** Where the browser cannot be fed by hand it plays HLS itself; iPhones before iOS 17.1. */
const feeds = (): boolean => 'MediaSource' in globalThis || 'ManagedMediaSource' in globalThis;

/** How often one that has played is begun anew before the viewer is asked. */
const TRIES = 5;
const PAUSE_MS = 2_000;

/** What nothing more comes of: the stream, or hls.js, which a server of another version may not have. */
export type Missing = 'stream' | 'player';

/** `lost` is called once, when nothing more will come by itself. The answer stops it all. */
export function play(video: HTMLVideoElement, url: string, lost: (what: Missing) => void): () => void {
  let end = (): void => {
    video.removeAttribute('src');
    video.load();
  };
  let ended = false;
  const stop = (): void => {
    if (ended) return;
    ended = true;
    end();
  };
  const fail = (what: Missing): void => {
    if (ended) return;
    stop();
    lost(what);
  };
  // Where even a press does not count as one, the player's own button is there.
  const start = (): void => void video.play().catch(() => {});

  if (!feeds()) {
    video.addEventListener('error', () => fail('stream'), { once: true });
    video.src = url;
    start();
    return stop;
  }
  const begin = async (): Promise<void> => {
    const { default: Hls } = await import('hls.js/light');
    if (ended) return;
    const hls = new Hls({
      // A worker would need more of the page's policy than it is worth.
      enableWorker: false,
      capLevelToPlayerSize: true,
      backBufferLength: 30,
      // Who paused comes back to what is live: the session's delay is counted from there.
      liveSyncDurationCount: 3,
      liveMaxLatencyDurationCount: 10,
    });
    end = () => hls.destroy();
    // hls.js has tried again by itself for a while before it calls an error fatal.
    let left = 1;
    hls.on(Hls.Events.FRAG_BUFFERED, () => (left = TRIES));
    hls.on(Hls.Events.ERROR, (_, { fatal, type }) => {
      if (!fatal) return;
      left -= 1;
      if (left < 0) fail('stream');
      else if (type === Hls.ErrorTypes.MEDIA_ERROR) hls.recoverMediaError();
      else setTimeout(() => ended || hls.loadSource(url), PAUSE_MS);
    });
    hls.on(Hls.Events.MANIFEST_PARSED, start);
    hls.attachMedia(video);
    hls.loadSource(url);
  };
  begin().catch(() => fail('player'));
  return stop;
}
