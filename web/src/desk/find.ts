/** Search in what the desk holds: a number finds its question, words find the texts that have them all. Pure. */
import type { DeskQuestion } from '../wire';

/** Bound: results drawn. */
export const FOUND = 20;

/** Without case and accents: who searches in a hurry types none. */
const plain = (text: string): string => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();

export function find(questions: Iterable<DeskQuestion>, wanted: string): DeskQuestion[] {
  const text = plain(wanted.trim());
  if (text === '') return [];
  const number = /^#?(\d+)$/.exec(text)?.[1];
  const words = text.split(/\s+/);
  const found = [];
  for (const question of questions) {
    if (number !== undefined && question.number === Number(number)) found.unshift(question);
    else {
      const held = plain(`${question.text ?? ''} ${question.original ?? ''} ${question.name ?? ''}`);
      if (words.every((word) => held.includes(word))) found.push(question);
    }
  }
  return found.slice(0, FOUND);
}
