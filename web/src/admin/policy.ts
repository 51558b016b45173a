import { PRESETS, type Policy, type PolicyChange, type Preset, type Words } from '../wire';

/** The policy as its fields show it: numbers as typed, empty where a limit is lifted; lists with an entry a line. */
export interface PolicyForm {
  moderation: Policy['moderation'];
  hold_s: string;
  words_noted: readonly Words[];
  links: Policy['links'];
  link_hosts: string;
  languages: string;
  other_languages: Policy['other_languages'];
  personal_data: Policy['personal_data'];
  contacts: string;
  words_block: string;
  words_hold: string;
  words_allow: string;
  duplicates: Policy['duplicates'];
  campaign_people: string;
  campaign_minutes: string;
  history: string;
  min_chars: string;
  max_chars: string;
  open_questions: string;
  questions: string;
  slow_s: string;
  anonymous: boolean;
  votes: Policy['votes'];
  order: Policy['order'];
  before_start: boolean;
  keep_days: string;
}

/** The bounds of each number, as the server has them; `lifted`: may be left empty. */
export const BOUNDS = {
  hold_s: { least: 0, most: 300, lifted: false },
  min_chars: { least: 1, most: 1000, lifted: false },
  max_chars: { least: 1, most: 1000, lifted: false },
  open_questions: { least: 1, most: 1_000_000, lifted: true },
  questions: { least: 1, most: 1_000_000, lifted: true },
  slow_s: { least: 0, most: 86_400, lifted: true },
  history: { least: 1, most: 1000, lifted: true },
  campaign_people: { least: 2, most: 10_000, lifted: true },
  campaign_minutes: { least: 1, most: 1440, lifted: false },
  keep_days: { least: 1, most: 3650, lifted: true },
} as const satisfies Partial<Record<keyof PolicyForm, { least: number; most: number; lifted: boolean }>>;

export type NumberField = keyof typeof BOUNDS;
export const NUMBERS = Object.keys(BOUNDS) as NumberField[];

/** The bounds of each list, as the server has them. */
export const LISTS = {
  words_block: { entries: 300, chars: 60 },
  words_hold: { entries: 300, chars: 60 },
  words_allow: { entries: 300, chars: 60 },
  link_hosts: { entries: 100, chars: 253 },
  contacts: { entries: 100, chars: 120 },
} as const satisfies Partial<Record<keyof PolicyForm, { entries: number; chars: number }>>;

export type ListField = keyof typeof LISTS;
/** Bound: bytes of a list, so that it fits into one message. */
const LIST_BYTES = 12_000;

/** Every kind of words whose tier can be turned. */
export const WORDS: readonly Words[] = ['insult', 'vulgar', 'sexual', 'blasphemy'];

export function toForm(policy: Policy): PolicyForm {
  const text = (value: number | null | undefined) => (value === null || value === undefined ? '' : String(value));
  const lines = (list: readonly string[] | undefined) => (list ?? []).join('\n');
  return {
    moderation: policy.moderation,
    hold_s: text(policy.hold_s),
    words_noted: WORDS.filter((word) => policy.words_noted.includes(word)),
    links: policy.links,
    link_hosts: lines(policy.link_hosts),
    languages: policy.languages.join(', '),
    other_languages: policy.other_languages,
    personal_data: policy.personal_data,
    contacts: lines(policy.contacts),
    words_block: lines(policy.words_block),
    words_hold: lines(policy.words_hold),
    words_allow: lines(policy.words_allow),
    duplicates: policy.duplicates,
    campaign_people: text(policy.campaign_people),
    campaign_minutes: text(policy.campaign_minutes),
    history: text(policy.history),
    min_chars: text(policy.min_chars),
    max_chars: text(policy.max_chars),
    open_questions: text(policy.open_questions),
    questions: text(policy.questions),
    slow_s: text(policy.slow_s),
    anonymous: policy.anonymous,
    votes: policy.votes,
    order: policy.order,
    before_start: policy.before_start,
    keep_days: text(policy.keep_days),
  };
}

/** What the command says of the fields that changed. Call it when `wrong` finds nothing. */
export function toChange(form: Partial<PolicyForm>): PolicyChange {
  const change: Record<string, unknown> = { ...form };
  for (const field of NUMBERS) {
    const text = form[field]?.trim();
    if (text !== undefined) change[field] = text === '' && BOUNDS[field].lifted ? null : Number(text);
  }
  for (const field of Object.keys(LISTS) as ListField[]) {
    if (form[field] !== undefined) change[field] = entries(field, form[field]);
  }
  if (form.languages !== undefined) change.languages = tags(form.languages);
  return change as PolicyChange;
}

const tags = (text: string) => text.split(/[\s,;]+/).filter((tag) => tag !== '');

