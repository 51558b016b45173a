/** How a producer asks for the picture: what stands behind the `?` of the overlay's address. */

export const POSITIONS = ['bottom-left', 'bottom', 'bottom-right', 'top-left', 'top', 'top-right'] as const;
export type Position = (typeof POSITIONS)[number];

export interface Parameters {
  /** Where the lower third stands. */
  pos: Position;
  theme: 'light' | 'dark';
  /** In which language the few words of the wall and of the test card are; null: the session's. */
  lang: 'it' | 'en' | null;
  /** After how many seconds a question leaves the picture by itself; null: when it leaves the air. */
  seconds: number | null;
  /** Draws a sample where nothing is on air. */
  test: boolean;
  card: 'lower' | 'wall';
}

/** Bound: an evening. A browser's timers end at 24 days. */
const LONGEST_S = 24 * 60 * 60;

/** What is unknown or makes no sense is left out: a picture on air has no place for complaints. */
export function parameters(query: string): Parameters {
  const asked = new URLSearchParams(query);
  const one = <const Value extends string>(name: string, values: readonly Value[]): Value | undefined =>
    values.find((value) => value === asked.get(name));
  const seconds = Number(asked.get('for'));
  return {
    pos: one('pos', POSITIONS) ?? 'bottom-left',
    theme: one('theme', ['light', 'dark']) ?? 'light',
    lang: one('lang', ['it', 'en']) ?? null,
    seconds: seconds > 0 && seconds <= LONGEST_S ? seconds : null,
    test: asked.get('test') === '1',
    card: one('card', ['lower', 'wall']) ?? 'lower',
  };
}
