// Written from the server's types: do not edit. `UPDATE_EXPECT=1 cargo test typescript` writes it
// anew after a change of `src/wire` or `src/qa`, and a test fails until that is done.
// What each message means stands in `docs/protocol.md`.

/** One thing that a person did in a session. */
export type Act = {
  /** When. */
  at: Timestamp,
  /** What. */
  what: Deed,
  /** With which question. */
  question: QuestionId | null,
};

/** A question like another, as the desk sees it: suggested, with the words in which they differ. */
export type Alike = {
  /** Which one. */
  id: QuestionId,
  /** What it says. */
  text: string,
  /** How like, from 0 to 1, in hundredths. */
  score: number,
  /** They seem to ask the same. */
  same: boolean,
  /** Words of this question that the other has not, as byte ranges of this text. */
  here: Array<{ start: number, end: number, }>,
  /** Words of the other that this one has not, as byte ranges of the other's text. */
  there: Array<{ start: number, end: number, }>,
};

/** A written answer. */
export type Answer = {
  /** What it says. */
  text: string,
  /** Where to read more. */
  links: Array<string>,
  /** When. */
  at: Timestamp,
  /** Who signed it. */
  by: string,
};

/** One thing screening found, as its author may know it: evidence is for the desk alone. */
export type Blocked = {
  /** Stable, such as `LEN_TOO_SHORT`. */
  code: string,
  /** What this finding alone asks for. */
  verdict: Verdict,
  /** Byte ranges in the text as sent. */
  spans?: Array<{ start: number, end: number, }>,
  /** The number its sentence names. */
  count?: number,
  /** It is about the name, and its spans are the name's. */
  in_name?: boolean,
  /** What to change. */
  detail: string,
};

/** One text from many people, with small changes. */
export type Campaign = {
  /** The first question of it, by which its questions are known. */
  id: QuestionId,
  /** From how many people it came. */
  people: number,
};

/** `GET …/chain`. */
export type ChainBody = {
  /** Over every entry of the session's journal, as 64 hexadecimal digits. */
  chain: string,
};

/** One change of an audience's view. Applying one twice is harmless. */
export type Change = { "question": Question } | { "gone": QuestionId } | { "on_air": OnAir } | { "queue": Array<QuestionId> } | { "session": Session };

/** Where a question came from that the desk entered. */
export type Channel = "hall" | "phone" | "mail" | "social" | "paper";

/** What every public page shows of the city. */
export type City = {
  /** Its name, such as "Comune di …". */
  name?: string,
  /** How to reach it. */
  contact?: string,
  /** Its privacy notice. */
  privacy_url?: string,
  /** Its accessibility statement. */
  accessibility_url?: string,
  /** Its legal notes. */
  legal_url?: string,
  /** Its colour, `#rrggbb`. */
  colour?: string,
  /** Its coat of arms: an image of this server. */
  coat_of_arms?: string,
};

/** A wish with its id. */
export type ClientCommand = Wish & { id: CommandId };

/** What a program reads. Fixed by `protocol.md`; adding is free. */
export type Code = "too_fast" | "too_many" | "too_long" | "too_short" | "empty" | "not_text" | "closed" | "stale" | "wrong_state" | "unauthenticated" | "not_allowed" | "not_found" | "own_question" | "muted" | "id_taken" | "blocked_words" | "link" | "duplicate_own" | "reason_missing" | "malformed" | "not_ready" | "busy" | "unknown_outcome" | "not_yet";

/** One command, made by the client, kept across reconnects. */
export type CommandId = string;

/**
 * An audience's place in one life of a journal. Opaque to everybody else, and no secret: it says
 * how often that audience's own view has changed, and nothing of what others see.
 */
export type Cursor = string;

/** What a person can have done. */
export type Deed = "asked" | "edited" | "withdrawn" | "supported" | "support_ended" | "joined" | "forgotten";

