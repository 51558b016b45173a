/**
 * The questions that wait to be judged, and the one that is being read. Pure.
 *
 * Who has waited longest comes first. What is being read is kept as it was when the moderator began
 * to read it: whatever happens to it meanwhile, no key ever meets another text than the one that was
 * before somebody's eyes.
 */
import type { DeskQuestion, QuestionId } from '../wire';

/** Bound: questions drawn below the one that is being read. The others are a number. */
export const DRAWN = 12;

type Asked = Pick<DeskQuestion, 'id' | 'asked_at'>;

const later = (a: Asked, b: Asked): number => a.asked_at - b.asked_at || (a.id < b.id ? -1 : Number(a.id > b.id));

/** Everything that waits, the oldest first, without what somebody here has just decided. */
export const inOrder = (
  questions: Iterable<DeskQuestion>,
  decided: ReadonlySet<QuestionId> | ReadonlyMap<QuestionId, unknown>,
): DeskQuestion[] =>
  [...questions].filter((question) => question.state === 'pending' && !decided.has(question.id)).sort(later);

/** The one after, and from the last on the first again: nobody is left behind. */
export const next = (order: readonly DeskQuestion[], from: Asked | null): DeskQuestion | null =>
  (from && order.find((question) => later(question, from) > 0)) ?? order.find(({ id }) => id !== from?.id) ?? null;

export const previous = (order: readonly DeskQuestion[], from: Asked | null): DeskQuestion | null =>
  (from && order.findLast((question) => later(question, from) < 0)) ?? order.findLast(({ id }) => id !== from?.id) ?? null;

/**
 * One of each group of nearly the same texts, so that a campaign does not hide everybody else; none of
 * the group of what is being read.
 */
export function apart(order: readonly DeskQuestion[], read: DeskQuestion | null): DeskQuestion[] {
  const seen = new Set(read?.campaign ? [read.campaign.id] : []);
  return order.filter(({ campaign }) => {
    if (!campaign) return true;
    if (seen.has(campaign.id)) return false;
    seen.add(campaign.id);
    return true;
  });
}

/** What became of the question that is being read, meanwhile and elsewhere. */
export type Meanwhile = 'nothing' | 'changed' | 'decided' | 'withdrawn' | 'gone';

export function meanwhile(read: DeskQuestion, now: DeskQuestion | undefined): Meanwhile {
  if (!now) return 'gone';
  if (now.state === 'withdrawn') return 'withdrawn';
  if (now.state !== 'pending') return 'decided';
  return now.rev === read.rev ? 'nothing' : 'changed';
}
