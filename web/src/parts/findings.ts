/**
 * What screening found, as sentences for staff: one for each code, certain or likely, the strictest
 * first. Pure.
 *
 * Certain: a check digit, a word as it stands on a list, a count. Likely: a pattern, a cue, a word
 * behind a disguise. What is certain is that it is there; what to make of it a person decides.
 */
import { language, plural, speaks } from '../language.svelte';
import { within, type Span } from '../spans';
import type { Finding, Verdict } from '../wire';

/** What a sentence may name. */
interface Named {
  /** The words of the text, quoted; empty where a finding is about the whole. */
  seen: string;
  /** The same as the check has read it, quoted; an entry of a list, a host. */
  read: string;
  count: number;
  /** Of a language's tag: its name. */
  language: string;
  /** It is about the name, which is held as it is and never masked. */
  inName: boolean;
}

/** "…: «parola»."; without a word the sentence stands alone. */
const about = (sentence: string, what: string): string => (what ? `${sentence}: ${what}.` : `${sentence}.`);

const hiddenIt = (what: string, end = 'o') => ({ inName, seen }: Named): string =>
  inName ? about(`C’è ${what}`, seen) : `C’era ${what}: è oscurat${end}.`;
const hiddenEn = (what: string) => ({ inName, seen }: Named): string =>
  inName ? about(`There is ${what}`, seen) : `There was ${what}: it is hidden.`;

const it = {
  LEN_EMPTY: () => 'È vuota.',
  LEN_TOO_SHORT: ({ count }: Named) => `Ha meno di ${plural(count, 'carattere', 'caratteri')}.`,
  LEN_TOO_LONG: ({ count }: Named) => `Supera ${plural(count, 'carattere', 'caratteri')}.`,
  FMT_NO_TEXT: () => 'Ci sono solo simboli o emoji.',
  FMT_GIBBERISH: () => 'Il testo sembra casuale.',
  FMT_SHOUTING: () => 'Quasi tutto in maiuscolo.',
  FMT_BAD_CHARS: () => 'Contiene caratteri non ammessi.',
  EVADE_INVISIBLE: ({ seen }: Named) => about('Caratteri invisibili dentro una parola', seen),
  EVADE_MIXED_SCRIPT: ({ seen }: Named) => about('Alfabeti diversi nella stessa parola', seen),
  EVADE_DISGUISED: ({ seen, read }: Named) =>
    read ? `Parola camuffata: ${seen} si legge ${read}.` : about('Parola camuffata', seen),
  WORD_INSULT: ({ seen }: Named) => about('Insulto', seen),
  WORD_VULGAR: ({ seen }: Named) => about('Parola volgare', seen),
  WORD_SLUR: ({ seen }: Named) => about('Termine discriminatorio', seen),
  WORD_BLASPHEMY: ({ seen }: Named) => about('Bestemmia', seen),
  WORD_SEXUAL: ({ seen }: Named) => about('Termine sessuale esplicito', seen),
  WORD_THREAT: ({ seen }: Named) => about('Minaccia', seen),
  WORD_CONTEMPT: ({ seen }: Named) => about('Disprezzo per un intero gruppo di persone', seen),
  WORD_LIST_BLOCK: ({ read, seen }: Named) => about('Nella vostra lista delle parole da rifiutare', read || seen),
  WORD_LIST_HOLD: ({ read, seen }: Named) => about('Nella vostra lista delle parole da far leggere', read || seen),
  TOPIC_GROUP: ({ seen }: Named) => about('Parla di un gruppo tutelato, leggi con attenzione', seen),
  LINK_URL: ({ read, seen }: Named) => about('Contiene un collegamento', read || seen),
  LINK_SHORTENER: ({ read, seen }: Named) => about('Collegamento accorciato, non si vede dove porta', read || seen),
  LINK_DISGUISED: ({ read, seen }: Named) => about('Collegamento camuffato', read || seen),
  LINK_SCHEME: ({ seen }: Named) => about('Tipo di collegamento non ammesso', seen),
  LINK_OFFPLATFORM: ({ seen }: Named) => about('Invita a spostarsi su un altro canale', seen),
  PII_TAX_CODE: hiddenIt('un codice fiscale'),
  PII_IBAN: hiddenIt('un IBAN'),
  PII_CARD: hiddenIt('il numero di una carta'),
  PII_EMAIL: hiddenIt('un indirizzo e-mail'),
  PII_PHONE: hiddenIt('un numero di telefono'),
  PII_PLATE: hiddenIt('una targa', 'a'),
  PII_DOCUMENT: hiddenIt('il numero di un documento'),
  PII_HEALTH_CARD: hiddenIt('il numero di una tessera sanitaria'),
  PII_VAT: hiddenIt('una partita IVA', 'a'),
  PII_ADDRESS: ({ seen }: Named) => about('Può dire dove abita qualcuno', seen),
  PII_BIRTH: ({ seen }: Named) => about('Può dire quando o dove è nato qualcuno', seen),
  PII_PERSON: ({ seen }: Named) => about('Può nominare una persona privata', seen),
  PII_HANDLE: ({ seen }: Named) => about('Può essere il profilo di qualcuno', seen),
  PII_MINOR: ({ seen }: Named) => about('Può riguardare un minore', seen),
  PII_HEALTH: ({ seen }: Named) => about('Può riguardare la salute di una persona', seen),
  FLOOD_CAMPAIGN: ({ count }: Named) => `Un testo quasi uguale da ${plural(count, 'persona', 'persone')} in pochi minuti.`,
  DUP_OWN: () => 'Chi l’ha scritta l’aveva già inviata.',
  DUP_SAME: () => 'Uguale a una domanda già presente.',
  DUP_SIMILAR: () => 'Simile a una domanda già presente.',
  LANG_UNEXPECTED: ({ language }: Named) => about('Sembra scritta in un’altra lingua', language),
  NAME_OFFICIAL: ({ seen }: Named) => about('Il nome è quello di chi risponde', seen),
  AUTHOR_HISTORY: ({ count }: Named) =>
    `Di questa persona ${count === 1 ? 'è già stata respinta 1 domanda' : `sono già state respinte ${count} domande`}.`,
  REVIEW_ASKED: () => 'Il controllo la rifiutava: chi l’ha scritta chiede che la legga una persona.',
  SCREEN_ERROR: () => 'Il controllo automatico non è finito: leggila tu.',
};