/** What only the desk sees of a question. */
export type DeskFields = {
  /** What screening made of it. */
  verdict: Verdict,
  /** What screening found. */
  findings: Array<Finding>,
  /** Its asker's pseudonym. */
  person: PersonId | null,
  /** Where the desk had it from. */
  channel: Channel | null,
  /** Who is reading it. */
  claimed_by: string | null,
  /** Questions like it: the ids of `alike`. */
  similar: Array<QuestionId>,
  /** Questions like it, best first, with the words in which they differ. */
  alike: Array<Alike>,
  /** The same text came from many people. */
  campaign?: Campaign,
  /** When it was taken off air, if it has not been on since. */
  taken_off_at: Timestamp | null,
  /** When the clock will publish it, unless the desk acts first. */
  held_until: Timestamp | null,
};

/** Why a question was not published. */
export type Dismissal = {
  /** Why. */
  code: Reason,
  /** For `duplicate`: of which, where the reader may see that. */
  of: QuestionId | null,
  /** What the desk added. */
  note: string | null,
};

/** Who is told that a question is there already. */
export type Duplicates = "both" | "desk" | "off";

/** One thing that was found. */
export type Finding = {
  /** Stable, append-only, such as `LEN_TOO_SHORT`. */
  code: string,
  /** What this finding alone asks for. */
  verdict: Verdict,
  /** Byte ranges in the original text. */
  spans?: Array<{ start: number, end: number, }>,
  /** For the desk only. */
  evidence?: string,
  /** The number its sentence names: the least, the most, what is too much. */
  count?: number,
  /** It is about the name, and its spans are the name's; else about the text. */
  in_name?: boolean,
};

/** `GET /doctor`: how it stands with the machine. */
export type HealthBody = {
  /** The release that runs. */
  version: string,
  /** One for each thing that was looked at, in the language of the request. */
  lines: Array<HealthLine>,
  /** How this request arrived. */
  seen: SeenBody,
};

/** One thing that was looked at. */
export type HealthLine = {
  /** What was looked at: a word that stays. */
  check: string,
  /** `green`, `yellow`, `red`. */
  state: string,
  /** What was found. */
  says: string,
  /** What to do; absent where it is green. */
  todo?: string,
};

/** How often moderators went along with one reason to hold a question. */
export type HeldReason = {
  /** The finding's code. */
  code: string,
  /** Of the organiser's lists: which entry. */
  entry?: string,
  /** Questions that it held. */
  held: number,
  /** Of these, published by a person all the same. */
  overruled: number,
  /** Of these, dismissed by a person. */
  upheld: number,
};

/** `GET /house`: what every public page shows. */
export type HouseBody = {
  /** What the city says of itself. */
  city: City,
  /** What is still to be filled in before a session other than a rehearsal may open. */
  missing: Array<string>,
};

/** One invitation, without its token. */
export type InvitationBody = {
  /** For `DELETE …/invitations/ID`. */
  id: InvitationId,
  /** What it permits. */
  role: Role,
  /** Whom it is for. */
  name: string,
  /** How often it was used. */
  used: number,
  /** When it was used last. */
  used_at: Timestamp | null,
};

/** One invitation: the id of the command that made it. */
export type InvitationId = string;

/** `GET …/invitations`. */
export type InvitationsBody = {
  /** Those that were not withdrawn. */
  invitations: Array<InvitationBody>,
};

/** `POST …/invitations`: the only time that the token is seen. */
export type InvitedBody = {
  /** For `DELETE …/invitations/ID`. */
  id: InvitationId,
  /** To be sent to whom it is for. */
  link: string,
  /** For programs. */
  token: string,
};

/** What becomes of a text with a link. */
export type Links = "block" | "hold" | "allow";

/** `GET /me`: what the caller may do here. */
export type MeBody = {
  /** Whether they administer the house, and with it every session. */
  administrator: boolean,
  /** The roles that they were granted, by session. */
  roles: { [key in Slug]: Array<Role> },
};

