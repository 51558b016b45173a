/** A moment as `datetime-local` writes it, in the zone of this computer. */
export function toField(at: number | null): string {
  if (at === null) return '';
  const moment = new Date(at);
  const two = (number: number) => String(number).padStart(2, '0');
  const day = `${String(moment.getFullYear()).padStart(4, '0')}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`;
  return `${day}T${two(moment.getHours())}:${two(moment.getMinutes())}`;
}

/** The moment that such a field names; null where it is empty or no moment. */
export function fromField(text: string): number | null {
  const at = text === '' ? Number.NaN : new Date(text).getTime();
  return Number.isNaN(at) ? null : at;
}

/** Whether two moments are on the same day, on this computer. */
export const sameDay = (one: number, other: number) =>
  new Date(one).toDateString() === new Date(other).toDateString();
