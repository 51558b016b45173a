/**
 * Whether the screens show what they should, as they say themselves. Pure but for the clock it is given.
 *
 * A change takes a moment to reach them all; two seconds of disagreement are an alarm.
 */
import type { OnAir, QuestionId, Screen, ScreenKind } from './wire';

const SETTLES_MS = 2_000;
/** A screen reports every ten seconds. */
const SILENT_MS = 15_000;

export interface Standing {
  readonly kind: ScreenKind;
  readonly onAir: QuestionId | null;
  /** What it should show. */
  readonly expected: QuestionId | null;
  readonly is: 'right' | 'settling' | 'wrong' | 'silent';
  /** Since it said so, in ms. */
  readonly ago: number;
}

export class Screens {
  /** By screen: since when it has not shown what it should. */
  #wrong = new Map<string, number>();

  /** `saidAt`: when that report came, by the clock that `now` is of. */
  look(screens: readonly Screen[], saidAt: number, onAir: OnAir, now: number): Standing[] {
    const count: Record<ScreenKind, number> = { stage: 0, overlay: 0 };
    const wrong = new Map<string, number>();
    const standing = screens.map(({ kind, on_air: shown, seen_ms_ago: seen }): Standing => {
      const ago = seen + Math.max(0, now - saidAt);
      const clear = onAir.unconfirmed !== undefined || (kind === 'overlay' && onAir.hidden === true);
      const expected = clear ? null : onAir.id;
      const name = `${kind} ${(count[kind] += 1)}`;
      if (shown === expected) return { kind, onAir: shown, expected, is: ago > SILENT_MS ? 'silent' : 'right', ago };
      const since = this.#wrong.get(name) ?? now;
      wrong.set(name, since);
      return { kind, onAir: shown, expected, is: now - since >= SETTLES_MS ? 'wrong' : 'settling', ago };
    });
    this.#wrong = wrong;
    return standing;
  }
}