/** Whether a person reads a question before the public does. */
export type Moderation = "pre" | "post";

/** A note of the desk; its text is null when no key opens it any more. */
export type Note = {
  /** What it says. */
  text: string | null,
  /** Who wrote it. */
  by: string,
  /** When. */
  at: Timestamp,
};

/** For whom a note is. */
export type NoteFor = "desk" | "stage";

/** Somebody who answers. */
export type Official = {
  /** Their name. */
  name: string,
  /** Their office. */
  office: string,
};

/** What is on air, as one audience sees it. */
export type OnAir = {
  /** Which question. */
  id: QuestionId | null,
  /** Since when. */
  since: Timestamp | null,
  /** The stage's revision. */
  rev: Rev,
  /**
   * Desk and stage, after an unclean stop: what is on air by the record and on no stage and no
   * overlay until `on_air` confirms it.
   */
  unconfirmed?: QuestionId,
  /** Desk and stage: the producer has hidden the overlay's picture, which is clear for that. */
  hidden?: boolean,
};

/** The order of the public list. */
export type Order = "top" | "new" | "fair";

/** What becomes of a text in a language that is not expected. */
export type OtherLanguages = "note" | "hold";

/** One of your own questions. */
export type OwnQuestion = Question & { receipt: Receipt | null };

/**
 * A person in one journal: an HMAC under the journal's secret, so that the same human being
 * has another name in every session and none that leads back once the secret is gone.
 */
export type PersonId = string;

/** What becomes of a text with personal data in it. It is masked in either case. */
export type PersonalData = "mask" | "hold";

/**
 * A policy as one audience is told it. The organiser's lists, the city's contacts and what makes
 * a person or a text conspicuous are told to the desk alone: whoever knows them plays them.
 */
export type Policy = {
  /** 1, 2, 3 …: moves with every change. */
  version: number,
  /** Whether a person reads first. */
  moderation: Moderation,
  /** With `post`: seconds that a question waits, seen by the desk alone (0 to 300). */
  hold_s: number,
  /** Least characters of a question. */
  min_chars: number,
  /** Most characters of a question (up to 1,000). */
  max_chars: number,
  /** Questions of one person that may wait at the same time. */
  open_questions: number | null,
  /** Questions of one person in the session. */
  questions: number | null,
  /** Seconds between two questions of one person. */
  slow_s: number | null,
  /** Whether one may ask without a name. */
  anonymous: boolean,
  /** Whether counts are public. */
  votes: Votes,
  /** The order the public list starts with. */
  order: Order,
  /** What becomes of a text with a link. */
  links: Links,
  /** Languages expected (BCP 47). */
  languages: Array<string>,
  /** Who is told of similar questions. */
  duplicates: Duplicates,
  /** Whether questions are taken before the start. */
  before_start: boolean,
  /**
   * Days after the end until everything personal is forgotten (1 to 3,650); null: never by
   * itself.
   */
  keep_days: number | null,
  /** Hosts that may be linked to, each with everything under it. */
  link_hosts: Array<string>,
  /** What becomes of a text with personal data in it, beside the masking. */
  personal_data: PersonalData,
  /** Kinds of words that are noted for the desk, and do not hold a text. */
  words_noted: Array<Words>,
  /** What becomes of a text in a language that is not expected. */
  other_languages: OtherLanguages,
  /** Desk: the organiser's words that are not accepted: whole words, `prefix*`, short phrases. */
  words_block?: Array<string>,
  /** Desk: the organiser's words at which a person looks first. */
  words_hold?: Array<string>,
  /** Desk: words that are nothing to look at here, whatever another list says of them. */
  words_allow?: Array<string>,
  /** Desk: what the city itself publishes, which is nobody's personal data: addresses, numbers. */
  contacts?: Array<string>,
  /** Desk: from how many dismissed questions on a person's next ones are held. */
  history?: number | null,
  /** Desk: from how many people on the same text is a campaign, whose next ones are held. */
  campaign_people?: number | null,
  /** Desk: within how many minutes. */
  campaign_minutes?: number,
};

