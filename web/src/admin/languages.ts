import { language } from '../language.svelte';

/** Languages in which cities of Italy hold sessions; any other that a session has is shown, too. */
const OFFERED = ['it', 'en', 'de', 'fr', 'sl', 'es'];

/** What may be chosen, and how it is called in the language spoken now. */
export function languageOptions(now: string): [string, string][] {
  const names = new Intl.DisplayNames(language(), { type: 'language' });
  const tags = OFFERED.includes(now) ? OFFERED : [...OFFERED, now];
  return tags.map((tag) => [tag, names.of(tag) ?? tag]);
}