/** Every code that this page knows. A newer server may say others. */
export type Known = keyof typeof it;
export const CODES = Object.keys(it) as Known[];

const en: typeof it = {
  LEN_EMPTY: () => 'It is empty.',
  LEN_TOO_SHORT: ({ count }) => `It has fewer than ${plural(count, 'character', 'characters')}.`,
  LEN_TOO_LONG: ({ count }) => `It is over ${plural(count, 'character', 'characters')}.`,
  FMT_NO_TEXT: () => 'There are only symbols or emoji.',
  FMT_GIBBERISH: () => 'The text looks random.',
  FMT_SHOUTING: () => 'Almost all capitals.',
  FMT_BAD_CHARS: () => 'It contains characters that are not allowed.',
  EVADE_INVISIBLE: ({ seen }) => about('Invisible characters inside a word', seen),
  EVADE_MIXED_SCRIPT: ({ seen }) => about('Different alphabets in one word', seen),
  EVADE_DISGUISED: ({ seen, read }) => (read ? `Disguised word: ${seen} reads ${read}.` : about('Disguised word', seen)),
  WORD_INSULT: ({ seen }) => about('Insult', seen),
  WORD_VULGAR: ({ seen }) => about('Vulgar word', seen),
  WORD_SLUR: ({ seen }) => about('Slur', seen),
  WORD_BLASPHEMY: ({ seen }) => about('Blasphemy', seen),
  WORD_SEXUAL: ({ seen }) => about('Explicit sexual term', seen),
  WORD_THREAT: ({ seen }) => about('Threat', seen),
  WORD_CONTEMPT: ({ seen }) => about('Contempt for a whole group of people', seen),
  WORD_LIST_BLOCK: ({ read, seen }) => about('On your list of words to refuse', read || seen),
  WORD_LIST_HOLD: ({ read, seen }) => about('On your list of words for a person to read', read || seen),
  TOPIC_GROUP: ({ seen }) => about('Mentions a protected group, read with care', seen),
  LINK_URL: ({ read, seen }) => about('It contains a link', read || seen),
  LINK_SHORTENER: ({ read, seen }) => about('Shortened link, where it leads cannot be seen', read || seen),
  LINK_DISGUISED: ({ read, seen }) => about('Disguised link', read || seen),
  LINK_SCHEME: ({ seen }) => about('A kind of link that is not allowed', seen),
  LINK_OFFPLATFORM: ({ seen }) => about('Invites people to another channel', seen),
  PII_TAX_CODE: hiddenEn('a tax code'),
  PII_IBAN: hiddenEn('an IBAN'),
  PII_CARD: hiddenEn('a card number'),
  PII_EMAIL: hiddenEn('an e-mail address'),
  PII_PHONE: hiddenEn('a phone number'),
  PII_PLATE: hiddenEn('a number plate'),
  PII_DOCUMENT: hiddenEn('a document’s number'),
  PII_HEALTH_CARD: hiddenEn('a health card’s number'),
  PII_VAT: hiddenEn('a VAT number'),
  PII_ADDRESS: ({ seen }) => about('It may say where somebody lives', seen),
  PII_BIRTH: ({ seen }) => about('It may say when or where somebody was born', seen),
  PII_PERSON: ({ seen }) => about('It may name a private person', seen),
  PII_HANDLE: ({ seen }) => about('It may be somebody’s account', seen),
  PII_MINOR: ({ seen }) => about('It may concern a minor', seen),
  PII_HEALTH: ({ seen }) => about('It may concern a person’s health', seen),
  FLOOD_CAMPAIGN: ({ count }) => `Nearly the same text from ${plural(count, 'person', 'people')} in a few minutes.`,
  DUP_OWN: () => 'Its author has sent it before.',
  DUP_SAME: () => 'Same as a question already there.',
  DUP_SIMILAR: () => 'Similar to a question already there.',
  LANG_UNEXPECTED: ({ language }) => about('It seems to be in another language', language),
  NAME_OFFICIAL: ({ seen }) => about('The name is that of somebody who answers', seen),
  AUTHOR_HISTORY: ({ count }) =>
    `${plural(count, 'question', 'questions')} from this person ${count === 1 ? 'was' : 'were'} dismissed already.`,
  REVIEW_ASKED: () => 'The check refused it: its author asks for a person to read it.',
  SCREEN_ERROR: () => 'The automatic check did not finish: read it yourself.',
};

