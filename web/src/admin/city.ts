import type { City } from '../wire';
import { isAddress } from './about';
import type { CityChange } from '../api';
import { contrastWithWhite, ENOUGH, hex } from './colour';

/** What the city says of itself, as its fields show it: empty where it says nothing. */
export type CityForm = Record<keyof City, string>;

const FIELDS = [
  'name', 'contact', 'privacy_url', 'accessibility_url', 'legal_url', 'colour', 'coat_of_arms',
] as const satisfies (keyof City)[];

export const toCity = (city: City): CityForm =>
  Object.fromEntries(FIELDS.map((field) => [field, city[field] ?? ''])) as CityForm;

/** What a change of the fields says to the server: what was emptied goes. */
export function toCityChange(form: Partial<CityForm>): CityChange {
  const change: CityChange = {};
  for (const field of FIELDS) {
    const text = form[field];
    if (text === undefined) continue;
    const value = field === 'colour' ? (hex(text) ?? '') : text.trim();
    change[field] = value === '' ? null : value;
  }
  return change;
}

export type WrongCity = 'address' | 'colour' | 'light' | 'long';

const TEXT_MAX = 200;

/** What the server would refuse, field by field. */
export function cityWrong(form: CityForm): Partial<Record<keyof City, WrongCity>> {
  const found: Partial<Record<keyof City, WrongCity>> = {};
  for (const field of ['name', 'contact'] as const) {
    if ([...form[field].trim()].length > TEXT_MAX) found[field] = 'long';
  }
  for (const field of ['privacy_url', 'accessibility_url', 'legal_url'] as const) {
    const text = form[field].trim();
    if (text !== '' && !isAddress(text)) found[field] = 'address';
  }
  const colour = hex(form.colour);
  if (colour === null && form.colour.trim() !== '') found.colour = 'colour';
  if (colour !== null && contrastWithWhite(colour) < ENOUGH) found.colour = 'light';
  return found;
}
