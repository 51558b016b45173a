import type { InvitationBody, InvitationId, InvitedBody, Problem, Role, Session, Slug, Wish } from '../wire';
import type { Api, Outcome, SessionChange } from '../api';
import type { Reach } from './house.svelte';
import { ulid } from '../ulid';

/** How often the page asks what has changed, while somebody looks at it. */
const EVERY_MS = 10_000;

/** What became of a button that moves the evening on. */
export type Deed =
  | { kind: 'idle' }
  | { kind: 'busy' }
  | { kind: 'unknown' }
  | { kind: 'refused'; problem: Problem };

/** One session, as the press office sees it: asked for again and again while the page is looked at. */
export class Evening {
  readonly slug: Slug;
  readonly #api: Api;
  session = $state.raw<Session | null>(null);
  /** Null until they came: then nothing is said about what is missing. */
  invitations = $state.raw<InvitationBody[] | null>(null);
  /** Links that were made here: their tokens are seen this once, and kept nowhere. */
  links = $state.raw<Record<InvitationId, string>>({});
  reach = $state<Reach>('loading');
  /** The server said that this person may not be here (any more), or that there is no such session. */
  ended = $state.raw<Problem | null>(null);
  deed = $state.raw<Deed>({ kind: 'idle' });
  /** The command that was sent and not answered: sent again, it counts once. */
  #unanswered: { wish: string; id: string } | null = null;

  /** How often the list of invitations was changed here. */
  #changes = 0;

  constructor(slug: Slug, api: Api) {
    this.slug = slug;
    this.#api = api;
  }

  /** Keeps asking, and whenever somebody comes back to the page for what stands beside it, until it is told to stop. */
  watch(also: () => Promise<void>): () => void {
    const seen = () => document.visibilityState === 'visible';
    const ask = () => void (seen() && this.refresh());
    const back = () => void (seen() && Promise.all([this.refresh(), also()]));
    ask();
    const timer = setInterval(ask, EVERY_MS);
    document.addEventListener('visibilitychange', back);
    globalThis.addEventListener('online', ask);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', back);
      globalThis.removeEventListener('online', ask);
    };
  }

  refresh = async (): Promise<void> => {
    const asked = this.#changes;
    const [session, invitations] = await Promise.all([
      this.#api.session(this.slug),
      this.#api.invitations(this.slug),
    ]);
    this.take(session);
    // A list from before an invitation was made or withdrawn here is no news.
    if (invitations.kind === 'done' && asked === this.#changes) this.invitations = invitations.value.invitations;
    const refused = [session, invitations].find((outcome) => outcome.kind === 'refused');
    const over = ['unauthenticated', 'not_allowed', 'not_found'];
    this.ended = refused?.kind === 'refused' && over.includes(refused.problem.code) ? refused.problem : null;
    const there = session.kind === 'done' || this.ended !== null;
    this.reach = there ? 'there' : 'lost';
  };

  /** Takes what the server says of the session now. An answer that was overtaken is no news. */
  take<O extends Outcome<Session>>(outcome: O): O {
    if (outcome.kind !== 'done') return outcome;
    const { rev, policy } = outcome.value;
    const older = this.session !== null
      && (rev < this.session.rev || policy.version < this.session.policy.version);
    if (!older) this.session = outcome.value;
    return outcome;
  }

  /** Changes what the session says of itself, from the state that is shown. */
  async describe(change: SessionChange): Promise<Outcome<Session>> {
    return this.take(await this.#api.describe(this.slug, this.session?.rev ?? 0, change));
  }

  /** Sends a command, and shows what it led to. */
  async command(wish: Wish): Promise<Outcome<unknown>> {
    const text = JSON.stringify(wish);
    const id = this.#unanswered?.wish === text ? this.#unanswered.id : ulid();
    this.#unanswered = { wish: text, id };
    const outcome = await this.#api.command(this.slug, id, wish);
    const unknown = outcome.kind === 'refused' && outcome.problem.code === 'unknown_outcome';
    if (outcome.kind !== 'lost' && !unknown) this.#unanswered = null;
    this.take(await this.#api.session(this.slug));
    return unknown ? { kind: 'lost' } : outcome;
  }

  /** Moves the evening on by a button. */
  async act(send: () => Promise<Outcome<unknown>>): Promise<boolean> {
    if (this.deed.kind === 'busy') return false;
    const before = this.session?.state;
    this.deed = { kind: 'busy' };
    const outcome = await send();
    if (outcome.kind === 'lost') await this.refresh();
    if (outcome.kind === 'refused') this.deed = { kind: 'refused', problem: outcome.problem };
    // It arrived after all.
    else if (outcome.kind === 'lost' && this.session?.state === before) this.deed = { kind: 'unknown' };
    else this.deed = { kind: 'idle' };
    return outcome.kind === 'done';
  }

  async invite(role: Role, name: string): Promise<Outcome<InvitedBody>> {
    const outcome = await this.#api.invite(this.slug, role, name);
    if (outcome.kind === 'done') {
      const { id, link } = outcome.value;
      this.#changes += 1;
      this.links = { ...this.links, [id]: link };
      const made = { id, role, name, used: 0, used_at: null };
      this.invitations = [...(this.invitations ?? []).filter((one) => one.id !== id), made];
    }
    return outcome;
  }

  /** The link is not shown any more. */
  forget(id: InvitationId): void {
    const { [id]: _, ...rest } = this.links;
    this.links = rest;
  }

  async withdraw(id: InvitationId): Promise<Outcome<null>> {
    const outcome = await this.#api.withdraw(this.slug, id);
    const gone = outcome.kind === 'refused' && outcome.problem.code === 'not_found';
    if (outcome.kind === 'done' || gone) {
      this.#changes += 1;
      this.forget(id);
      this.invitations = (this.invitations ?? []).filter((one) => one.id !== id);
    }
    return gone ? { kind: 'done', value: null } : outcome;
  }
}