/** A change of the policy: only what changes. For limits, `null` lifts them. */
export type PolicyChange = { moderation?: Moderation, hold_s?: number, min_chars?: number, max_chars?: number, open_questions?: number | null, questions?: number | null, slow_s?: number | null, anonymous?: boolean, votes?: Votes, order?: Order, links?: Links, languages?: Array<string>, duplicates?: Duplicates, before_start?: boolean, keep_days?: number | null, link_hosts?: Array<string>, personal_data?: PersonalData, words_noted?: Array<Words>, words_block?: Array<string>, words_hold?: Array<string>, words_allow?: Array<string>, contacts?: Array<string>, other_languages?: OtherLanguages, history?: number | null, campaign_people?: number | null, campaign_minutes?: number };

/**
 * A policy to begin with. What a preset does not name stays as it is: the organiser's own lists,
 * what votes and names are worth, how long things are kept.
 */
export type Preset = "prudent" | "balanced" | "open";

/** The body of an answer that is an error. */
export type Problem = Refused & { type: string, status: number };

/** A question as one audience sees it. */
export type Question = {
  /** Its id. */
  id: QuestionId,
  /** 1, 2, 3 …, given at its first approval. */
  number: number | null,
  /** What it says; null once taken back. */
  text: string | null,
  /** Whether the press office changed it. */
  edited: boolean,
  /** The asker's name, where it is shown. */
  name: string | null,
  /** From the session's list. */
  labels: Array<string>,
  /** BCP 47. */
  language: string,
  /** How many support it; null while the policy hides it. */
  votes: number | null,
  /** When it was asked. */
  asked_at: Timestamp,
  /** Where it stands. */
  state: State,
  /** When it was last on air. */
  on_air_at: Timestamp | null,
  /** When it was answered. */
  answered_at: Timestamp | null,
  /** The written answer. */
  answer: Answer | null,
  /** Ids joined into it. */
  merged: Array<QuestionId>,
  /** Its text was removed: when and why. */
  removed?: Removed,
  /** Desk and stage: its revision. */
  rev?: Rev,
  /** Desk: its notes; stage: those for the stage. */
  notes?: Array<Note>,
  /**
   * What only its asker and the desk see: the text as first asked, where it has changed since
   * and a key still opens it.
   */
  original?: string,
  /** What only its asker and the desk see: why it was not published. */
  reason?: Dismissal,
};

/** One question: the id of the command that asked it. */
export type QuestionId = string;

/** `GET …/questions`. */
export type QuestionsBody = {
  /** At most 100. */
  questions: Array<Question>,
  /** For `after`; null at the end. */
  next: string | null,
};

/** Why a question was not published. */
export type Reason = "off_topic" | "duplicate" | "not_a_question" | "not_our_office" | "personal_attack" | "personal_data" | "advertising" | "unverified" | "other";

/**
 * 80 bits, written as four groups of four: short enough to be read aloud on the telephone, too
 * many to be guessed.
 */
export type Receipt = string;

/** `GET /receipts/CODE`: the question, and all that is held of its asker in that session. */
export type ReceiptBody = {
  /** The session. */
  session: Session,
  /** The question the receipt is for. */
  question: OwnQuestion,
  /** Every question of that person in that session. */
  questions: Array<OwnQuestion>,
  /** What they support. */
  votes: { [key in QuestionId]: boolean },
  /**
   * The chain of the record when the question last changed for its asker, as 64 hexadecimal
   * digits: kept, it shows later that the record was not written anew. It counts nothing.
   */
  chain: string,
  /** Whether they were forgotten here: name and texts that only the desk saw are erased. */
  forgotten: boolean,
  /** Everything they did, in order, where it was asked for. */
  acts?: Array<Act>,
};

