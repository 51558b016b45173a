/**
 * A page that another build of the server has made: it keeps working, and is loaded anew when nobody
 * would notice. Never twice for the same build, and a hall not all at once.
 */
import type { ServerMessage } from './wire';

/** Phones are many: they come over five minutes. Staff and screens are few. */
export const SPREAD_MS = { crowd: 300_000, few: 10_000 };
/** How often it is looked whether the moment has come. */
export const LOOK_MS = 3_000;

const KEPT = 'filodiretto.build';

export interface UpgradeOptions {
  /** Which build this page is of; null where the server did not say. */
  build: string | null;
  /** Within which time the page is loaded anew, at the earliest. */
  spread: number;
  /** Whether now is a good moment, as far as the page knows. */
  idle: () => boolean;
  /** What outlives the page: without it a page could be loaded anew for ever, so it never is. */
  shelf: Storage | null;
  /** Whether the page is there to be loaded; a browser's own error must not take its place. */
  there?: () => Promise<boolean>;
  load?: () => void;
  random?: () => number;
}

export class Upgrade {
  readonly #options: Required<UpgradeOptions>;
  #wanted: string | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: UpgradeOptions) {
    this.#options = { there: isThere, load: () => location.reload(), random: Math.random, ...options };
  }

  hears(message: ServerMessage): void {
    if (message.type === 'welcome') this.#learns(message.build ?? null);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#wanted = null;
  }

  #learns(theirs: string | null): void {
    const { build, shelf, random, spread } = this.#options;
    if (theirs === this.#wanted) return;
    this.stop();
    if (build === null || theirs === null || theirs === build || !shelf || shelf.getItem(KEPT) === theirs) return;
    this.#wanted = theirs;
    this.#timer = setTimeout(() => void this.#look(theirs), random() * spread);
  }

  async #look(theirs: string): Promise<void> {
    const { idle, there, load, shelf } = this.#options;
    const ready = idle() && (await there()) && idle();
    if (this.#wanted !== theirs) return;
    if (!ready || !kept(shelf, theirs)) {
      this.#timer = setTimeout(() => void this.#look(theirs), LOOK_MS);
      return;
    }
    this.stop();
    load();
  }
}

/** Whether it is remembered that the page was loaded for this build. */
function kept(shelf: Storage | null, build: string): boolean {
  try {
    shelf?.setItem(KEPT, build);
    return shelf?.getItem(KEPT) === build;
  } catch {
    return false;
  }
}

async function isThere(): Promise<boolean> {
  try {
    return (await fetch(location.href, { signal: AbortSignal.timeout(10_000) })).ok;
  } catch {
    return false;
  }
}
