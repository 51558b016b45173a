import { expect, test } from 'vitest';
import type { DeskQuestion, Finding } from '../wire';
import { brief } from './brief';
import { heaviest, marksOf } from './marks';
import { told } from '../parts/findings';

const asked = (findings: Finding[], more: object = {}) => ({ text: 'Che idiota!', name: 'Anna', findings, ...more }) as DeskQuestion;
const insult: Finding = { code: 'WORD_INSULT', verdict: 'hold', spans: [{ start: 4, end: 10 }] };
const phone: Finding = { code: 'PII_PHONE', verdict: 'hold', spans: [{ start: 0, end: 3 }] };
const shouted: Finding = { code: 'FMT_SHOUTING', verdict: 'pass' };

test('a line says why one waits, and no more than that', () => {
  expect(brief(asked([]))).toBe('');
  expect(brief(asked([shouted, { ...phone, verdict: 'mask' }]))).toBe('');
  expect(brief(asked([shouted, insult]))).toBe('Insulto: «idiota»');
  expect(brief(asked([insult, phone]))).toBe('Insulto: «idiota» · e 1 altra segnalazione');
  expect(brief(asked([{ code: 'FLOOD_CAMPAIGN', verdict: 'hold', count: 7 }], { campaign: { id: 'x', people: 7 } }))).toBe(
    'quasi uguale da 7 persone',
  );
});

test('what stands in the place of something is marked as such, also where the text is held for it', () => {
  const found = told(asked([insult, phone, { ...insult, in_name: true, spans: [{ start: 0, end: 4 }] }]));
  expect(marksOf(found, false).map(([, mark]) => mark)).toEqual(['certain', 'masked']);
  expect(marksOf(found, true).map(([, mark]) => mark)).toEqual(['certain']);
  expect(heaviest(['noted', 'certain', 'masked'])).toBe('certain');
});
