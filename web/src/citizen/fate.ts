/** What has become of one's own question, in words: where it stands, why, and what to do. */
import type { OwnQuestion, Session } from '../wire';
import { words } from './words';

export interface Fate {
  is: string;
  /** What the desk added. */
  note: string | null;
  todo: string | null;
  tone: 'waiting' | 'good' | 'air' | 'no' | 'quiet';
}

export function fate(own: OwnQuestion, session: Session | null, contact: string | null, now: number): Fate {
  const say = words();
  const told = (tone: Fate['tone'], is: string, todo: string | null = null, note: string | null = null): Fate => ({
    ...{ is, note, todo, tone },
  });
  const writeTo = contact ? say.writeTo(contact) : null;
  if (session?.state === 'ended' && ['pending', 'approved', 'queued'].includes(own.state)) {
    return told('quiet', say.notReached(session.starts_at ?? own.asked_at, now), writeTo);
  }
  switch (own.state) {
    case 'pending':
      return told('waiting', say.pending);
    case 'approved':
      return told('good', say.approved);
    case 'queued':
      return told('good', say.queued);
    case 'on_air':
      return told('air', say.yoursOnAir);
    case 'answered':
      return told('good', say.answeredAt(own.answered_at ?? 0));
    case 'dismissed': {
      const reason = say.reasons[own.reason?.code ?? 'other'];
      const note = own.reason?.note ? say.desk(own.reason.note) : null;
      const todo = session?.state === 'open' ? reason.todo : writeTo;
      return told('no', say.dismissed(reason.why), todo, note);
    }
    case 'withdrawn':
      return told('quiet', say.withdrawn);
    case 'merged':
      return told('good', say.merged);
  }
}
