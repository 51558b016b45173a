import { length } from '../language.svelte';
import type { Official, Session, Stream } from '../wire';
import type { SessionChange } from '../api';
import { toField } from './times';

/** What a session says of itself, as its fields show it. */
export interface AboutForm {
  title: string;
  language: string;
  officials: Official[];
  /** One a line. */
  labels: string;
}

/** When it starts, apart from the rest: saying it publishes a draft. */
export interface TimeForm {
  starts_at: string;
}

/** The live picture, as its fields show it. An empty address: there is none. */
export interface StreamForm {
  url: string;
  kind: string;
  /** Seconds, by channel, as typed; empty: as if there were no delay. */
  delays: Record<string, string>;
}

export const KINDS = ['hls', 'youtube', 'facebook', 'vimeo'] as const;

/** Ways of watching that a page offers by name; a session may know others. */
export const CHANNELS = ['web', 'youtube', 'facebook', 'vimeo', 'tv'] as const;

/** Bounds, as the server has them. */
export const TITLE_MAX = 200;
export const ITEM_MAX = 80;
export const LIST_MAX = 50;
export const DELAY_MAX_S = 60;
const LINK_MAX = 500;

export const toAbout = (session: Session): AboutForm => ({
  title: session.title,
  language: session.language,
  officials: session.officials.map(({ name, office }) => ({ name, office })),
  labels: session.labels.join('\n'),
});

export const toTime = (session: Session): TimeForm => ({ starts_at: toField(session.starts_at) });

export const toStream = (session: Session): StreamForm => ({
  url: session.stream?.url ?? '',
  kind: session.stream?.kind ?? 'hls',
  delays: Object.fromEntries(Object.entries(session.stream?.delays ?? {}).map(([channel, s]) => [channel, String(s)])),
});

/** Labels as the server wants them: clean, each once. */
export function labelsOf(text: string): string[] {
  const lines = text.split('\n').map((line) => line.trim().replace(/\s+/g, ' ')).filter((line) => line !== '');
  return [...new Set(lines)];
}

/** What a change of the fields says to the server. */
export function aboutChange(form: Partial<AboutForm>): SessionChange {
  return {
    ...(form.title === undefined ? {} : { title: form.title.trim() }),
    ...(form.language === undefined ? {} : { language: form.language }),
    ...(form.officials === undefined ? {} : { officials: officialsOf(form.officials) }),
    ...(form.labels === undefined ? {} : { labels: labelsOf(form.labels) }),
  };
}

/** A line that was left empty is no official. */
function officialsOf(officials: readonly Official[]): Official[] {
  const clean = (text: string) => text.trim().replace(/\s+/g, ' ');
  return officials
    .map(({ name, office }) => ({ name: clean(name), office: clean(office) }))
    .filter(({ name, office }) => name !== '' || office !== '');
}

export function streamChange(form: StreamForm): SessionChange {
  const url = form.url.trim();
  return { stream: url === '' ? null : { url, kind: form.kind, delays: delaysOf(form.delays) } satisfies Stream };
}

const delaysOf = (delays: Record<string, string>) =>
  Object.fromEntries(
    Object.entries(delays).filter(([, seconds]) => seconds.trim() !== '').map(([channel, s]) => [channel, Number(s)]),
  );

/** Where a stream comes from, as its address tells; null: it does not. */
export function kindOf(url: string): (typeof KINDS)[number] | null {
  let host: string;
  let path: string;
  try {
    ({ hostname: host, pathname: path } = new URL(url.trim()));
  } catch {
    return null;
  }
  const under = (name: string) => host === name || host.endsWith(`.${name}`);
  if (under('youtube.com') || under('youtube-nocookie.com') || host === 'youtu.be') return 'youtube';
  if (under('facebook.com') || host === 'fb.watch') return 'facebook';
  if (under('vimeo.com')) return 'vimeo';
  return path.endsWith('.m3u8') ? 'hls' : null;
}

/** What is wrong with a field, in one word; the page has the sentence. */
export type WrongAbout = 'title-empty' | 'title-long' | 'official-half' | 'item-long' | 'list-long';
export type WrongStream = 'address' | 'delay';

export function wrongAbout(form: AboutForm): Partial<Record<keyof AboutForm, WrongAbout>> {
  const found: Partial<Record<keyof AboutForm, WrongAbout>> = {};
  if (length(form.title) === 0) found.title = 'title-empty';
  if (length(form.title) > TITLE_MAX) found.title = 'title-long';
  const officials = officialsOf(form.officials);
  if (officials.length > LIST_MAX) found.officials = 'list-long';
  if (officials.some(({ name, office }) => Math.max(length(name), length(office)) > ITEM_MAX)) found.officials = 'item-long';
  if (officials.some(({ name, office }) => name === '' || office === '')) found.officials = 'official-half';
  const labels = labelsOf(form.labels);
  if (labels.length > LIST_MAX) found.labels = 'list-long';
  if (labels.some((label) => length(label) > ITEM_MAX)) found.labels = 'item-long';
  return found;
}

export function wrongStream(form: StreamForm): { url?: WrongStream; delays: Record<string, WrongStream> } {
  const url = form.url.trim();
  const delays = Object.entries(form.delays)
    .filter(([, s]) => s.trim() !== '' && !(/^\d{1,2}$/.test(s.trim()) && Number(s) <= DELAY_MAX_S));
  return {
    ...(url === '' || isAddress(url) ? {} : { url: 'address' as const }),
    delays: Object.fromEntries(delays.map(([channel]) => [channel, 'delay' as const])),
  };
}

/** An address that the server takes. */
export function isAddress(text: string): boolean {
  return /^https?:\/\/[^\s/]/.test(text) && !/\s/.test(text) && new TextEncoder().encode(text).length <= LINK_MAX;
}