const sentences = speaks<Record<string, (named: Named) => string>>({ it, en });

const frame = speaks({
  it: {
    unknown: (code: string) => `Il controllo automatico segnala qualcosa che questa pagina non conosce ancora (${code}).`,
    inName: (sentence: string) => `Nel nome: ${sentence.charAt(0).toLowerCase()}${sentence.slice(1)}`,
    quoted: (words: string) => `«${words}»`,
    sure: { certain: 'certo', likely: 'probabile' },
    times: (sentence: string, times: number) => `${sentence.slice(0, -1)} (${times} volte).`,
  },
  en: {
    unknown: (code: string) => `The automatic check reports something that this page does not know yet (${code}).`,
    inName: (sentence: string) => `In the name: ${sentence.charAt(0).toLowerCase()}${sentence.slice(1)}`,
    quoted: (words: string) => `“${words}”`,
    sure: { certain: 'certain', likely: 'likely' },
    times: (sentence: string, times: number) => `${sentence.slice(0, -1)} (${times} times).`,
  },
});

export type Sure = 'certain' | 'likely';

/** Patterns, cues and guesses. Everything else was counted, compared or has check digits. */
const LIKELY: ReadonlySet<string> = new Set<Known>([
  'FMT_GIBBERISH', 'EVADE_DISGUISED', 'WORD_THREAT', 'WORD_CONTEMPT', 'TOPIC_GROUP', 'LINK_DISGUISED', 'LINK_OFFPLATFORM',
  'PII_PHONE', 'PII_PLATE', 'PII_DOCUMENT', 'PII_ADDRESS', 'PII_BIRTH', 'PII_PERSON', 'PII_HANDLE', 'PII_MINOR', 'PII_HEALTH',
  'FLOOD_CAMPAIGN', 'DUP_SIMILAR', 'LANG_UNEXPECTED',
]);

const SAID: ReadonlySet<string> = new Set<Known>(['REVIEW_ASKED', 'SCREEN_ERROR']);

/** Of two that hold, these are read first. */
const FIRST: ReadonlySet<string> = new Set<Known>(['WORD_THREAT', 'WORD_SLUR', 'WORD_CONTEMPT', 'PII_MINOR', 'PII_HEALTH', 'NAME_OFFICIAL']);

