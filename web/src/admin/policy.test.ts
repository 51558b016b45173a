import { describe, expect, test } from 'vitest';
import fixture from '../../../tests/fixtures/wire/http-session.json';
import { PRESETS, type Policy, type Preset } from '../wire';
import { entries, presetFields, presetOf, SECTIONS, toChange, toForm, wrong, type PolicyForm } from './policy';

const policy: Policy = {
  ...(fixture.policy as Policy), moderation: 'pre', hold_s: 0, min_chars: 8, max_chars: 400, open_questions: 3,
  questions: 10, slow_s: 30, links: 'hold', languages: ['it', 'en'], duplicates: 'both',
  link_hosts: ['gov.it'], personal_data: 'mask', words_noted: [], other_languages: 'note', words_block: [], words_hold: [],
  words_allow: [], contacts: [], history: 3, campaign_people: 5, campaign_minutes: 5,
};

describe('a preset', () => {
  test('is recognised by its knobs alone', () => {
    expect(presetOf(toForm(policy), policy)).toBe('balanced');
    expect(presetOf(toForm({ ...policy, votes: 'hidden', order: 'new', before_start: true }), policy)).toBe('balanced');
    expect(presetOf(toForm({ ...policy, slow_s: 31 }), policy)).toBeNull();
  });

  test.each(Object.keys(PRESETS) as Preset[])('%s sends what it promises, and nothing that the server would refuse', (preset) => {
    const form: PolicyForm = { ...toForm(policy), ...presetFields(preset, policy) };
    expect(presetOf(form, policy)).toBe(preset);
    expect(wrong(form)).toEqual({});
    expect(toChange(presetFields(preset, policy))).toEqual(PRESETS[preset]);
  });
});

describe('a number', () => {
  const found = (change: Partial<PolicyForm>) => Object.keys(wrong({ ...toForm(policy), ...change }));

  test('is told beside its field where it is out of bounds', () => {
    expect(found({ max_chars: '1001' })).toEqual(['max_chars']);
    expect(found({ max_chars: '' })).toEqual(['max_chars']);
    expect(found({ hold_s: '-1' })).toEqual(['hold_s']);
    expect(found({ hold_s: '2,5' })).toEqual(['hold_s']);
    expect(found({ questions: '0' })).toEqual(['questions']);
    expect(found({ min_chars: '300', max_chars: '280' })).toEqual(['min_chars']);
    expect(found({ hold_s: '300', slow_s: ' 86400 ', questions: '1' })).toEqual([]);
  });

  test('that is left out lifts a limit', () => {
    expect(found({ slow_s: '', questions: '', open_questions: '' })).toEqual([]);
    expect(toChange({ slow_s: '', hold_s: '5' })).toEqual({ slow_s: null, hold_s: 5 });
    expect(toChange({ keep_days: '' })).toEqual({ keep_days: null });
    expect(toChange({ keep_days: '90' })).toEqual({ keep_days: 90 });
    expect(found({ keep_days: '0' })).toEqual(['keep_days']);
  });
});

test('languages are read as people write them', () => {
  expect(toChange({ languages: 'it, en;de  sl' })).toEqual({ languages: ['it', 'en', 'de', 'sl'] });
  expect(toChange({ languages: '' })).toEqual({ languages: [] });
  expect(wrong({ ...toForm(policy), languages: 'italiano' })).toEqual({ languages: { languages: true } });
});

test('a list is read a line at a time, or as a spreadsheet gives it', () => {
  expect(entries('words_hold', ' uno\n\ndue  parole \nUNO\n')).toEqual(['uno', 'due parole']);
  expect(entries('words_hold', '"uno";due,tre\tquattro*')).toEqual(['uno', 'due', 'tre', 'quattro*']);
  expect(entries('contacts', 'Via Roma 1, 20100 Milano\n02 0202')).toEqual(['Via Roma 1, 20100 Milano', '02 0202']);
  expect(toChange({ words_block: 'uno\ndue', contacts: '' })).toEqual({ words_block: ['uno', 'due'], contacts: [] });
});

describe('an entry', () => {
  const found = (change: Partial<PolicyForm>) => wrong({ ...toForm(policy), ...change });
  const fits = (field: 'words_hold' | 'link_hosts' | 'contacts', text: string) => found({ [field]: text })[field] === undefined;

  test.each(['parola', 'due parole', 'brutt*', 'già', 'perché no', 'l’altro', 'C3PO'])('"%s" can be held', (text) => {
    expect(fits('words_hold', text)).toBe(true);
  });

  test.each(['*', 'a*', '**', 'a*b', '…', 'x'.repeat(61), 'brutt *'])('"%s" cannot', (text) => {
    expect(fits('words_hold', text)).toBe(false);
  });

  test('names a site without its scheme and its path', () => {
    for (const host of ['gov.it', 'comune.example.it', 'città.it']) expect(fits('link_hosts', host), host).toBe(true);
    for (const host of ['https://gov.it', 'gov', 'gov.it/tari', '-a.it', 'a..it', '10.0.0.1']) expect(fits('link_hosts', host), host).toBe(false);
    expect(found({ contacts: '---' }).contacts).toEqual({ entry: { text: '---', chars: 120, field: 'contacts' } });
  });

  test('has two hundred and ninety-nine others beside it, and no more', () => {
    const words = (n: number) => Array.from({ length: n }, (_, at) => `parola${at}`).join('\n');
    expect(fits('words_hold', words(300))).toBe(true);
    expect(found({ words_hold: words(301) }).words_hold).toEqual({ list: { most: 300 } });
  });
});

test('every rule has its place, and only one', () => {
  const placed = Object.values(SECTIONS).flat() as string[];
  expect([...placed].sort()).toEqual(Object.keys(toForm(policy)).sort());
});
