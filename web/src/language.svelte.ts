/**
 * The two languages of the pages: which one is spoken, and how it counts and tells the time.
 *
 * Every page keeps its sentences in one `words.ts`, as `speaks({ it: …, en: … })`. English must
 * have each sentence that Italian has, or the page does not build.
 */

export type Language = 'it' | 'en';

const REMEMBERED = 'filodiretto.language';

const known = (tag: string | null | undefined): Language | null =>
  tag?.startsWith('it') ? 'it' : tag?.startsWith('en') ? 'en' : null;

/** The server has chosen, and drawn header and footer in it: the page says the same. */
let now = $state<Language>(known(globalThis.document?.documentElement.lang) ?? 'it');

/** The language that the page speaks. */
export const language = (): Language => now;

export function speak(next: Language): void {
  now = next;
}

/**
 * Remembers what the reader has chosen in the header (`?lang=`), and asks for the page in that
 * language the next time. False: another page is on its way, and this one need not begin.
 */
export function keepLanguage(): boolean {
  const address = new URL(location.href);
  const chosen = known(address.searchParams.get('lang'));
  try {
    if (chosen) localStorage.setItem(REMEMBERED, chosen);
    const remembered = known(localStorage.getItem(REMEMBERED));
    if (!chosen && remembered && remembered !== now) {
      address.searchParams.set('lang', remembered);
      location.replace(address);
      return false;
    }
  } catch {
    // A browser that keeps nothing for us asks anew each time.
  }
  return true;
}

/** Sentences in both languages; called, those of the language spoken now. */
export function speaks<Words extends Record<string, unknown>>(both: {
  it: Words;
  en: NoInfer<Words>;
}): () => Words {
  return () => both[now];
}

/** English as it is written in Europe: the day before the month. */
const LOCALES: Record<Language, string> = { it: 'it-IT', en: 'en-GB' };

/**
 * What formats, made once for each language: to make one takes a hundred times as long as to use it, and
 * every second forty cards may count anew.
 */
function kept<Format>(make: (locale: string) => Format): () => Format {
  const made: Partial<Record<Language, Format>> = {};
  return () => (made[now] ??= make(LOCALES[now]));
}

const dates = (how: Intl.DateTimeFormatOptions) => kept((locale) => new Intl.DateTimeFormat(locale, how));

const counts = kept((locale) => new Intl.NumberFormat(locale));
const forms = kept((locale) => new Intl.PluralRules(locale));
const times = dates({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const days = dates({ weekday: 'long', day: 'numeric', month: 'long' });
const years = dates({ day: 'numeric', month: 'long', year: 'numeric' });
const spans = kept((locale) => new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'short' }));

const characters = kept((locale) => new Intl.Segmenter(locale, { granularity: 'grapheme' }));

/** One of the two forms that Italian and English have: `one` for 1, `other` for the rest. */
export const plural = (count: number, one: string, other: string): string =>
  `${number(count)} ${forms().select(count) === 'one' ? one : other}`;

export const number = (count: number): string => counts().format(count);

/** How long a text is, as people count characters; the server counts so, too. */
export const length = (text: string): number => {
  const bare = text.trim().normalize('NFC');
  // The tables of all scripts are not read for a field that is empty.
  return bare === '' ? 0 : [...characters().segment(bare)].length;
};

/** 21:34. */
export const clock = (at: number): string => times().format(at);

/** "alle 21:34", "at 21:34". Only one o'clock is in the singular. */
export function hour(at: number): string {
  const word = now === 'en' ? 'at ' : new Date(at).getHours() === 1 ? 'all’' : 'alle ';
  return `${word}${clock(at)}`;
}

/** "giovedì 26 novembre alle 21:00", "Thursday 26 November at 21:00". */
export function day(at: number): string {
  // Some versions of the tables have a comma behind the weekday.
  return `${days().format(at).replace(',', '')} ${hour(at)}`;
}

/** "il 12 dicembre 2026", "l’8 dicembre 2026", "on 12 December 2026". */
export function on(at: number): string {
  const date = years().format(at);
  if (now === 'en') return `on ${date}`;
  return [8, 11].includes(new Date(at).getDate()) ? `l’${date}` : `il ${date}`;
}

const STILL_MS = 8 * 60 * 60_000;

/**
 * "stasera", "oggi", "il 12 dicembre 2026": the day of a session, as one says it at `current`. The
 * server's pages say it by the same rule (`that_day` in `src/http/pages/dates.rs`).
 */
export function thatDay(began: number, current: number): string {
  const at = Math.min(began, current);
  if (current - at >= STILL_MS) return on(at);
  const hours = new Date(at).getHours();
  const evening = hours < 5 || hours >= 17;
  return { it: evening ? 'stasera' : 'oggi', en: evening ? 'tonight' : 'today' }[now];
}

/** "3 min fa"; nothing finer than a minute, so that a list does not flicker. */
export function ago(at: number, current: number): string {
  const minutes = Math.max(0, Math.floor((current - at) / 60_000));
  const relative = spans();
  if (minutes === 0) return relative.format(0, 'second');
  if (minutes < 60) return relative.format(-minutes, 'minute');
  if (minutes < 24 * 60) return relative.format(-Math.floor(minutes / 60), 'hour');
  return day(at);
}