/** Why a command was not recorded, in the language of the connection. */
export type Refused = {
  /** The command's; null where none could be read. */
  id: CommandId | null,
  /** For programs. */
  code: Code,
  /** A short sentence, the same for every refusal with this code. */
  title: string,
  /** What was wrong here, and what to do. */
  detail: string,
  /** When it is worth trying again. */
  retry_after_ms?: number,
  /** What screening blocked in the text. */
  findings?: Array<Blocked>,
  /** The question as it is now. */
  question?: Question,
  /** With `not_ready`: the fields of the city that are still to be filled in. */
  missing?: Array<string>,
};

/** A removal. */
export type Removed = {
  /** When. */
  at: Timestamp,
  /** Why. */
  reason: string,
};

/** How often something has moved since it came to be. Never falls. */
export type Rev = number;

/** What a person may do in a session, by a recorded grant. A citizen needs none. */
export type Role = "moderator" | "official" | "producer" | "admin";

/** What one stage or overlay shows, as it says itself. */
export type Screen = {
  /** Which kind. */
  kind: ScreenKind,
  /** Which question, if any. */
  on_air: QuestionId | null,
  /** How long ago it said so. */
  seen_ms_ago: number,
};

/** What a picture is drawn for. */
export type ScreenKind = "stage" | "overlay";

/** `GET …/screening`: how often moderators went along with each reason to hold a question. */
export type ScreeningBody = {
  /** One row for each code, and for each entry of the organiser's lists. */
  reasons: Array<HeldReason>,
};

/** By which right somebody sits on this connection. */
export type SeatRole = "citizen" | "moderator" | "official" | "producer" | "admin";

/** How a request arrived: what tells an operator whether the proxy in front is set right. */
export type SeenBody = {
  /** Who connected. */
  peer: string,
  /** From where the request counts as coming. */
  client: string,
  /** Whether the one who connected is a trusted proxy. */
  believed: boolean,
  /** Whether the request names a forwarded address. */
  forwarded: boolean,
  /** Whether it counts as coming from a proxy itself. */
  client_is_proxy: boolean,
};

/** Everything a server says. Borrowed while it is written, owned when a client in Rust reads it. */
export type ServerMessage = { type: "welcome",
  /** This session's name for you; null for who need not be anyone. */
  person: PersonId | null,
  /** The role you are here by; null for an overlay. */
  role: SeatRole | null,
  /** The session. */
  session: Session,
  /** The server's clock. */
  now: Timestamp,
  /** Which pages the server has; one that was built as another may be loaded anew. */
  build?: string,
} | { type: "snapshot",
  /** Where you are now. */
  cursor: Cursor,
  /** The session. */
  session: Session,
  /** What is on air. */
  on_air: OnAir,
  /** The running order, for those who see it. */
  queue: Array<QuestionId>,
  /** The questions this audience starts with. */
  questions: Array<Question>,
  /** How many there are by state, of the states this audience may see. */
  total: { [key in State]?: number },
} | { type: "update",
  /** Where you are now. */
  cursor: Cursor,
  /** When it was decided. */
  at: Timestamp,
  /** Applying one twice is harmless. */
  changes: Array<Change>,
} | { type: "hush",
  /** Which question. */
  id: QuestionId,
} | { type: "mine",
  /** Your own; later only those that changed. */
  questions: Array<OwnQuestion>,
  /** On or off. */
  votes: { [key in QuestionId]: boolean },
} | { type: "tally",
  /** Votes by question; ignore those you do not hold. */
  votes: { [key in QuestionId]: number },
  /** How many people are here. */
  present: number,
} | { type: "done",
  /** The command's. */
  id: CommandId,
  /** For an `ask`: its receipt. */
  receipt?: Receipt,
} | { type: "checked",
  /** The command's. */
  id: CommandId,
  /** The text as it would go on with what must be masked; null when nothing must. */
  masked: string | null,
  /** What would keep it from being accepted. */
  blocked: Array<Blocked>,
  /** Public questions like it. */
  similar: Array<Question>,
} | { type: "refused" } & Refused | { type: "screens",
  /** One for each. */
  screens: Array<Screen>,
} | { type: "goodbye",
  /** The close code. */
  code: number,
  /** Why, in words. */
  reason: string,
  /** When to come back; null: stay away. */
  retry_after_ms: number | null,
};

