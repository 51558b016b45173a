import type {
  City, CommandId, HealthBody, HouseBody, InvitationId, InvitationsBody, InvitedBody, MeBody, PolicyChange, Problem, Role, Session,
  ScreeningBody, SessionsBody, Slug, Stream, TriedBody, Wish,
} from './wire';

/** What became of a request: its answer, a refusal in words, or nothing that we know of. */
export type Outcome<T> =
  | { kind: 'done'; value: T }
  | { kind: 'refused'; problem: Problem }
  | { kind: 'lost' };

/** `PATCH /sessions/SLUG`, without its `rev`: what is absent stays, null takes away. */
export interface SessionChange {
  title?: string;
  language?: string;
  starts_at?: number | null;
  officials?: Session['officials'];
  labels?: string[];
  stream?: Stream | null;
}

/** `POST /sessions`. */
export interface NewSession extends SessionChange {
  slug: Slug;
  title: string;
  language: string;
  policy?: PolicyChange;
  rehearsal?: boolean;
}

/** `PATCH /house`: what is absent stays, null takes away. */
export type CityChange = { [K in keyof City]?: string | null };

/** Where an overlay is found, with the key by which its reports are believed. */
export interface OverlayLink {
  link: string;
  key: string;
}

/** A request that has not been answered by now will not be. */
const PATIENCE_MS = 20_000;

/** Where a session is: a slug that somebody typed into the address stays one part of it. */
const at = (slug: Slug) => `/sessions/${encodeURIComponent(slug)}`;

/** The staff's part of the HTTP API. Throws nothing: who asks always gets an outcome. */
export class Api {
  readonly #fetch: typeof fetch;
  readonly #language: () => string;

  constructor(language: () => string, fetcher: typeof fetch = (...asked) => fetch(...asked)) {
    this.#language = language;
    this.#fetch = fetcher;
  }

  me = () => this.#ask<MeBody>('GET', '/me');
  health = () => this.#ask<HealthBody>('GET', '/doctor');
  house = () => this.#ask<HouseBody>('GET', '/house');
  describeCity = (city: CityChange) => this.#ask<HouseBody>('PATCH', '/house', { city });
  sessions = () => this.#ask<SessionsBody>('GET', '/sessions');
  create = (session: NewSession) => this.#ask<Session>('POST', '/sessions', session);
  session = (slug: Slug) => this.#ask<Session>('GET', at(slug));
  describe = (slug: Slug, rev: number, change: SessionChange) =>
    this.#ask<Session>('PATCH', at(slug), { ...change, rev });
  invitations = (slug: Slug) => this.#ask<InvitationsBody>('GET', `${at(slug)}/invitations`);
  invite = (slug: Slug, role: Role, name: string) =>
    this.#ask<InvitedBody>('POST', `${at(slug)}/invitations`, { role, name });
  withdraw = (slug: Slug, id: InvitationId) => this.#ask<null>('DELETE', `${at(slug)}/invitations/${encodeURIComponent(id)}`);
  overlay = (slug: Slug) => this.#ask<OverlayLink>('GET', `${at(slug)}/overlay`);
  /** How often moderators decided otherwise than screening. */
  screening = (slug: Slug) => this.#ask<ScreeningBody>('GET', `${at(slug)}/screening`);
  /** What a change of the rules would make of the last questions. Recorded nowhere. */
  tries = (slug: Slug, policy: PolicyChange) => this.#ask<TriedBody>('POST', `${at(slug)}/screening/try`, { policy });
  /** The same id again has no second effect: whoever is in doubt sends again. */
  command = (slug: Slug, id: CommandId, wish: Wish) =>
    this.#ask<unknown>('POST', `${at(slug)}/commands`, { ...wish, id });

  async #ask<T>(method: string, path: string, body?: unknown): Promise<Outcome<T>> {
    try {
      const answer = await this.#fetch(`/api/v1${path}`, {
        method,
        headers: {
          'Accept-Language': this.#language(),
          ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        },
        body: body === undefined ? null : JSON.stringify(body),
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      const text = await answer.text();
      const value: unknown = text === '' ? null : JSON.parse(text);
      if (answer.ok) return { kind: 'done', value: value as T };
      return isProblem(value) ? { kind: 'refused', problem: value } : { kind: 'lost' };
    } catch {
      // No line, no answer in time, or a proxy's page instead of ours: we do not know what became of it.
      return { kind: 'lost' };
    }
  }
}

function isProblem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && 'code' in value && 'title' in value && 'detail' in value;
}
