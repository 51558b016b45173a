import { tick } from 'svelte';
import type { Problem } from '../wire';
import type { Outcome } from '../api';
import { changed, clashes, isEmpty, keep, kept, saved, shown, typed, without, type Draft } from './draft';

/** What became of the last attempt to save. */
export type Saving =
  | { kind: 'idle' }
  | { kind: 'busy' }
  | { kind: 'saved' }
  | { kind: 'wrong' }
  | { kind: 'unknown' }
  | { kind: 'refused'; problem: Problem }
  /** Somebody was quicker; `fields` are those of this form that they changed. */
  | { kind: 'stale'; fields: string[] };

interface Of<T> {
  /** Under which a draft outlives a reload. */
  name: string;
  /** The fields as the server has them. */
  server: () => T;
  /** Asks the server again. */
  refresh: () => Promise<void>;
  /** The server keeps no `rev` of this: look before saving whether somebody was quicker. */
  look?: boolean;
  /** Saves what has changed; on success `server` says so when this returns. */
  send: (change: Partial<T>, whole: T) => Promise<Outcome<unknown>>;
  /** Whether something is wrong that can be told before anything is sent. */
  wrong: (whole: T) => boolean;
}

function storage(): Storage | null {
  try {
    return globalThis.sessionStorage ?? null;
  } catch {
    return null;
  }
}

/** One section with a save button: what was typed, what the server has, and what became of saving. */
export class Form<T extends object> {
  #of: Of<T>;
  #draft = $state.raw<Draft<T>>({});
  saving = $state.raw<Saving>({ kind: 'idle' });

  readonly value: T = $derived.by(() => shown(this.#draft, this.#of.server()));
  readonly changed: Partial<T> = $derived.by(() => changed(this.#draft, this.#of.server()));
  readonly dirty = $derived(!isEmpty(this.changed));
  readonly clashes: (keyof T)[] = $derived.by(() => clashes(this.#draft, this.#of.server()));

  /** The fields as the server has them. */
  readonly theirs: T = $derived.by(() => this.#of.server());

  #left = $state.raw<ReadonlySet<keyof T>>(new Set());

  /** Somebody is done with a field: from now on it is told what is wrong there. */
  leave(field: keyof T): void {
    if (field in this.changed) this.#left = new Set([...this.#left, field]);
  }

  /** Whether to tell what is wrong in a field: not while it is being typed for the first time. */
  tells = (field: keyof T): boolean => this.#left.has(field) || this.saving.kind === 'wrong';

  constructor(of: Of<T>) {
    this.#of = of;
    this.#draft = kept(storage(), of.name, of.server());
  }

  type<K extends keyof T>(field: K, value: T[K]): void {
    this.#become(typed(this.#draft, this.#of.server(), field, value));
    if (this.saving.kind === 'saved' || this.saving.kind === 'wrong') this.saving = { kind: 'idle' };
  }

  /** Prefers what somebody else wrote. */
  useTheirs(field: keyof T): void {
    this.#become(without(this.#draft, field));
  }

  discard(): void {
    this.#become({});
    this.#left = new Set();
    this.saving = { kind: 'idle' };
  }

  async save(): Promise<void> {
    if (this.saving.kind === 'busy' || !this.dirty) return;
    if (this.#of.wrong(this.value)) {
      this.saving = { kind: 'wrong' };
      // Whoever looks for what is wrong finds it.
      await tick();
      return;
    }
    this.saving = { kind: 'busy' };
    const change = this.changed;
    const before = this.#of.server();
    if (this.#of.look) {
      const seen = this.clashes;
      await this.#of.refresh();
      const fields = this.clashes.filter((field) => !seen.includes(field));
      if (fields.length > 0) {
        this.saving = { kind: 'stale', fields: fields.map(String) };
        return;
      }
    }
    const outcome = await this.#of.send(change, this.value);
    switch (outcome.kind) {
      case 'done':
        this.#become(saved(this.#draft, change, this.#of.server()));
        this.saving = { kind: 'saved' };
        break;
      case 'lost':
        await this.#of.refresh();
        this.saving = { kind: 'unknown' };
        break;
      case 'refused':
        if (outcome.problem.code === 'stale') {
          await this.#of.refresh();
          const after = this.#of.server();
          const moved = Object.keys(after).filter(
            (field) => JSON.stringify(after[field as keyof T]) !== JSON.stringify(before[field as keyof T]),
          );
          this.saving = { kind: 'stale', fields: moved };
        } else {
          this.saving = { kind: 'refused', problem: outcome.problem };
        }
    }
    // It arrived after all: what was typed is what the server says.
    if (this.saving.kind === 'unknown' && !this.dirty) this.saving = { kind: 'saved' };
  }

  #become(draft: Draft<T>): void {
    this.#draft = draft;
    keep(storage(), this.#of.name, draft);
  }
}
