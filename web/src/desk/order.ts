/**
 * In which order the approved ones are looked at. Pure.
 *
 * `fair`: everybody's first question before anybody's second, those with most votes first among
 * them. So a group that sends many does not own the hour.
 */
import type { DeskQuestion, Order, PersonId } from '../wire';

/** A question of a list that stands still; `gone`: it is not of the list any more. */
export interface Row {
  readonly question: DeskQuestion;
  readonly gone: boolean;
}

/**
 * A list that stands still under a hand or an eye: votes move nothing, what is new comes last, and
 * what has gone leaves its place empty as long as a pointer could be on its way to what is below.
 */
export class Steady {
  #rows: readonly Row[] = [];

  look(now: readonly DeskQuestion[], isHeld: boolean, byHand: boolean): readonly Row[] {
    const rows: Row[] = [];
    const rest = new Map(now.map((question) => [question.id, question]));
    for (const { question } of isHeld ? this.#rows : []) {
      const here = rest.get(question.id);
      if (here || byHand) rows.push({ question: here ?? question, gone: !here });
      rest.delete(question.id);
    }
    for (const question of rest.values()) rows.push({ question, gone: false });
    this.#rows = rows;
    return rows;
  }
}

const votes = (question: DeskQuestion): number => question.votes ?? 0;
const byVotes = (a: DeskQuestion, b: DeskQuestion): number => votes(b) - votes(a) || (b.number ?? 0) - (a.number ?? 0);
const byNumber = (a: DeskQuestion, b: DeskQuestion): number => (b.number ?? 0) - (a.number ?? 0);

/** Has had, or is about to have, its moment. */
const isTaken = ({ state }: DeskQuestion): boolean => ['queued', 'on_air', 'answered'].includes(state);

export function ordered(questions: Iterable<DeskQuestion>, order: Order): DeskQuestion[] {
  const all = [...questions];
  const approved = all.filter(({ state }) => state === 'approved');
  if (order === 'new') return approved.sort(byNumber);
  approved.sort(byVotes);
  if (order === 'top') return approved;
  const turns = new Map<PersonId, number>();
  const turn = ({ person }: DeskQuestion): number => {
    if (person === null) return 0;
    const before = turns.get(person) ?? 0;
    turns.set(person, before + 1);
    return before;
  };
  all.filter(isTaken).forEach(turn);
  const placed = approved.map((question) => ({ question, turn: turn(question) }));
  return placed.sort((a, b) => a.turn - b.turn).map(({ question }) => question);
}
