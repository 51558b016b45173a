import { describe, expect, test, vi } from 'vitest';
import done from '../../../tests/fixtures/wire/server-done.json';
import problem from '../../../tests/fixtures/wire/http-problem.json';
import fixture from '../../../tests/fixtures/wire/http-session.json';
import unknown from '../../../tests/fixtures/wire/http-problem-unknown-outcome.json';
import type { Session } from '../wire';
import { Api } from '../api';
import { Evening } from './evening.svelte';
import { Form } from './form.svelte';

type Answer = { status: number; body?: unknown; text?: string } | 'no line';

/** A server that answers in this order, and remembers what it was asked. */
function serves(...answers: Answer[]) {
  const asked: { method: string; path: string; body: Record<string, unknown> | null; headers: Record<string, string> }[] = [];
  const fetcher = vi.fn(async (path: string, init: RequestInit) => {
    const body = init.body === null ? null : JSON.parse(String(init.body));
    asked.push({ method: String(init.method), path, body, headers: init.headers as Record<string, string> });
    const answer = answers.shift();
    if (answer === undefined || answer === 'no line') throw new TypeError('no line');
    const text = answer.text ?? (answer.body === undefined ? '' : JSON.stringify(answer.body));
    return new Response(answer.status === 204 ? null : text, { status: answer.status });
  });
  return { api: new Api(() => 'it', fetcher as unknown as typeof fetch), asked };
}

const session = fixture as Session;
const ok = (body: unknown = session): Answer => ({ status: 200, body });

describe('a request', () => {
  test('has its answer, or a refusal in words', async () => {
    const { api, asked } = serves(ok(), { status: 409, body: problem }, { status: 204 });
    expect(await api.session('sera')).toEqual({ kind: 'done', value: session });
    expect(await api.describe('sera', 3, { title: 'Altro' })).toEqual({ kind: 'refused', problem });
    expect(await api.withdraw('sera', 'X')).toEqual({ kind: 'done', value: null });
    expect(asked[1]).toMatchObject({ method: 'PATCH', path: '/api/v1/sessions/sera', body: { rev: 3, title: 'Altro' } });
    expect(asked[1]?.headers).toMatchObject({ 'Accept-Language': 'it', 'Content-Type': 'application/json' });
  });

  test('is lost without a line, or behind a proxy that answers for us', async () => {
    const { api } = serves('no line', { status: 502, text: '<h1>Bad gateway</h1>' }, { status: 500, body: {} });
    for (let n = 0; n < 3; n += 1) expect(await api.house()).toEqual({ kind: 'lost' });
  });
});

describe('a command', () => {
  test('without an answer goes again with the same id, and the next one with another', async () => {
    const { api, asked } = serves('no line', 'no line', { status: 503, body: unknown }, ok(), ok(done), ok(), ok(done), ok());
    const evening = new Evening('sera', api);
    expect((await evening.command({ type: 'open' })).kind).toBe('lost');
    expect((await evening.command({ type: 'open' })).kind, 'unknown_outcome is no refusal').toBe('lost');
    expect((await evening.command({ type: 'open' })).kind).toBe('done');
    expect((await evening.command({ type: 'open' })).kind).toBe('done');
    const ids = asked.filter(({ method }) => method === 'POST').map(({ body }) => body?.['id']);
    expect(ids[1]).toBe(ids[0]);
    expect(ids[2]).toBe(ids[0]);
    expect(ids[3]).not.toBe(ids[0]);
  });

  test('that says something else is another one', async () => {
    const { api, asked } = serves('no line', 'no line', 'no line', 'no line');
    const evening = new Evening('sera', api);
    await evening.command({ type: 'policy', policy: { slow_s: 5 } });
    await evening.command({ type: 'policy', policy: { slow_s: 60 } });
    const [one, two] = asked.filter(({ method }) => method === 'POST').map(({ body }) => body?.['id']);
    expect(one).not.toBe(two);
  });
});

test('an answer that was overtaken is no news', () => {
  const evening = new Evening('sera', serves().api);
  evening.take({ kind: 'done', value: { ...session, rev: 5 } });
  evening.take({ kind: 'done', value: { ...session, rev: 4, title: 'Prima' } });
  expect(evening.session?.rev).toBe(5);
});

