/**
 * Where the browser's focus goes when what had it goes away. Left alone it would go nowhere, and the
 * next key would meet another question than the one that was meant.
 */

/** Left alone, and asked for. */
export interface Elsewhere {
  /** Whether this desk has just done something with it. */
  isOurs: (question: string) => boolean;
  /** Back to the question that is being read. */
  read: () => void;
}

/** Keeps it inside `root`; what it returns ends that. */
export function keepsFocus(root: HTMLElement, { isOurs, read }: Elsewhere): () => void {
  let last: HTMLElement | null = null;
  let byHand = false;
  let neighbours: HTMLElement[] = [];
  const focused = (event: FocusEvent) => {
    last = event.target as HTMLElement;
    neighbours = beside(last);
  };
  const pointed = () => {
    byHand = true;
    last = null;
  };
  const keyed = () => {
    byHand = false;
    neighbours = beside(last);
  };

  const observer = new MutationObserver((records) => {
    if (!last || document.activeElement !== document.body) return;
    // It was only moved.
    if (last.isConnected) return last.focus();
    const record = records.find(({ removedNodes }) => [...removedNodes].some((node) => node.contains(last)));
    if (!record) return;
    const card = last.closest<HTMLElement>('[data-question]');
    const place = record.target as HTMLElement;
    const heading = place.closest('section')?.querySelector<HTMLElement>('h2');
    if (!card || card.isConnected || place.closest('[data-question]')) {
      // A button or a field has gone, and its question is still there.
      return (place.closest<HTMLElement>('[data-question][tabindex]') ?? heading)?.focus();
    }
    // What went by somebody else's hand: a key on its way must not meet the question beside it.
    if (!isOurs(card.dataset.question ?? '')) heading?.focus();
    else if (byHand) read();
    else (neighbours.find((card) => card.isConnected && place.contains(card)) ?? heading)?.focus();
  });

  root.addEventListener('focusin', focused);
  root.addEventListener('pointerdown', pointed, true);
  addEventListener('keydown', keyed, true);
  observer.observe(root, { childList: true, subtree: true });
  return () => {
    observer.disconnect();
    root.removeEventListener('focusin', focused);
    root.removeEventListener('pointerdown', pointed, true);
    removeEventListener('keydown', keyed, true);
  };
}

/** The other questions of its list: those after it, then those before it. */
function beside(element: HTMLElement | null): HTMLElement[] {
  const card = element?.closest<HTMLElement>('[data-question]');
  const all = [...(card?.parentElement?.querySelectorAll<HTMLElement>(':scope > [data-question]') ?? [])];
  const at = card ? all.indexOf(card) : -1;
  return at < 0 ? [] : [...all.slice(at + 1), ...all.slice(0, at).reverse()];
}
