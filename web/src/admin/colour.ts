/** `#rrggbb`, as the server takes it; null where a text is none. */
export function hex(text: string): string | null {
  const typed = text.trim().replace(/^#?/, '#').toLowerCase();
  const short = /^#([0-9a-f])([0-9a-f])([0-9a-f])$/.exec(typed);
  const long = short === null ? typed : `#${short.slice(1).map((digit) => digit + digit).join('')}`;
  return /^#[0-9a-f]{6}$/.test(long) ? long : null;
}

/** WCAG 2.2's relative luminance. */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** WCAG 2.2's contrast with white, from 1 to 21. */
export const contrastWithWhite = (colour: string) => 1.05 / (luminance(colour) + 0.05);

/** The same colour, as much darker as it takes for white to be legible on it. */
export function legible(colour: string): string {
  if (contrastWithWhite(colour) >= ENOUGH) return colour;
  const parts = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
  for (let share = 99; share > 0; share -= 1) {
    const darker = `#${parts.map((part) => Math.floor((part * share) / 100).toString(16).padStart(2, '0')).join('')}`;
    if (contrastWithWhite(darker) >= ENOUGH) return darker;
  }
  return '#000000';
}

/** What white text on a colour, and text of that colour on white, must have. */
export const ENOUGH = 4.5;