/** A session, as one audience sees it: all the same but for the policy. */
export type Session = {
  /** Its name in addresses. */
  slug: Slug,
  /** Its title. */
  title: string,
  /** BCP 47. */
  language: string,
  /** Where it stands. */
  state: SessionState,
  /** Whether it is a rehearsal. */
  rehearsal: boolean,
  /** Its revision. */
  rev: Rev,
  /** When it starts. */
  starts_at: Timestamp | null,
  /** Who answers. */
  officials: Array<Official>,
  /** Topics a question may carry. */
  labels: Array<string>,
  /** The live picture. */
  stream: Stream | null,
  /** Its policy. */
  policy: Policy,
};

/** Where a session stands. */
export type SessionState = "draft" | "scheduled" | "open" | "closed" | "ended";

/** `GET /sessions`. */
export type SessionsBody = {
  /** Those the caller may see. */
  sessions: Array<Session>,
};

/** A session's name in addresses: 3 to 60 of `a-z 0-9 -`. */
export type Slug = string;

/** Where a question stands. */
export type State = "pending" | "approved" | "queued" | "on_air" | "answered" | "dismissed" | "withdrawn" | "merged";

/** The live picture. */
export type Stream = {
  /** Where it plays from. */
  url: string,
  /** `hls`, `youtube`, `facebook`, `vimeo`. */
  kind: string,
  /** Seconds by which each way of watching lags behind the room. */
  delays: { [key in string]: number },
};

/** Milliseconds since 1970, UTC. */
export type Timestamp = number;

/** `POST /me` with `embed`. */
export type TokenBody = {
  /** For `Authorization: Bearer`. */
  token: string,
};

/** `POST …/screening/try`: the last questions that another policy sees otherwise. */
export type TriedBody = {
  /** On how many questions it was tried. */
  looked: number,
  /** Those that it would block, hold or mask, and that pass more easily today. */
  stricter: Array<TriedQuestion>,
  /** Those that would pass more easily. */
  milder: Array<TriedQuestion>,
};

/** A question that another policy sees otherwise. */
export type TriedQuestion = {
  /** Which one. */
  id: QuestionId,
  /** Where it stands. */
  state: State,
  /** What its asker wrote, as it was kept. */
  text: string,
  /** Under which name. */
  name: string | null,
  /** What the policy of today says of it. */
  before: Verdict,
  /** What the other one says. */
  after: Verdict,
  /** What the stricter of the two finds; places are bytes of `text`, or of `name`. */
  findings: Array<Finding>,
};

/** What screening says of a whole text. Ordered: the strictest wins. */
export type Verdict = "pass" | "mask" | "hold" | "block";

/** Whether vote counts are public. */
export type Votes = "shown" | "hidden";

