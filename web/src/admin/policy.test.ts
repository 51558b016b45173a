import { describe, expect, test } from 'vitest';
import fixture from '../../../tests/fixtures/wire/http-session.json';
import { PRESETS, type Policy, type Preset } from '../wire';
import { presetFields, presetOf, toChange, toForm, wrong, type PolicyForm } from './policy';

const policy: Policy = {
  ...(fixture.policy as Policy), moderation: 'pre', hold_s: 0, min_chars: 8, max_chars: 400, open_questions: 3,
  questions: 10, slow_s: 30, links: 'hold', languages: ['it', 'en'], duplicates: 'both',
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
    expect(PRESETS[preset]).toMatchObject(toChange(presetFields(preset, policy)));
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
