/**
 * Commands that have no reply yet, in the order in which they were given.
 *
 * With a `shelf` (a citizen's `localStorage`) they survive a reload and a night's sleep. Each has a
 * key of its own, so that two tabs never write the same one; what one tab got a reply to leaves
 * the other's, too. Both may send the same command: with the same id it counts once.
 */
import type { ClientCommand, CommandId } from './wire';

/** Bound: what a page keeps to send. Beyond it the oldest vote goes, and never a question. */
const MOST = 100;

export class Outbox {
  readonly #commands = new Map<CommandId, ClientCommand>();
  readonly #shelf: Storage | null;
  readonly #prefix: string;

  constructor(slug: string, shelf: Storage | null) {
    this.#shelf = shelf;
    this.#prefix = `filodiretto.out.${slug}.`;
    for (const [id, text] of this.#shelved()) {
      try {
        this.#commands.set(id, JSON.parse(text));
      } catch {
        this.#shelf?.removeItem(this.#prefix + id);
      }
    }
  }

  get size(): number {
    return this.#commands.size;
  }

  /** In the order in which they were given: ids begin with their time. */
  all(): ClientCommand[] {
    return [...this.#commands.values()];
  }

  get(id: CommandId): ClientCommand | undefined {
    return this.#commands.get(id);
  }

  add(command: ClientCommand): void {
    if (command.type === 'vote') {
      // A vote is set, never toggled: the latest says all there is to say.
      const before = this.all().filter((old) => old.type === 'vote' && old.question === command.question);
      for (const old of before) this.remove(old.id);
    }
    const vote = this.#commands.size < MOST ? undefined : this.all().find((old) => old.type === 'vote');
    if (vote) this.remove(vote.id);
    this.#commands.set(command.id, command);
    try {
      this.#shelf?.setItem(this.#prefix + command.id, JSON.stringify(command));
    } catch {
      // A full or forbidden shelf: then for as long as the page is open.
    }
  }

  /** Whether it was there. */
  remove(id: CommandId): boolean {
    try {
      this.#shelf?.removeItem(this.#prefix + id);
    } catch {
      // It was never there.
    }
    return this.#commands.delete(id);
  }

  /** Another tab has changed the shelf: a `storage` event's key and value. True if a command left. */
  elsewhere(key: string | null, value: string | null): boolean {
    if (!key?.startsWith(this.#prefix) || value !== null) return false;
    return this.#commands.delete(key.slice(this.#prefix.length));
  }

  #shelved(): [CommandId, string][] {
    try {
      const keys = Object.keys(this.#shelf ?? {}).filter((key) => key.startsWith(this.#prefix));
      return keys.sort().map((key) => [key.slice(this.#prefix.length), this.#shelf?.getItem(key) ?? '']);
    } catch {
      return [];
    }
  }
}
