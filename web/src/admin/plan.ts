import type { InvitationBody, Session } from '../wire';

/** What the press office can do with the evening as a whole. */
export type Action =
  | 'publish' | 'unpublish' | 'complete-city' | 'open' | 'close' | 'resume' | 'end' | 'take-record'
  | 'reopen';

/** The steps of an evening, in order. */
export const STEPS = ['draft', 'scheduled', 'open', 'closed', 'ended'] as const;

/** The next step, which is the one filled button, and what else is possible. */
export interface Plan {
  next: Action;
  others: Action[];
}

/** A rehearsal needs no city to open. */
const cityBlocks = (session: Session, missing: readonly string[]) => !session.rehearsal && missing.length > 0;

/** What comes next in an evening. */
export function plan(session: Session, missing: readonly string[]): Plan {
  const blocked = cityBlocks(session, missing);
  switch (session.state) {
    case 'draft':
      return { next: 'publish', others: blocked ? [] : ['open'] };
    case 'scheduled':
      return blocked
        ? { next: 'complete-city', others: ['unpublish'] }
        : { next: 'open', others: ['unpublish'] };
    case 'open':
      return { next: 'close', others: [] };
    case 'closed':
      return { next: 'end', others: ['resume'] };
    case 'ended':
      return { next: 'take-record', others: ['reopen'] };
  }
}

/** One line of what is there and what is missing. */
export interface Line {
  what: 'city' | 'time' | 'officials' | 'labels' | 'stream' | 'moderator' | 'moderator-came' | 'official';
  done: boolean;
  /** Without it the session does not open; anything else it can do without. */
  needed: boolean;
}

/** What is still missing, in the order in which one sees to it. */
export function lines(session: Session, missing: readonly string[], invitations: readonly InvitationBody[]): Line[] {
  const invited = (role: InvitationBody['role']) => invitations.filter((one) => one.role === role);
  const moderators = invited('moderator');
  const line = (what: Line['what'], done: boolean, needed = false): Line => ({ what, done, needed });
  return [
    line('city', missing.length === 0, !session.rehearsal),
    line('time', session.starts_at !== null),
    line('officials', session.officials.length > 0),
    line('labels', session.labels.length > 0),
    line('moderator', moderators.length > 0),
    ...(moderators.length > 0 ? [line('moderator-came', moderators.some((one) => one.used > 0))] : []),
    line('official', invited('official').length > 0),
    line('stream', session.stream !== null),
  ];
}

/** Whether an ended session still takes changes of this kind: it takes none. */
export const takesChanges = (session: Session) => session.state !== 'ended';
