/**
 * Letters as large as the wall has room for: at most 34 characters a line, words whole.
 *
 * The lines are the browser's own, so that every script and direction is right; only their width
 * and the size of the letters are chosen here.
 */

/** Beyond this many characters in a line the eye loses its place, three metres away. */
export const LINE = 34;
/** About as wide as that many letters of Titillium Web are. */
const LINE_EM = 16.5;
/** Letters higher than this shout. */
const MOST = 1 / 6;
/** Smaller than this, the line may be longer instead. */
const COMFORTABLE = 1 / 30;
/** Never smaller than this, of the screen's height. */
const LEAST = 1 / 50;

/** The largest size between two that fits, to half a pixel; null if not even the least does. */
export function largest(least: number, most: number, fits: (size: number) => boolean): number | null {
  if (!fits(least)) return null;
  let [good, bad] = [least, most];
  if (fits(most)) return most;
  while (bad - good > 0.5) {
    const middle = (good + bad) / 2;
    if (fits(middle)) good = middle;
    else bad = middle;
  }
  return good;
}

/** The length of the longest word. */
export const longestWord = (text: string): number =>
  Math.max(0, ...text.split(/\s+/).map((word) => [...word].length));

/** Sets `text` as large as `box` has room for. */
export function fit(box: HTMLElement, text: HTMLElement, screenHeight: number): void {
  const words = text.textContent ?? '';
  // A word longer than a line has to be broken; any other stays whole.
  text.style.overflowWrap = longestWord(words) > LINE ? 'anywhere' : 'normal';
  let size = sizeFor(box, text, screenHeight, `${LINE_EM}em`);
  for (let tries = 0; size !== null && tries < 4; tries += 1) {
    const most = Math.max(...lineLengths(text));
    if (most <= LINE) break;
    const em = Number.parseFloat(text.style.maxWidth) * (LINE / most) - 0.1;
    size = sizeFor(box, text, screenHeight, `${em}em`);
  }
  if (size === null || size < screenHeight * COMFORTABLE) {
    const narrow = { size: size ?? 0, width: text.style.maxWidth };
    size = sizeFor(box, text, screenHeight, '100%');
    if (size === null && narrow.size === 0) {
      text.style.overflowWrap = 'anywhere';
      size = sizeFor(box, text, screenHeight, '100%');
    }
    if ((size ?? 0) < narrow.size) {
      size = narrow.size;
      text.style.maxWidth = narrow.width;
    }
  }
  text.style.fontSize = `${size ?? screenHeight * LEAST}px`;
}

function sizeFor(box: HTMLElement, text: HTMLElement, screenHeight: number, width: string): number | null {
  text.style.maxWidth = width;
  const size = largest(screenHeight * LEAST, screenHeight * MOST, (px) => {
    text.style.fontSize = `${px}px`;
    return text.offsetHeight <= box.clientHeight && text.scrollWidth <= box.clientWidth
      && text.scrollWidth <= Math.ceil(text.getBoundingClientRect().width);
  });
  if (size !== null) text.style.fontSize = `${size}px`;
  return size;
}

/** How many characters each line has, as the browser has broken them. */
export function lineLengths(text: HTMLElement): number[] {
  const lengths: number[] = [];
  const range = document.createRange();
  const walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
  let top = Number.NEGATIVE_INFINITY;
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const length = node.textContent?.length ?? 0;
    for (let at = 0; at < length; at += 1) {
      range.setStart(node, at);
      range.setEnd(node, at + 1);
      const box = range.getClientRects()[0];
      if (!box || box.width === 0) continue;
      // The same line, though a letter of another font may stand a little higher.
      if (box.top > top + box.height / 2) {
        lengths.push(0);
        top = box.top;
      }
      lengths[lengths.length - 1] = (lengths.at(-1) ?? 0) + 1;
    }
  }
  return lengths;
}
