/** The question of the test card: to a word as long as the longest one that a session takes. */
import type { Question } from '../wire';
import { words } from './words';

/** What a session takes unless it says otherwise. */
const USUAL = 400;

export function sample(characters: number = USUAL): Question & { text: string } {
  const { sentence, name, topic } = words().test;
  const whole = `${sentence} `.repeat(Math.ceil(characters / sentence.length));
  const text = `${whole.slice(0, characters - 1).replace(/[\s.,:]+\S*$/, '')}?`;
  return {
    ...{ id: 'test', number: null, text, edited: false, name, labels: [topic] },
    ...{ language: words().tag, votes: null, asked_at: 0, state: 'on_air', on_air_at: null },
    ...{ answered_at: null, answer: null, merged: [] },
  };
}
