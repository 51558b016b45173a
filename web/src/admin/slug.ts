/** A slug has 3 to 60 of `a-z 0-9 -`, and it is for ever. */
export const SLUG = /^[a-z0-9-]{3,60}$/;

/** Letters that lose more than an accent. */
const LETTERS: Record<string, string> = { ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', đ: 'd', ł: 'l', þ: 'th', ð: 'd' };

/** An address proposed from a title; empty where nothing in it can stand in one. */
export function slugOf(title: string): string {
  const plain = title.toLowerCase().normalize('NFD').replace(/\p{M}/gu, '')
    .replace(/[ßæœøđłþð]/g, (letter) => LETTERS[letter] ?? '');
  const words = plain.split(/[^a-z0-9]+/).filter((word) => word !== '');
  let slug = '';
  for (const word of words) {
    const longer = slug === '' ? word.slice(0, 60) : `${slug}-${word}`;
    if (longer.length > 60) break;
    slug = longer;
  }
  return slug.length < 3 ? '' : slug;
}
