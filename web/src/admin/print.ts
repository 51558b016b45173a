import { flushSync } from 'svelte';

/** Prints what `mark` has marked, and takes the mark away when the paper is done. */
export function print(mark: () => void, unmark: () => void): void {
  addEventListener('afterprint', unmark, { once: true });
  flushSync(mark);
  globalThis.print();
}