test('a link is known once, and gone with its invitation', async () => {
  const made = { id: '01M803G35R038JWXR000000003', link: 'https://x/join/T', token: 'T' };
  const { api } = serves({ status: 201, body: made }, { status: 204 });
  const evening = new Evening('sera', api);
  await evening.invite('moderator', 'Marta');
  expect(evening.links).toEqual({ [made.id]: made.link });
  expect(evening.invitations?.[0]).toMatchObject({ name: 'Marta', used: 0 });
  await evening.withdraw(made.id);
  expect([evening.links, evening.invitations]).toEqual([{}, []]);
});

test('a list that was asked for before an invitation was withdrawn does not bring it back', async () => {
  const known = { id: '01M803G35R038JWXR000000003', role: 'moderator', name: 'Marta', used: 0, used_at: null };
  const { api } = serves(ok(), ok({ invitations: [known] }), ok(), ok({ invitations: [known] }), { status: 204 });
  const evening = new Evening('sera', api);
  await evening.refresh();
  expect(evening.invitations?.length).toBe(1);
  const late = evening.refresh();
  await Promise.all([late, evening.withdraw(known.id)]);
  expect(evening.invitations).toEqual([]);
});

describe('a save', () => {
  function form(answers: Answer[], look = false) {
    const { api, asked } = serves(...answers);
    const evening = new Evening('sera', api);
    evening.take({ kind: 'done', value: session });
    const fields = new Form<{ title: string; language: string }>({
      name: 'x',
      server: () => ({ title: evening.session?.title ?? '', language: evening.session?.language ?? '' }),
      refresh: async () => void evening.take(await api.session('sera')),
      wrong: ({ title }) => title === '',
      look,
      send: (change) => evening.describe(change),
    });
    return { fields, asked };
  }
  const next = (change: Partial<Session>) => ({ ...session, rev: session.rev + 1, ...change });

  test('sends what changed, from the revision that was seen', async () => {
    const { fields, asked } = form([ok(next({ title: 'Altro' }))]);
    fields.type('title', 'Altro');
    await fields.save();
    expect(asked[0]?.body).toEqual({ rev: session.rev, title: 'Altro' });
    expect([fields.saving.kind, fields.dirty, fields.value.title]).toEqual(['saved', false, 'Altro']);
  });

  test('that came too late keeps what was typed and says what changed', async () => {
    const theirs = next({ title: 'Loro' });
    const { fields, asked } = form([{ status: 409, body: problem }, ok(theirs), ok(next({ title: 'Mio', rev: theirs.rev + 1 }))]);
    fields.type('title', 'Mio');
    await fields.save();
    expect(fields.saving).toEqual({ kind: 'stale', fields: ['title'] });
    expect([fields.value.title, fields.theirs.title, fields.clashes]).toEqual(['Mio', 'Loro', ['title']]);
    await fields.save();
    expect(asked.at(-1)?.body).toEqual({ rev: theirs.rev, title: 'Mio' });
    expect([fields.saving.kind, fields.clashes]).toEqual(['saved', []]);
  });

  test('without an answer keeps what was typed, unless it arrived after all', async () => {
    const { fields } = form(['no line', ok()]);
    fields.type('title', 'Mio');
    await fields.save();
    expect([fields.saving.kind, fields.value.title]).toEqual(['unknown', 'Mio']);
    const arrived = form(['no line', ok(next({ title: 'Mio' }))]).fields;
    arrived.type('title', 'Mio');
    await arrived.save();
    expect(arrived.saving.kind).toBe('saved');
  });

  test('that the server would refuse is not sent', async () => {
    const { fields, asked } = form([]);
    fields.type('title', '');
    expect(fields.tells('title'), 'not while it is typed').toBe(false);
    fields.leave('title');
    expect(fields.tells('title'), 'but once it is left').toBe(true);
    await fields.save();
    expect([fields.saving.kind, asked.length, fields.tells('language')]).toEqual(['wrong', 0, true]);
  });

  test('where there is no revision looks first', async () => {
    const { fields, asked } = form([ok(next({ title: 'Loro' }))], true);
    fields.type('title', 'Mio');
    await fields.save();
    expect(fields.saving).toEqual({ kind: 'stale', fields: ['title'] });
    expect(asked.map(({ method }) => method)).toEqual(['GET']);
  });
});
