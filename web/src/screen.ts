/**
 * What a screen shows, and how long it may be believed. Pure.
 *
 * A screen keeps its picture through a lost line, for ten seconds. What is on it does not change
 * under anybody's eyes: a text that was corrected meanwhile waits until somebody asks for it; one
 * that was taken back goes at once.
 */
import type { Board } from './board';
import type { Question, Rev, ServerMessage, Timestamp } from './wire';

/** One question on a screen, in the words it was put there with. */
export interface Picture<Asked extends Question = Question> {
  readonly question: Asked;
  /** The stage's revision: which showing of it this is. */
  readonly rev: Rev;
  readonly since: Timestamp | null;
  /** As it is worded now, where that is not what is shown. */
  readonly corrected: Asked | null;
}

/** How long a screen that hears nothing keeps its picture. */
export const BELIEVED_MS = 10_000;
/** How often a screen says what it shows, though nothing has changed. */
export const REPORT_MS = 10_000;

/** What is to be seen after this board, given what is seen now. */
export function pictureOf<Asked extends Question>(board: Board<Asked>, before: Picture<Asked> | null): Picture<Asked> | null {
  const { id, rev, since } = board.onAir;
  const question = id === null ? undefined : board.questions.get(id);
  if (!question || question.text === null) return null;
  if (before === null || before.question.id !== id || before.rev !== rev) return { question, rev, since, corrected: null };
  const same = before.question.text === question.text;
  // Votes and labels move all the time, and nobody reads them there: they are as they were.
  return { ...before, since, corrected: same ? null : question };
}

/** The corrected words, once somebody has asked for them. */
export const withCorrection = <Asked extends Question>(picture: Picture<Asked>): Picture<Asked> =>
  picture.corrected ? { ...picture, question: picture.corrected, corrected: null } : picture;

/**
 * Whether a screen may believe what it knows: as long as it hears its server. After a silence, it
 * knows again what is on air only with what it has missed, which `tally` stands behind.
 */
export class Belief {
  #heardAt = Number.NEGATIVE_INFINITY;
  #whole = false;

  hears(type: ServerMessage['type'], at: number): void {
    if (!this.holds(at)) this.#whole = false;
    this.#heardAt = at;
    if (type === 'snapshot' || type === 'tally') this.#whole = true;
  }

  holds(now: number): boolean {
    return this.#whole && now - this.#heardAt < BELIEVED_MS;
  }
}
