/** What the screens say they show, and whether that is what should be there. Pure. */
import type { QuestionId, Screen, ScreenKind } from '../wire';

/**
 * `right`: as it should be. `wrong`: something else, and not only for a moment. `settling`: it has
 * just changed. `silent`: nobody knows.
 */
export type Verdict = 'right' | 'settling' | 'wrong' | 'silent';

/** A screen reports every ten seconds: after so long it has missed one. */
export const SILENT_MS = 15_000;
/** Every screen knows within a second, and tells of it. */
export const SETTLING_MS = 2_000;

/** What should be on a screen of this kind, since when by our own clock. */
export interface Wanted {
  readonly id: QuestionId | null;
  readonly at: number;
}

export interface Judged {
  readonly kind: ScreenKind;
  readonly shows: QuestionId | null;
  readonly silentMs: number;
  readonly verdict: Verdict;
}

/** Judges what was heard at `heardAt`, now. The stages come first. */
export function judged(screens: readonly Screen[], heardAt: number, now: number, wanted: Record<ScreenKind, Wanted>): Judged[] {
  return screens
    .map((screen) => {
      const silentMs = screen.seen_ms_ago + Math.max(0, now - heardAt);
      return { kind: screen.kind, shows: screen.on_air, silentMs, verdict: verdict(screen, silentMs, now, wanted[screen.kind]) };
    })
    .sort((a, b) => order(a) - order(b));
}

function verdict(screen: Screen, silentMs: number, now: number, wanted: Wanted): Verdict {
  if (silentMs > SILENT_MS) return 'silent';
  if (screen.on_air === wanted.id) return 'right';
  return now - wanted.at <= SETTLING_MS ? 'settling' : 'wrong';
}

const order = ({ kind }: Judged): number => (kind === 'stage' ? 0 : 1);