/** The commands of the protocol's table, without their ids. */
export type Wish = { type: "ask", text: string, name?: string, labels?: Array<string>, review?: boolean, channel?: Channel }
  | { type: "check", text: string, name?: string }
  | { type: "edit", question: QuestionId, text: string }
  | { type: "withdraw", question: QuestionId }
  | { type: "vote", question: QuestionId, on: boolean }
  | { type: "report", question: QuestionId, reason: Reason }
  | { type: "claim", question: QuestionId, rev: Rev }
  | { type: "release", question: QuestionId, rev: Rev }
  | { type: "approve", question: QuestionId, rev: Rev, name?: boolean }
  | { type: "dismiss", question: QuestionId, rev: Rev, reason: Reason, of?: QuestionId, note?: string }
  | { type: "restore", question: QuestionId, rev: Rev }
  | { type: "revise", question: QuestionId, rev: Rev, text: string }
  | { type: "merge", question: QuestionId, rev: Rev, into: QuestionId }
  | { type: "unmerge", question: QuestionId, rev: Rev }
  | { type: "label", question: QuestionId, rev: Rev, labels: Array<string> }
  | { type: "note", question: QuestionId, rev: Rev, text: string, to?: NoteFor }
  | { type: "assign", question: QuestionId, rev: Rev, to: string | null }
  | { type: "queue", question: QuestionId, rev: Rev, before?: QuestionId }
  | { type: "unqueue", question: QuestionId, rev: Rev }
  | { type: "later", question: QuestionId, rev: Rev, note?: string }
  | { type: "on_air", question: QuestionId, rev: Rev, stage: Rev }
  | { type: "next", question: QuestionId }
  | { type: "off_air" }
  | { type: "answered", question: QuestionId, rev: Rev }
  | { type: "answer", question: QuestionId, rev: Rev, text: string, links?: Array<string> }
  | { type: "seen", question: QuestionId }
  | { type: "mute", person: PersonId, minutes?: number, reason: Reason }
  | { type: "unmute", person: PersonId }
  | { type: "policy", policy: PolicyChange }
  | { type: "rescreen" }
  | { type: "open" }
  | { type: "close" }
  | { type: "end" }
  | { type: "reopen" }
  | { type: "undo", command: CommandId }
  | { type: "overlay", show: boolean }
  | { type: "delay", channel: string, seconds: number }
  | { type: "mark", text?: string }
  | { type: "take_back", question: QuestionId, reason: string }
  | { type: "forget", person: PersonId, reason: string };

/**
 * Words whose tier a session may turn from held to noted. Slurs, threats and contempt for a whole
 * group of people are read by a person in every session.
 */
export type Words = "insult" | "vulgar" | "sexual" | "blasphemy";

/** A question as the stage is sent it. */
export type StageQuestion = Question & { rev: Rev, notes: Array<Note> };

/** A question as the desk is sent it. */
export type DeskQuestion = StageQuestion & DeskFields;

/** A picture has changed, or has been as it is for ten seconds. Gets no reply. */
export type Shown = { type: "shown", on_air: QuestionId | null };

/** What a client may say over the socket. */
export type ClientMessage = ClientCommand | Shown;

/** What each preset changes. What it does not name stays as it is. */
export const PRESETS: Record<Preset, PolicyChange> = {
  prudent: {
    campaign_minutes: 5,
    campaign_people: 3,
    duplicates: "both",
    history: 2,
    hold_s: 0,
    languages: ["it","en"],
    links: "block",
    max_chars: 280,
    min_chars: 10,
    moderation: "pre",
    open_questions: 2,
    other_languages: "hold",
    personal_data: "hold",
    questions: 3,
    slow_s: 60,
    words_noted: [],
  },
  balanced: {
    campaign_minutes: 5,
    campaign_people: 5,
    duplicates: "both",
    history: 3,
    hold_s: 0,
    languages: ["it","en"],
    links: "hold",
    max_chars: 400,
    min_chars: 8,
    moderation: "pre",
    open_questions: 3,
    other_languages: "note",
    personal_data: "mask",
    questions: 10,
    slow_s: 30,
    words_noted: [],
  },
  open: {
    campaign_minutes: 5,
    campaign_people: null,
    duplicates: "desk",
    history: null,
    hold_s: 5,
    languages: [],
    links: "hold",
    max_chars: 1000,
    min_chars: 3,
    moderation: "post",
    open_questions: null,
    other_languages: "note",
    personal_data: "mask",
    questions: 50,
    slow_s: 5,
    words_noted: ["insult","vulgar","sexual","blasphemy"],
  },
};
