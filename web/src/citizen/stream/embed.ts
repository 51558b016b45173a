/**
 * The players of others, as addresses of a frame. Only these hosts are allowed by the page's policy
 * (`src/http/pages/`); an address from which no player follows is a link.
 */
import type { Stream } from '../../wire';

/** Who brings the picture, and who they are. */
export const HOUSES: Record<string, { name: string; of: string }> = {
  youtube: { name: 'YouTube', of: 'Google' },
  facebook: { name: 'Facebook', of: 'Meta' },
  vimeo: { name: 'Vimeo', of: 'Vimeo' },
};

export function parsed(url: string): URL | null {
  try {
    return new URL(url);
  } catch {
    return null;
  }
}

/** The address of the frame; null where there is none for it. */
export function embed({ kind, url }: Stream, language: string): string | null {
  const address = parsed(url);
  if (!address) return null;
  const host = address.hostname.replace(/^(www|m|player)\./, '');
  const parts = address.pathname.split('/').filter(Boolean);
  if (kind === 'youtube') return youtube(host, parts, address.searchParams, language);
  if (kind === 'facebook' && /^(facebook\.com|fb\.watch)$/.test(host)) {
    const query = new URLSearchParams({ href: url, show_text: 'false', autoplay: 'true' });
    return `https://www.facebook.com/plugins/video.php?${query}`;
  }
  if (kind === 'vimeo' && host === 'vimeo.com') return vimeo(parts, address.searchParams);
  return null;
}

function youtube(host: string, parts: string[], asked: URLSearchParams, language: string): string | null {
  const play = new URLSearchParams({ autoplay: '1', playsinline: '1', rel: '0', hl: language });
  const player = 'https://www.youtube-nocookie.com/embed';
  const [first = '', second = ''] = parts;
  let id: string | null = null;
  if (host === 'youtu.be') id = first;
  else if (host === 'youtube.com' || host === 'youtube-nocookie.com') {
    const channel = first === 'channel' ? second : second === 'live_stream' ? asked.get('channel') : null;
    if (channel && /^[\w-]{10,40}$/.test(channel)) {
      play.set('channel', channel);
      return `${player}/live_stream?${play}`;
    }
    id = first === 'watch' ? asked.get('v') : ['live', 'embed', 'shorts'].includes(first) ? second : null;
  }
  return id && /^[\w-]{6,20}$/.test(id) ? `${player}/${id}?${play}` : null;
}

function vimeo(parts: string[], asked: URLSearchParams): string | null {
  const [first = '', second = ''] = parts[0] === 'video' ? parts.slice(1) : parts;
  if (first === 'event' && /^\d+$/.test(second)) return `https://vimeo.com/event/${second}/embed?autoplay=1&dnt=1`;
  if (!/^\d+$/.test(first)) return null;
  const play = new URLSearchParams({ autoplay: '1', playsinline: '1', dnt: '1' });
  // Behind the number of a video that is not listed stands the key to it.
  const key = asked.get('h') ?? second;
  if (/^\w+$/.test(key)) play.set('h', key);
  return `https://player.vimeo.com/video/${first}?${play}`;
}
