/**
 * What a page knows of a session, and the one way in which it changes. Pure: every story is a test
 * without a browser. Each page holds what its audience is sent: `Asked` is what a question is there.
 */
import type {
  Change, OnAir, OwnQuestion, Question, QuestionId, Screen, ServerMessage, Session, State,
} from './wire';
import type { Snapshot } from './standing';

export interface Board<Asked extends Question = Question> {
  readonly session: Session | null;
  readonly onAir: OnAir;
  /** The running order; desk and stage. */
  readonly queue: readonly QuestionId[];
  readonly questions: ReadonlyMap<QuestionId, Asked>;
  /** What each screen says it shows, and when that was heard here; desk and stage. */
  readonly screens: readonly Screen[];
  readonly screensAt: number;
  /** One's own, in every state. */
  readonly mine: ReadonlyMap<QuestionId, OwnQuestion>;
  /** What one supports. */
  readonly votes: ReadonlyMap<QuestionId, boolean>;
  readonly present: number | null;
  /** What comes next of one's own is all there is: a seat has just been taken. */
  readonly mineIsWhole: boolean;
  /** Counts what replaced everything; whoever keeps a list of its own begins it anew. */
  readonly snapshots: number;
}

export const emptyBoard: Board<never> = {
  session: null,
  onAir: { id: null, since: null, rev: 0 },
  queue: [],
  questions: new Map<QuestionId, never>(),
  screens: [],
  screensAt: 0,
  mine: new Map(),
  votes: new Map(),
  present: null,
  mineIsWhole: false,
  snapshots: 0,
};

/**
 * Bound: questions that a citizen's page holds; a long evening has thousands. What falls out is what a
 * snapshot would leave out, too, and is read page by page from the server.
 */
export const MOST = 400;
const KEPT = { top: 150, new: 100, answered: 50 };

/**
 * The public board as it was read now, for who has no seat. What is shown stays under the finger as
 * with an update, and what the board does not hold is not shown: it may have been taken back.
 */
export function withBoard(board: Board, snapshot: Snapshot): Board {
  const read = reduce(board, snapshot);
  return board.session === null ? read : { ...read, snapshots: board.snapshots };
}

/** Folds one message in. Applying one twice is harmless. */
export function reduce<Asked extends Question>(board: Board<Asked>, message: ServerMessage): Board<Asked> {
  switch (message.type) {
    case 'welcome':
      return { ...board, session: message.session, mineIsWhole: true };
    case 'snapshot':
      return {
        ...board,
        session: message.session,
        onAir: message.on_air,
        queue: message.queue,
        questions: byId(message.questions as Asked[]),
        snapshots: board.snapshots + 1,
      };
    case 'update':
      return message.changes.reduce<Board<Asked>>(changed, board);
    case 'hush': {
      const onAir = board.onAir.id === message.id ? { ...board.onAir, id: null, since: null } : board.onAir;
      return { ...board, onAir, questions: without(board.questions, message.id) };
    }
    case 'mine': {
      const [mine, votes] = board.mineIsWhole ? [new Map(), new Map()] : [new Map(board.mine), new Map(board.votes)];
      for (const question of message.questions) mine.set(question.id, question);
      for (const [id, on] of Object.entries(message.votes)) votes.set(id, on);
      return { ...board, mine, votes, mineIsWhole: false };
    }
    case 'tally': {
      const questions = new Map(board.questions);
      for (const [id, votes] of Object.entries(message.votes)) {
        const question = questions.get(id);
        if (question && question.votes !== votes) questions.set(id, { ...question, votes });
      }
      return { ...board, questions, present: message.present };
    }
    case 'screens':
      return { ...board, screens: message.screens, screensAt: Date.now() };
    default:
      // Replies are no part of the board; a newer server says more than this page knows.
      return board;
  }
}

/** Questions read page by page; what the line has told since is newer. */
export function withPage(board: Board, page: readonly Question[]): Board {
  const questions = new Map(board.questions);
  for (const question of page) if (!questions.has(question.id)) questions.set(question.id, question);
  return { ...board, questions };
}

function changed<Asked extends Question>(board: Board<Asked>, change: Change): Board<Asked> {
  if ('question' in change) {
    const questions = new Map(board.questions).set(change.question.id, change.question as Asked);
    return { ...board, questions };
  }
  if ('gone' in change) return { ...board, questions: without(board.questions, change.gone) };
  if ('on_air' in change) return { ...board, onAir: change.on_air };
  if ('queue' in change) return { ...board, queue: change.queue };
  if ('session' in change) return { ...board, session: change.session };
  return board;
}

/** Without what a citizen's page would have to forget. */
export function bounded(board: Board): Board {
  if (board.questions.size <= MOST) return board;
  const keep = new Set<QuestionId>(board.onAir.id ? [board.onAir.id] : []);
  for (const order of ['top', 'new', 'answered'] as const) {
    for (const id of listed(board, order).slice(0, KEPT[order])) keep.add(id);
  }
  const questions = new Map([...board.questions].filter(([id]) => keep.has(id)));
  return { ...board, questions };
}

export type Listed = 'top' | 'new' | 'answered';

/** The ids of one list, in its order. */
export function listed(board: Board, order: Listed): QuestionId[] {
  const wanted: readonly State[] = order === 'answered' ? ['answered'] : ['approved', 'queued', 'on_air'];
  const key = (question: Question): number =>
    (order === 'top' ? question.votes : order === 'new' ? question.number : question.answered_at) ?? 0;
  return [...board.questions.values()]
    .filter((question) => wanted.includes(question.state))
    .sort((a, b) => key(b) - key(a) || (a.id < b.id ? 1 : -1))
    .map((question) => question.id);
}

/** Which of one's own questions this one is, or carries since they were joined. */
export function ownIn(board: Board, question: Question): OwnQuestion | undefined {
  return [question.id, ...question.merged].map((id) => board.mine.get(id)).find((own) => own !== undefined);
}

const byId = <Asked extends Question>(questions: readonly Asked[]): Map<QuestionId, Asked> =>
  new Map(questions.map((question) => [question.id, question]));

function without<Asked>(questions: ReadonlyMap<QuestionId, Asked>, id: QuestionId): ReadonlyMap<QuestionId, Asked> {
  if (!questions.has(id)) return questions;
  const rest = new Map(questions);
  rest.delete(id);
  return rest;
}
