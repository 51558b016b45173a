/**
 * What a screen shows, and how long it may be believed. Pure.
 *
 * A screen keeps its picture through a lost line, for ten seconds. What is on it does not change
 * under anybody's eyes: a text that was corrected meanwhile waits until somebody asks for it; one
 * that was taken back goes at once.
 */
import type { Board } from './board';
import type { OnAir, Question, QuestionId, Rev, Timestamp } from './wire';

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

/** Whether a screen that last heard its server then may still be believed. */
export const isBelieved = (heardAt: number, now: number): boolean => now - heardAt < BELIEVED_MS;

/** After an unclean stop of the server: what was on air then, until somebody confirms it. */
export const unconfirmed = (onAir: OnAir & { unconfirmed?: QuestionId }): QuestionId | null => onAir.unconfirmed ?? null;
