/** Players of others: where their picture comes from, and who learns that somebody watches. */
import type { Stream } from '../wire';

export interface Embed {
  who: string;
  /** What goes into the frame; null: only a link, for there is no player for such an address. */
  frame: string | null;
}

/** The server's policy allows the hosts of these frames on this page (`src/http/pages/stream.rs`). */
export function embed({ kind, url }: Stream): Embed | null {
  const address = URL.canParse(url) ? new URL(url) : null;
  const last = address?.pathname.split('/').filter(Boolean).at(-1) ?? '';
  const word = (text: string | null | undefined): string | null => (text && /^[\w-]+$/.test(text) ? text : null);
  switch (kind) {
    case 'youtube': {
      const id = word(address?.searchParams.get('v') ?? last);
      return { who: 'YouTube', frame: id && `https://www.youtube-nocookie.com/embed/${id}?autoplay=1` };
    }
    case 'vimeo': {
      const id = word(last);
      const path = address?.pathname.includes('/event/') ? `event/${id}/embed` : `video/${id}`;
      const host = path.startsWith('event') ? 'https://vimeo.com' : 'https://player.vimeo.com';
      return { who: 'Vimeo', frame: id && `${host}/${path}?autoplay=1&dnt=1` };
    }
    case 'facebook':
      return {
        who: 'Facebook',
        frame: address && `https://www.facebook.com/plugins/video.php?autoplay=1&href=${encodeURIComponent(address.href)}`,
      };
    default:
      return null;
  }
}
