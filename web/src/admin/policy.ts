import { PRESETS, type Policy, type PolicyChange, type Preset } from '../wire';

/** The policy as its fields show it: numbers as typed, empty where a limit is lifted. */
export interface PolicyForm {
  moderation: Policy['moderation'];
  hold_s: string;
  min_chars: string;
  max_chars: string;
  open_questions: string;
  questions: string;
  slow_s: string;
  anonymous: boolean;
  votes: Policy['votes'];
  order: Policy['order'];
  links: Policy['links'];
  languages: string;
  duplicates: Policy['duplicates'];
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
  keep_days: { least: 1, most: 3650, lifted: true },
} as const satisfies Partial<Record<keyof PolicyForm, { least: number; most: number; lifted: boolean }>>;

export type NumberField = keyof typeof BOUNDS;
export const NUMBERS = Object.keys(BOUNDS) as NumberField[];

export function toForm(policy: Policy): PolicyForm {
  const text = (value: number | null) => (value === null ? '' : String(value));
  return {
    moderation: policy.moderation,
    hold_s: text(policy.hold_s),
    min_chars: text(policy.min_chars),
    max_chars: text(policy.max_chars),
    open_questions: text(policy.open_questions),
    questions: text(policy.questions),
    slow_s: text(policy.slow_s),
    anonymous: policy.anonymous,
    votes: policy.votes,
    order: policy.order,
    links: policy.links,
    languages: policy.languages.join(', '),
    duplicates: policy.duplicates,
    before_start: policy.before_start,
    keep_days: text(policy.keep_days),
  };
}

/** What the command says of the fields that changed. Call it when `wrong` finds nothing. */
export function toChange(form: Partial<PolicyForm>): PolicyChange {
  const { hold_s, min_chars, max_chars, open_questions, questions, slow_s, keep_days, languages, ...words } = form;
  const limit = (text: string) => (text.trim() === '' ? null : Number(text));
  return {
    ...words,
    ...(hold_s === undefined ? {} : { hold_s: Number(hold_s) }),
    ...(min_chars === undefined ? {} : { min_chars: Number(min_chars) }),
    ...(max_chars === undefined ? {} : { max_chars: Number(max_chars) }),
    ...(open_questions === undefined ? {} : { open_questions: limit(open_questions) }),
    ...(questions === undefined ? {} : { questions: limit(questions) }),
    ...(slow_s === undefined ? {} : { slow_s: limit(slow_s) }),
    ...(keep_days === undefined ? {} : { keep_days: limit(keep_days) }),
    ...(languages === undefined ? {} : { languages: tags(languages) }),
  };
}

const tags = (text: string) => text.split(/[\s,;]+/).filter((tag) => tag !== '');

/** What is wrong with a field: a number outside its bounds, or a language that is none. */
export type Wrong = { bounds: { least: number; most: number; lifted: boolean } } | { languages: true };

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
  const languages = tags(form.languages);
  if (languages.length > 24 || !languages.every((tag) => /^[a-z]{2,3}(-[a-z0-9]{1,8})*$/i.test(tag))) {
    found.languages = { languages: true };
  }
  return found;
}

const isWhole = (text: string) => /^\d{1,7}$/.test(text.trim());

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
    return fields.every(([field, value]) => form[field] === value);
  }) ?? null;
}
