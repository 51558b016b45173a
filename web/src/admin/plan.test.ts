import { describe, expect, test } from 'vitest';
import fixture from '../../../tests/fixtures/wire/http-session.json';
import type { InvitationBody, Session } from '../wire';
import { lines, plan } from './plan';

const session = (change: Partial<Session>): Session => ({ ...(fixture as Session), ...change });
const invited = (role: InvitationBody['role'], used = 0): InvitationBody =>
  ({ id: '01M803G35R038JWXR000000003', role, name: 'Marta', used, used_at: null });

describe('the next step', () => {
  test.each([
    ['draft', [], 'publish', ['open']],
    ['draft', ['name'], 'publish', []],
    ['scheduled', [], 'open', ['unpublish']],
    ['scheduled', ['name'], 'complete-city', ['unpublish']],
    ['open', ['name'], 'close', []],
    ['closed', [], 'end', ['resume']],
    ['ended', [], 'take-record', ['reopen']],
  ] as const)('of a session that is %s, while %j is missing, is %s', (state, missing, next, others) => {
    expect(plan(session({ state, rehearsal: false }), missing)).toEqual({ next, others });
  });

  test('of a rehearsal waits for no city', () => {
    expect(plan(session({ state: 'scheduled', rehearsal: true }), ['name']).next).toBe('open');
    expect(plan(session({ state: 'draft', rehearsal: true }), ['name']).others).toEqual(['open']);
  });
});

describe('what is missing', () => {
  const bare = session({ starts_at: null, officials: [], labels: [], stream: null, rehearsal: false });
  const open = (...of: Parameters<typeof lines>) => lines(...of).filter(({ done }) => !done).map(({ what }) => what);

  test('of a new session is everything', () => {
    expect(open(bare, ['name'], [])).toEqual(['city', 'time', 'officials', 'labels', 'moderator', 'official', 'stream']);
  });

  test('of one that is ready is nothing', () => {
    const ready = session({ starts_at: 1, officials: [{ name: 'Lucia', office: 'Sindaca' }], labels: ['Scuola'], stream: { url: 'https://a.test/l.m3u8', kind: 'hls', delays: {} } });
    expect(open(ready, [], [invited('moderator', 1), invited('official')])).toEqual([]);
  });

  test('is a desk that was invited and has not come', () => {
    const all = lines(bare, [], [invited('moderator'), invited('moderator')]);
    expect(all.find(({ what }) => what === 'moderator')?.done).toBe(true);
    expect(all.find(({ what }) => what === 'moderator-came')?.done).toBe(false);
  });

  test('keeps a session from opening only where the city is', () => {
    const needed = (of: Session) => lines(of, ['name'], []).filter((line) => line.needed).map(({ what }) => what);
    expect(needed(bare)).toEqual(['city']);
    expect(needed({ ...bare, rehearsal: true })).toEqual([]);
  });
});