/**
 * The entries of a list: one a line, or as a spreadsheet gives them, with semicolons, tabs or commas
 * and with quotes. An address has commas of its own.
 */
export function entries(field: ListField, text: string): string[] {
  const apart = field === 'contacts' ? /[\n;\t]+/ : /[\n;,\t]+/;
  const seen = new Set<string>();
  return text
    .split(apart)
    .map((entry) => entry.trim().replace(/^"(.*)"$/, '$1').trim().replace(/\s+/g, ' '))
    .filter((entry) => entry !== '' && !seen.has(entry.toLowerCase()) && seen.add(entry.toLowerCase()));
}

/** What is wrong with a field: a number outside its bounds, a language that is none, an entry that cannot be. */
export type Wrong =
  | { bounds: { least: number; most: number; lifted: boolean } }
  | { languages: true }
  | { list: { most: number } }
  | { entry: { text: string; chars: number; field: ListField } };

/** The fields that the server would refuse, so that they can be told beside them. */
export function wrong(form: PolicyForm): Partial<Record<keyof PolicyForm, Wrong>> {
  const found: Partial<Record<keyof PolicyForm, Wrong>> = {};
  for (const field of NUMBERS) {
    const text = form[field].trim();
    const bounds = { ...BOUNDS[field] } as { least: number; most: number; lifted: boolean };
    // The least length is no longer than the longest.
    if (field === 'min_chars' && isWhole(form.max_chars)) bounds.most = Math.min(bounds.most, Number(form.max_chars));
    const fits = isWhole(text) && Number(text) >= bounds.least && Number(text) <= bounds.most;
    if (!(fits || (text === '' && bounds.lifted))) found[field] = { bounds };
  }
  for (const field of Object.keys(LISTS) as ListField[]) {
    const list = entries(field, form[field]);
    const { entries: most, chars } = LISTS[field];
    const bytes = new TextEncoder().encode(list.join('')).length;
    const bad = list.find((entry) => [...entry].length > chars || !isEntry(field, entry));
    if (bad !== undefined) found[field] = { entry: { text: bad, chars, field } };
    else if (list.length > most || bytes > LIST_BYTES) found[field] = { list: { most } };
  }
  const languages = tags(form.languages);
  if (languages.length > 24 || !languages.every((tag) => /^[a-z]{2,3}(-[a-z0-9]{1,8})*$/i.test(tag))) {
    found.languages = { languages: true };
  }
  return found;
}

const isWhole = (text: string) => /^\d{1,7}$/.test(text.trim());

/** A word, a phrase, the beginning of a word with a star; the name of a site; what has a letter or a digit. */
function isEntry(field: ListField, entry: string): boolean {
  if (field === 'contacts') return /[\p{L}\p{N}]/u.test(entry);
  if (field === 'link_hosts') return /^([\p{L}\p{N}]([\p{L}\p{N}-]*[\p{L}\p{N}])?\.)+[\p{L}\p{N}-]*\p{L}[\p{L}\p{N}-]*\.?$/u.test(entry);
  return /^[^*]*[\p{L}\p{N}][^*]*$/u.test(entry) || /^[^*]*[\p{L}\p{N}][^*]*[\p{L}\p{N}]\*$/u.test(entry);
}

/** The fields of a preset, as the form shows them. */
export function presetFields(preset: Preset, policy: Policy): Partial<PolicyForm> {
  const form = toForm({ ...policy, ...PRESETS[preset] } as Policy);
  const named = Object.keys(PRESETS[preset]).filter((field): field is keyof PolicyForm => field in form);
  return Object.fromEntries(named.map((field) => [field, form[field]]));
}

/** Which preset the fields are as a whole; null when they are adjusted. */
export function presetOf(form: PolicyForm, policy: Policy): Preset | null {
  const presets = Object.keys(PRESETS) as Preset[];
  return presets.find((preset) => {
    const fields = Object.entries(presetFields(preset, policy)) as [keyof PolicyForm, unknown][];
    return fields.every(([field, value]) => JSON.stringify(form[field]) === JSON.stringify(value));
  }) ?? null;
}

/** Knobs as a press officer looks for them. */
export const SECTIONS = {
  reading: ['moderation', 'hold_s'],
  held: ['words_noted', 'links', 'link_hosts', 'languages', 'other_languages', 'history'],
  hidden: ['personal_data', 'contacts'],
  lists: ['words_block', 'words_hold', 'words_allow'],
  campaigns: ['duplicates', 'campaign_people', 'campaign_minutes'],
  pace: ['min_chars', 'max_chars', 'open_questions', 'questions', 'slow_s'],
  page: ['anonymous', 'before_start', 'votes', 'order', 'keep_days'],
} as const satisfies Record<string, readonly (keyof PolicyForm)[]>;

export type Section = keyof typeof SECTIONS;
