import { told } from '../parts/findings';
import type { DeskQuestion } from '../wire';
import { words } from './words';

/** What a line of a list says of one that waits: its group, and the strictest of what was found. */
export function brief(question: DeskQuestion): string {
  const say = words();
  // What was masked is seen in the text.
  const held = told(question).filter(({ verdict, code }) => (verdict === 'hold' || verdict === 'block') && code !== 'FLOOD_CAMPAIGN');
  const [first] = held;
  return [
    question.campaign && say.inGroup(question.campaign.people),
    first && first.sentence.replace(/\.$/, ''),
    held.length > 1 && say.andMore(held.length - 1),
  ].filter(Boolean).join(' · ');
}
