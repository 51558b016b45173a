/**
 * Makes a text fit: it narrows in size, never in words.
 *
 * Up to `--filo-lines` lines it has its full size. Longer ones get smaller in the height of those
 * lines, as far as they can still be read; then the card grows, up to the whole safe area; and only
 * what does not fit even there gets smaller still.
 */

/** Of the full size: smaller is hard to read on a telephone. */
const LEGIBLE = 0.7;
/** A thousand characters on a picture that is far too small: still whole. */
const LEAST = 0.1;
/** Closer than this nobody sees a difference. */
const STEP = 0.01;

/** Where it still holds, as near as a step to where it does not: from `good` towards `bad`. */
export function nearest(holds: (value: number) => boolean, good: number, bad: number, step: number): number {
  if (holds(bad)) return bad;
  while (Math.abs(bad - good) > step) {
    const middle = (good + bad) / 2;
    if (holds(middle)) good = middle;
    else bad = middle;
  }
  return good;
}

function fit(card: HTMLElement): void {
  const text = card.querySelector<HTMLElement>('.filo-text, .filo-title');
  const room = card.parentElement;
  if (!text || !room) return;
  text.style.removeProperty('inline-size');
  const at = (scale: number): void => card.style.setProperty('--filo-fit', String(scale));
  at(1);
  const { lineHeight } = getComputedStyle(text);
  const lines = Number.parseFloat(lineHeight) * Number(getComputedStyle(card).getPropertyValue('--filo-lines'));
  const inRoom = (scale: number): boolean => {
    at(scale);
    return card.offsetHeight <= room.clientHeight && card.scrollWidth <= card.clientWidth;
  };
  const inLines = (scale: number): boolean => inRoom(scale) && text.offsetHeight <= lines + 1;
  let scale = nearest(inLines, LEGIBLE, 1, STEP);
  if (!inRoom(scale)) scale = nearest(inRoom, LEAST, LEGIBLE, STEP);
  at(scale);
  hug(text);
}

/** As narrow as the same number of lines allows: no card is wider than its text, no last line a lone word. */
function hug(text: HTMLElement): void {
  const height = text.offsetHeight;
  const full = Math.ceil(text.getBoundingClientRect().width);
  const wide = (width: number): void => text.style.setProperty('inline-size', `${width}px`);
  const holds = (width: number): boolean => {
    wide(width);
    return text.offsetHeight <= height && text.scrollWidth <= text.clientWidth;
  };
  // No word is broken for it.
  text.style.setProperty('overflow-wrap', 'normal');
  if (holds(full)) wide(Math.ceil(nearest(holds, full, 0, 1)));
  else text.style.removeProperty('inline-size');
  text.style.removeProperty('overflow-wrap');
}

/** For `{@attach}`: fits the card now, and again when what decides about it has changed. */
export function fitted(card: HTMLElement): () => void {
  const again = (): void => fit(card);
  again();
  addEventListener('resize', again);
  document.fonts.addEventListener('loadingdone', again);
  // OBS adds a producer's own style once the page has loaded.
  const styles = new MutationObserver(again);
  styles.observe(document.head, { childList: true, characterData: true, subtree: true });
  return () => {
    removeEventListener('resize', again);
    document.fonts.removeEventListener('loadingdone', again);
    styles.disconnect();
  };
}
