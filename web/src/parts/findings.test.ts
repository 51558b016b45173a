import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { speak } from '../language.svelte';
import type { Finding, Verdict } from '../wire';
import { CODES, of, sureness, told } from './findings';

afterEach(() => speak('it'));

const bytes = (text: string) => new TextEncoder().encode(text).length;
function found(code: string, verdict: Verdict, text = '', what = '', more: Partial<Finding> = {}): Finding {
  const start = bytes(text.slice(0, Math.max(0, text.indexOf(what))));
  return { code, verdict, ...(what && { spans: [{ start, end: start + bytes(what) }] }), ...more };
}

/** The codes that the server's source names, without its tests. */
function named(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return name === 'tests' ? [] : named(path);
    if (!name.endsWith('.rs') || name === 'tests.rs') return [];
    const [source = ''] = readFileSync(path, 'utf8').split('#[cfg(test)]\nmod ');
    return [...source.matchAll(/"((?:LEN|FMT|EVADE|WORD|TOPIC|LINK|PII|FLOOD|DUP|LANG|NAME|AUTHOR|REVIEW|SCREEN)_[A-Z_]+)"/g)].flatMap(
      ([, code]) => code ?? [],
    );
  });
}

/** The asker is told of these; they are no findings. */
const REFUSALS = ['FLOOD_RATE', 'FLOOD_QUOTA'];

test('there is a sentence for every code that the server has', () => {
  const src = join(import.meta.dirname, '../../../src');
  const codes = new Set([...named(join(src, 'screening')), ...named(join(src, 'qa')), ...named(join(src, 'hub'))]);
  const [source = ''] = readFileSync(join(src, 'screening.rs'), 'utf8').split('#[cfg(test)]\nmod ');
  for (const [, code] of source.matchAll(/"((?:LEN|FMT|WORD|NAME|SCREEN|LANG)_[A-Z_]+)"/g)) codes.add(code ?? '');
  expect(codes.size).toBeGreaterThan(30);
  const without = [...codes].filter((code) => !REFUSALS.includes(code) && !(CODES as string[]).includes(code));
  expect(without).toEqual([]);
});

/** Known to the desk, and found by no check yet. */
const NEVER = ['TOPIC_GROUP'];

test('the document tells the sentences of the desk', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/screening.md'), 'utf8');
  const table = page.split('<!-- codes -->')[1]?.split('<!-- end -->')[0] ?? '';
  const rows = [...table.matchAll(/^\| `([A-Z_]+)` \| (pass|mask|hold|block)(?:, policy)? \| (.+) \| (.+) \|$/gm)];
  expect(rows.map(([, code]) => code).sort()).toEqual(CODES.filter((code) => !NEVER.includes(code)).sort());
  for (const [, code = '', verdict, italian, english] of rows) {
    const said = (['it', 'en'] as const).map((language) => {
      speak(language);
      return of({ code, verdict: verdict as Verdict, count: 3 }, '').sentence.replace('3', '{n}');
    });
    expect([code, ...said]).toEqual([code, italian, english]);
  }
});

test('every sentence is whole in both languages, with a word and without', () => {
  for (const code of CODES) {
    const text = 'Perché «id1ota» è qui?';
    const word = found(code, 'hold', text, 'id1ota', { evidence: 'de', count: 3 });
    const both = (['it', 'en'] as const).map((language) => {
      speak(language);
      for (const finding of [word, { code, verdict: 'hold' } as Finding]) {
        const { sentence } = of(finding, text);
        expect(sentence, `${code} ${language}`).toMatch(/^\S.{3,}\.$/);
        expect(sentence, code).not.toMatch(/undefined|null|: \.|NaN/);
      }
      return of(word, text).sentence;
    });
    expect(both[0], code).not.toBe(both[1]);
  }
});

test('a code of a newer server is said, and never swallowed', () => {
  const [one] = told({ text: 'x', name: null, findings: [found('SEEN_BY_NOBODY', 'hold')] });
  expect(one?.sentence).toContain('SEEN_BY_NOBODY');
  expect(one?.sure).toBe('likely');
});

test('the strictest comes first, notes last, and what says the same is said once', () => {
  const text = 'È UN idiota, 333 1234567 o 02 1234567: ti ammazzo';
  const all = told({
    text,
    name: 'Lucia Conti',
    findings: [
      found('FMT_SHOUTING', 'pass'),
      found('PII_PHONE', 'mask', text, '333 1234567'),
      found('PII_PHONE', 'mask', text, '02 1234567'),
      found('WORD_INSULT', 'hold', text, 'idiota', { evidence: 'idiota' }),
      found('WORD_THREAT', 'hold', text, 'ti ammazzo'),
      found('LINK_SCHEME', 'block', text, '02 1234567'),
      found('REVIEW_ASKED', 'hold'),
      found('NAME_OFFICIAL', 'hold', 'Lucia Conti', 'Lucia Conti', { in_name: true }),
    ],
  });
  expect(all.map(({ sentence }) => sentence)).toEqual([
    'Il controllo la rifiutava: chi l’ha scritta chiede che la legga una persona.',
    'Tipo di collegamento non ammesso: «02 1234567».',
    'Il nome è quello di chi risponde: «Lucia Conti».',
    'Minaccia: «ti ammazzo».',
    'Insulto: «idiota».',
    'C’era un numero di telefono: è oscurato (2 volte).',
    'Quasi tutto in maiuscolo.',
  ]);
  expect(all.map(({ sure }) => sureness(sure))).toEqual(['', 'certo', 'certo', 'probabile', 'certo', 'probabile', 'certo']);
  expect(all[5]?.spans).toHaveLength(2);
});

test('a word behind a disguise is likely, the same word in the open certain', () => {
  const text = 'Che id1ota, davvero un idiota';
  const findings = [
    found('WORD_INSULT', 'hold', text, 'id1ota', { evidence: 'idiota' }),
    found('EVADE_DISGUISED', 'hold', text, 'id1ota', { evidence: 'idiota' }),
    found('WORD_INSULT', 'hold', text, 'idiota', { evidence: 'idiota' }),
  ];
  const all = told({ text, name: null, findings });
  expect(all.map(({ sentence, sure }) => `${sure} ${sentence}`)).toEqual([
    'certain Insulto: «idiota».',
    'likely Insulto: «id1ota».',
    'likely Parola camuffata: «id1ota» si legge «idiota».',
  ]);
});

test('what is found in a name is said to be there, where nothing is hidden', () => {
  const name = 'Anna 333 1234567';
  const [one] = told({ text: 'x', name, findings: [found('PII_PHONE', 'hold', name, '333 1234567', { in_name: true })] });
  expect(one?.sentence).toBe('Nel nome: c’è un numero di telefono: «333 1234567».');
});

test('a long quote is cut, a language has its name', () => {
  const text = 'parola '.repeat(40).trim();
  expect(of(found('WORD_THREAT', 'hold', text, text), text).sentence.length).toBeLessThan(90);
  expect(of(found('LANG_UNEXPECTED', 'pass', '', '', { evidence: 'de 0.98' }), '').sentence).toBe(
    'Sembra scritta in un’altra lingua: tedesco.',
  );
});