/** What is replaced in a text, whatever becomes of the text. */
const MASKED: ReadonlySet<string> = new Set<Known>([
  'PII_TAX_CODE', 'PII_IBAN', 'PII_CARD', 'PII_EMAIL', 'PII_PHONE', 'PII_PLATE', 'PII_DOCUMENT', 'PII_HEALTH_CARD', 'PII_VAT',
]);

const STRICT: Record<Verdict, number> = { block: 3, hold: 2, mask: 1, pass: 0 };

/** One finding, or several that say the same, in words. */
export interface Told {
  readonly code: string;
  readonly verdict: Verdict;
  readonly sentence: string;
  /** Null where it says what was done, and not what is in the text. */
  readonly sure: Sure | null;
  readonly inName: boolean;
  /** What stands in the text now is what it was replaced with. */
  readonly masked: boolean;
  /** In the text, or in the name. */
  readonly spans: readonly Span[];
}

/** Longer quotes are cut: the place is marked in the text anyway. */
const QUOTED = 60;

/** What was found in a question as the desk holds it, the strictest first. */
export function told(question: { text: string | null; name: string | null; findings: readonly Finding[] }): Told[] {
  const disguised = question.findings.filter(({ code }) => code === 'EVADE_DISGUISED').flatMap(({ spans }) => spans ?? []);
  const all = new Map<string, Told & { times: number }>();
  for (const finding of question.findings) {
    const one = { ...of(finding, (finding.in_name ? question.name : question.text) ?? ''), times: 1 };
    // A word that was read behind a disguise is a guess.
    const behind = finding.code.startsWith('WORD_') && (finding.spans ?? []).some((span) => disguised.some((other) => touch(span, other)));
    const sure = behind ? 'likely' : one.sure;
    const key = `${one.verdict} ${sure} ${one.sentence}`;
    const same = all.get(key);
    all.set(key, same ? { ...same, spans: [...same.spans, ...one.spans], times: same.times + 1 } : { ...one, sure });
  }
  const say = frame();
  return [...all.values()]
    .map(({ times, ...one }) => (times > 1 ? { ...one, sentence: say.times(one.sentence, times) } : one))
    .sort((a, b) => Number(isAsked(b)) - Number(isAsked(a)) || STRICT[b.verdict] - STRICT[a.verdict] || rank(a) - rank(b));
}

/** A finding in words; `text`: what its spans are of. */
export function of(finding: Finding, text: string): Told {
  const { code, verdict, spans = [], evidence = '', count = 0, in_name: inName = false } = finding;
  const say = frame();
  const quote = (words: string): string => {
    const flat = words.trim().replace(/\s+/g, ' ');
    return flat && say.quoted(flat.length > QUOTED ? `${flat.slice(0, QUOTED - 1).trimEnd()}…` : flat);
  };
  const sentence = sentences()[code]?.({
    seen: quote(spans[0] ? within(text, spans[0]) : evidence),
    read: quote(evidence),
    count,
    language: named(evidence),
    inName,
  });
  const whole = sentence ?? say.unknown(code);
  return {
    ...{ code, verdict, spans, inName, masked: !inName && MASKED.has(code) },
    sentence: inName && code !== 'NAME_OFFICIAL' ? say.inName(whole) : whole,
    sure: SAID.has(code) ? null : LIKELY.has(code) || sentence === undefined ? 'likely' : 'certain',
  };
}

/** "certo", "probabile". */
export const sureness = (sure: Sure | null): string => (sure ? frame().sure[sure] : '');

/** Somebody wants a person to read it: that is why it is here. */
const isAsked = ({ code }: Told): boolean => code === 'REVIEW_ASKED';

const rank = ({ code, sure }: Told): number => (FIRST.has(code) ? 0 : 2) + (sure === 'likely' ? 1 : 0);

const touch = (a: Span, b: Span): boolean => a.start < b.end && b.start < a.end;

/** "tedesco"; what is no tag is no language. The evidence may say how sure it is behind the tag. */
function named(evidence: string): string {
  const tag = /^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*/.exec(evidence)?.[0];
  try {
    return tag ? (new Intl.DisplayNames(language(), { type: 'language' }).of(tag) ?? tag) : '';
  } catch {
    return tag ?? '';
  }
}
