/**
 * The ways in which somebody watches, and by how much each is behind the room.
 *
 * Without a choice, and before the picture here plays, no way is assumed, and nothing is held back:
 * we would be guessing, and who sits in the hall would be told late.
 */
import type { Stream } from '../../wire';

export interface Way {
  /** A channel of the session's `delays`; null while we do not know of any. */
  channel: string | null;
  seconds: number;
}

/** The channel of the picture on this page. */
export const here = ({ kind }: Stream): string => (kind === 'hls' ? 'web' : kind);

/** The others that the session knows of. */
export const elsewhere = (stream: Stream): string[] =>
  Object.keys(stream.delays).filter((channel) => channel !== here(stream));

/** `chosen` is what the viewer said; a channel that is there no more is no choice. */
export function way(stream: Stream | null, chosen: string | null, watching: boolean): Way {
  if (!stream) return { channel: null, seconds: 0 };
  const said = chosen !== null && elsewhere(stream).includes(chosen) ? chosen : null;
  const channel = said ?? (watching ? here(stream) : null);
  return { channel, seconds: channel === null ? 0 : (stream.delays[channel] ?? 0) };
}

/** Bound: one session's choice, that of the last one. */
const REMEMBERED = 'filodiretto.way';

export function remembered(): string | null {
  try {
    const [path, channel] = JSON.parse(localStorage.getItem(REMEMBERED) ?? '[]') as unknown[];
    return path === location.pathname && typeof channel === 'string' ? channel : null;
  } catch {
    return null;
  }
}

export function remember(channel: string | null): void {
  try {
    if (channel === null) localStorage.removeItem(REMEMBERED);
    else localStorage.setItem(REMEMBERED, JSON.stringify([location.pathname, channel]));
  } catch {
    // Then for this page only.
  }
}
