/** The timer of the question on air. Pure. */

/** What an answer should take, unless the address says otherwise. */
const MINUTES = 3;
const MINUTE_MS = 60_000;

/** `?minutes=`: how long an answer should take. */
export function limitOf(query: string): number {
  const minutes = Number(new URLSearchParams(query).get('minutes'));
  return (minutes > 0 && minutes <= 120 ? minutes : MINUTES) * MINUTE_MS;
}

/** How warm the timer is, from 0 to 1: it warms in the last minute and stays warm. */
export function warmth(since: number, now: number, limit: number): number {
  const last = Math.min(limit, MINUTE_MS);
  return Math.min(1, Math.max(0, (now - since - limit + last) / last));
}
