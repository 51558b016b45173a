/**
 * Parts of a text that something is said of. Pure.
 *
 * The server counts UTF-8 bytes, a browser UTF-16 units. Parts may overlap, and one that lies beside
 * the text (it was said of another version) is left out: a mark is never put on a word that it is not about.
 */

/** Bytes of a text in UTF-8. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A piece of a text, and everything that is said of it. */
export interface Run<Said> {
  readonly text: string;
  readonly said: readonly Said[];
}

/** The text in pieces, in order and without a gap; each with what is said of it. */
export function runs<Said>(text: string, about: readonly (readonly [Span, Said])[]): Run<Said>[] {
  const ranges = about.flatMap(([span, said]) => {
    const range = units(text, span);
    return range ? [{ ...range, said }] : [];
  });
  const cuts = new Set([0, text.length, ...ranges.flatMap(({ start, end }) => [start, end])]);
  const at = [...cuts].sort((a, b) => a - b);
  return at.slice(1).map((end, n) => {
    const start = at[n] ?? 0;
    const said = ranges.filter((range) => range.start < end && start < range.end).map((range) => range.said);
    return { text: text.slice(start, end), said };
  });
}

/** What stands in a part of the text. */
export function within(text: string, span: Span): string {
  const range = units(text, span);
  return range ? text.slice(range.start, range.end) : '';
}

/** A part in units of the browser, widened to whole characters; null: it is no part of this text. */
function units(text: string, { start, end }: Span): Span | null {
  let [bytes, at] = [0, 0];
  let from: number | null = null;
  for (const character of text) {
    const next = bytes + width(character.codePointAt(0) ?? 0);
    if (from === null && start < next) from = at;
    [bytes, at] = [next, at + character.length];
    if (from !== null && end <= bytes) return end > start ? { start: from, end: at } : null;
  }
  return null;
}

const width = (point: number): number => (point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4);
