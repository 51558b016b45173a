/** How a part of a text is marked at the desk. Pure. */
import type { Told } from '../parts/findings';
import type { Span } from '../spans';

/** `differs`: from the question beside it. The others are findings. */
export type Mark = 'certain' | 'likely' | 'masked' | 'noted' | 'differs';

const HEAVY: readonly Mark[] = ['noted', 'masked', 'differs', 'likely', 'certain'];

/** Of several marks on the same part, the one that shows. */
export const heaviest = (marks: readonly Mark[]): Mark =>
  marks.reduce((one, other) => (HEAVY.indexOf(other) > HEAVY.indexOf(one) ? other : one));

/** What was found, as marks in the text or in the name. */
export const marksOf = (found: readonly Told[], inName: boolean): (readonly [Span, Mark])[] =>
  found.filter((one) => one.inName === inName).flatMap((one) => one.spans.map((span) => [span, markOf(one)] as const));

const markOf = ({ verdict, masked, sure }: Told): Mark => (verdict === 'pass' ? 'noted' : masked ? 'masked' : (sure ?? 'noted'));
