import { describe, expect, test } from 'vitest';
import { changed, clashes, isEmpty, keep, kept, saved, shown, typed, without, type Draft } from './draft';

interface Fields { title: string; labels: string[] }
const server: Fields = { title: 'Bilancio', labels: ['Scuola'] };
const none: Draft<Fields> = {};

describe('what somebody has typed', () => {
  test('is shown and sent, and nothing else is', () => {
    const draft = typed(none, server, 'title', 'Bilancio 2027');
    expect(shown(draft, server)).toEqual({ title: 'Bilancio 2027', labels: ['Scuola'] });
    expect(changed(draft, server)).toEqual({ title: 'Bilancio 2027' });
  });

  test('is no change once it is as it was', () => {
    const draft = typed(typed(none, server, 'labels', []), server, 'labels', ['Scuola']);
    expect(isEmpty(draft)).toBe(true);
  });

  test('lets in what others change elsewhere', () => {
    const draft = typed(none, server, 'title', 'Bilancio 2027');
    const theirs = { ...server, labels: ['Mobilità'] };
    expect(shown(draft, theirs)).toEqual({ title: 'Bilancio 2027', labels: ['Mobilità'] });
    expect(clashes(draft, theirs)).toEqual([]);
  });

  test('stays when somebody changes the same field, and both are known', () => {
    let draft = typed(none, server, 'title', 'Bilancio 2027');
    const theirs = { ...server, title: 'Bilancio, seconda serata' };
    expect(clashes(draft, theirs)).toEqual(['title']);
    draft = typed(draft, theirs, 'title', 'Bilancio 2027!');
    expect(clashes(draft, theirs), 'typing on does not hide it').toEqual(['title']);
    expect(shown(draft, theirs).title).toBe('Bilancio 2027!');
    expect(shown(without(draft, 'title'), theirs).title).toBe('Bilancio, seconda serata');
  });

  test('is no clash when both wrote the same', () => {
    const draft = typed(none, server, 'title', 'Altro');
    expect(clashes(draft, { ...server, title: 'Altro' })).toEqual([]);
    expect(changed(draft, { ...server, title: 'Altro' })).toEqual({});
  });

  test('while a save was under way is kept beyond it', () => {
    let draft = typed(none, server, 'title', 'Uno');
    const sent = changed(draft, server);
    draft = typed(draft, server, 'title', 'Uno e due');
    draft = typed(draft, server, 'labels', ['Verde']);
    const after = { ...server, title: 'Uno' };
    const left = saved(draft, sent, after);
    expect(changed(left, after)).toEqual({ title: 'Uno e due', labels: ['Verde'] });
    expect(clashes(left, after), 'our own save is nobody else').toEqual([]);
  });

  test('ends with a save that the server wrote its own way', () => {
    const draft = typed(none, server, 'title', '  Uno ');
    expect(isEmpty(saved(draft, { title: '  Uno ' }, { ...server, title: 'Uno' }))).toBe(true);
  });
});

describe('a draft outlives a reload', () => {
  const box = new Map<string, string>();
  const keeper = {
    getItem: (key: string) => box.get(key) ?? null,
    setItem: (key: string, value: string) => void box.set(key, value),
    removeItem: (key: string) => void box.delete(key),
  };

  test('and is forgotten when it is empty', () => {
    const draft = typed(none, server, 'title', 'Altro');
    keep(keeper, 'sera.about', draft);
    expect(kept(keeper, 'sera.about', server)).toEqual(draft);
    expect(kept(keeper, 'altra.about', server)).toEqual({});
    keep(keeper, 'sera.about', {});
    expect(box.size).toBe(0);
  });

  test('without what this page does not know, and whatever else stands there', () => {
    const texts = ['{"old": {"from": 1, "value": 2}}', '{"title": "Altro"}', 'null', '[', '"x"'];
    for (const text of texts) {
      box.set('filodiretto.admin.sera.about', text);
      expect(kept(keeper, 'sera.about', server), text).toEqual({});
    }
  });

  test('unless the browser keeps nothing', () => {
    const shut = { getItem: () => null, removeItem: () => {}, setItem: () => { throw new Error('full'); } };
    expect(() => keep(shut, 'sera.about', typed(none, server, 'title', 'x'))).not.toThrow();
    expect(kept(null, 'sera.about', server)).toEqual({});
  });
});
