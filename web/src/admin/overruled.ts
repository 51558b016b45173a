/** How often moderators decided otherwise than screening: what is worth looking at, and which entries to take out. Pure. */
import type { HeldReason } from '../wire';

/** Fewer decisions than this say nothing of an entry. */
const ENOUGH = 3;
/** An entry that is wrong more often than this costs more reading than it saves. */
const WRONG = 2 / 3;

/** An entry of the organiser's lists that holds what moderators then approve. */
export const isWorthRemoving = ({ entry, overruled, upheld }: HeldReason): boolean =>
  entry !== undefined && overruled + upheld >= ENOUGH && overruled / (overruled + upheld) >= WRONG;

/** Those to take out first, then what held most. */
export const inOrder = (rows: readonly HeldReason[]): HeldReason[] =>
  [...rows].sort((a, b) => Number(isWorthRemoving(b)) - Number(isWorthRemoving(a)) || b.held - a.held || (a.code < b.code ? -1 : 1));
