/** Whether somebody is at the page: reading, typing, watching. For what should happen unnoticed. */

/** Who reads scrolls, moves or types now and then; whoever has done nothing for so long only listens. */
export const STILL_MS = 20_000;

const TOUCHES = ['pointerdown', 'pointermove', 'keydown', 'input', 'wheel', 'touchmove', 'scroll'] as const;

/** Listens from now on; the answer is whether nobody is at it. */
export function untouched(): () => boolean {
  let touched = Date.now();
  for (const touch of TOUCHES) {
    document.addEventListener(touch, () => (touched = Date.now()), { capture: true, passive: true });
  }
  return () => !isUsed() && (document.visibilityState === 'hidden' || Date.now() - touched > STILL_MS);
}

/** Something is open, is being written or plays: with the page it would be gone. */
function isUsed(): boolean {
  return (
    document.activeElement?.matches('input, textarea, select') === true ||
    [...document.querySelectorAll('textarea')].some((field) => field.value !== '') ||
    document.querySelector('dialog[open], iframe, video') !== null ||
    document.fullscreenElement !== null
  );
}
