//! What every recorded field is: whose, in what form it is kept, what for, and until when.
//!
//! To the compiler each row is a pattern without `..`: a field, a variant or a part that nobody has
//! marked does not compile. Each mark names the types it may stand on, so a citizen's words cannot
//! be marked as public, nor as kept in clear. To people the table is `docs/privacy.md`.

use std::collections::BTreeMap;

use super::command::Role;
use super::event::{
    About, Actor, Answer, Channel, Displaced, Entry, Event, Hash8, Head, Official, On, Reason,
    Recorded, Screened, Stream, VoteRow,
};
use super::guarded::{Personal, Shown};
use super::house::{City, HouseEvent};
use super::id::{
    CommandId, EntryId, GrantId, InvitationId, PersonId, QuestionId, Rev, SessionId, Slug,
    Timestamp,
};
use super::policy::{
    Duplicates, Links, Moderation, Order, OtherLanguages, PersonalData, Policy, Votes,
};
use crate::screening::{Finding, Verdict, Words};

/// Whose it is, and so who may see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// Everybody's to read.
    Public,
    /// A citizen's: they and the desk see it, until it is forgotten.
    Personal,
    /// The staff's: who decided what, on what ground.
    Staff,
}

/// What fields are marked with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// As the table of fields calls it.
    pub name: &'static str,
    /// Whose it is.
    pub whose: Whose,
    /// How it stands on the disk.
    pub kept: &'static str,
    /// What for.
    pub why: &'static str,
    /// Until when.
    pub until: &'static str,
}

/// A mark, as a type: what it may stand on is said by [`Fits`].
pub trait Marks {
    /// What it means.
    const MARK: Mark;
}

/// That fields of the type `F` may carry a mark.
pub trait Fits<F> {}

/// One field, marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Its name; a number in what has no names.
    pub name: &'static str,
    /// What it is.
    pub what: &'static str,
    /// Its mark.
    pub mark: Mark,
}

impl Field {
    /// A field with this mark.
    pub const fn new<M: Marks>(name: &'static str, what: &'static str) -> Self {
        Self { name, what, mark: M::MARK }
    }
}

/// The fields of one event, or of one part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fields {
    /// Its name, such as `Event::QuestionAsked`.
    pub of: &'static str,
    /// All of them.
    pub fields: &'static [Field],
}

/// Nothing happens here: it compiles where the mark may stand on such a field.
pub const fn fits<M: Fits<F>, F>(_: &F) {}

/// Marks every field of a type. A field that is left out does not compile:
///
/// ```compile_fail,E0027
/// use filodiretto::qa::event::Official;
/// use filodiretto::qa::marks::Public;
/// filodiretto::marked! {
///     /// Forgets the office.
///     OFFICIAL: Official = [Official { name: Public "their name" }];
/// }
/// ```
///
/// Nor does a mark on what it may not stand on: a citizen's words are not public.
///
/// ```compile_fail,E0277
/// use filodiretto::qa::event::Screened;
/// use filodiretto::qa::marks::Public;
/// filodiretto::marked! {
///     /// Gives everything away.
///     SCREENED: Screened = [Screened {
///         verdict: Public "the verdict", findings: Public "the findings", policy: Public "which policy",
///     }];
/// }
/// ```
///
/// ```
/// use filodiretto::qa::event::Official;
/// use filodiretto::qa::marks::Public;
/// filodiretto::marked! {
///     /// All of it.
///     OFFICIAL: Official = [Official { name: Public "their name", office: Public "their office" }];
/// }
/// assert_eq!(OFFICIAL[0].fields.len(), 2);
/// ```
#[macro_export]
macro_rules! marked {
    ($($(#[$doc:meta])* $table:ident: $type:ty = [$(
        $path:path { $($field:tt: $mark:ident $what:literal),* $(,)? }
    ),+ $(,)?];)+) => {$(
        $(#[$doc])*
        pub const $table: &[$crate::qa::marks::Fields] = &[$($crate::qa::marks::Fields {
            of: stringify!($path),
            fields: &[$($crate::qa::marks::Field::new::<$mark>(stringify!($field), $what)),*],
        }),+];

        #[allow(irrefutable_let_patterns, reason = "what is no enum has one form only")]
        const _: fn(&$type) = |marked| {
            match marked {
                $($path { $($field: _),* } => {})+
            }
            $($(if let $path { $field: field, .. } = marked {
                $crate::qa::marks::fits::<$mark, _>(field);
            })*)+
        };
    )+};
}

macro_rules! marks {
    ($(#[doc = $doc:literal] $name:ident: $whose:ident, $kept:literal, $why:literal, $until:literal;)+) => {
        $(
            #[doc = $doc]
            #[derive(Debug, Clone, Copy)]
            pub enum $name {}

            impl Marks for $name {
                const MARK: Mark = Mark {
                    name: stringify!($name),
                    whose: Whose::$whose,
                    kept: $kept,
                    why: $why,
                    until: $until,
                };
            }
        )+

        /// Every mark.
        pub const MARKS: &[Mark] = &[$($name::MARK),+];
    };
}

marks! {
    /// What the city says, or shows, to everybody.
    Public: Public, "in clear",
        "it is the public record of the evening", "as long as the record";
    /// A question's text as the public reads it.
    Published: Public, "sealed under the question's key",
        "it is the public record of the evening",
        "as long as the record; at once where it is taken back, or where the public cannot read it any more when `keep_days` are over";
    /// A name that the desk entered with a question.
    Entered: Personal, "sealed under the question's key",
        "it was given to be read with the question",
        "`keep_days` after the end; at once where the text is taken back";
    /// What a citizen wrote, and what was written about it.
    Asked: Personal, "sealed under the person's key and the question's",
        "a person reads it before the public does, and its asker sees what became of it",
        "`keep_days` after the end; at once where the person is forgotten or the text taken back";
    /// What a citizen is called in one session.
    Pseudonym: Personal, "in clear, as 128 bits computed from the cookie's identity under the session's secret",
        "one person, one vote; one's own questions; limits for each person",
        "it stays, and from `keep_days` after the end leads to nobody: the secret is gone";
    /// What somebody under a pseudonym did, without a word of it.
    Deed: Personal, "in clear, beside a pseudonym",
        "every decision can be proved, and what is sent twice counts once",
        "it stays, and is nobody's as soon as the pseudonym is";
    /// Who of the staff did something, and what they said of it.
    Staff: Staff, "in clear",
        "every decision has a name: citizens can ask who decided",
        "as long as the record";
    /// What a decision rested on, and what proves that nothing was changed.
    Proof: Staff, "in clear",
        "what was decided on an old state is void, and the chain can be computed again",
        "as long as the record";
    /// Made of parts, each of which has its own mark.
    Parts: Staff, "as its parts", "as its parts", "as its parts";
}

macro_rules! may_stand_on {
    ($($mark:ident: $($field:ty),+;)+) => { $($(impl Fits<$field> for $mark {})+)+ };
}

may_stand_on! {
    Public: String, Option<String>, Vec<String>, bool, Option<bool>, u32, Option<u32>, BTreeMap<String, u32>,
        Slug, SessionId, QuestionId, Option<QuestionId>, Timestamp, Option<Timestamp>, Channel, Displaced,
        Moderation, Votes, Order, Links, Duplicates, PersonalData, Vec<Words>, OtherLanguages;
    Published: Shown<String>, Option<Shown<String>>;
    Entered: Option<Shown<String>>;
    Asked: Personal<String>, Option<Personal<String>>, Personal<Vec<Finding>>;
    Pseudonym: PersonId, Option<PersonId>;
    Deed: QuestionId, Option<QuestionId>, Option<Timestamp>, Timestamp, CommandId, Hash8, bool, Vec<String>, Verdict,
        Reason;
    Staff: PersonId, String, Role, GrantId, InvitationId, Option<InvitationId>, Vec<String>, u32, Option<u32>;
    Proof: u8, u32, u64, [u8; 32], String, EntryId, QuestionId, Option<QuestionId>, Rev, GrantId, InvitationId, Slug;
    Parts: About, Box<Policy>, City, Screened, Option<Stream>, Vec<Official>, Option<Answer>, Vec<VoteRow>, Actor, Vec<On>,
        Option<Head>, Vec<Event>, Vec<Recorded>;
}

marked! {
    /// The events of a session's journal.
    EVENTS: Event = [
        Event::SessionCreated {
            slug: Public "the session's name in addresses",
            about: Parts "what it says of itself",
            rehearsal: Public "whether it is a rehearsal",
            policy: Parts "its rules",
        },
        Event::SessionDescribed {
            about: Parts "what it says of itself from now on",
            published: Public "whether a draft was published or taken back",
        },
        Event::SessionOpened {},
        Event::SessionClosed {},
        Event::SessionEnded {},
        Event::SessionReopened {},
        Event::PolicyChanged { policy: Parts "the rules from now on" },
        Event::InvitationMade {
            role: Staff "what it permits",
            name: Staff "whom it is for",
            token_hash: Proof "by which the invitation is known; it cannot be made from this",
        },
        Event::InvitationRevoked { invitation: Staff "which one" },
        Event::RoleGranted {
            person: Staff "who, as a pseudonym",
            role: Staff "what they may do",
            name: Staff "as the desk calls them",
            invitation: Staff "by which invitation",
        },
        Event::RoleRevoked { grant: Staff "which permission" },
        Event::QuestionAsked {
            text: Asked "the question as its asker wrote it",
            name: Asked "the name they gave, if any",
            labels: Deed "the topics they chose from the session's list",
            screened: Parts "what the automatic look found",
            shown: Published "the text, where the policy shows it at once",
            held_until: Deed "when the clock shows it, unless the desk acts first",
        },
        Event::QuestionEntered {
            text: Published "a question from the hall, the phone, the mail, as the desk typed it",
            name: Entered "its asker's name, if they gave one to be read with it",
            labels: Deed "its topics",
            channel: Public "where it came from",
        },
        Event::QuestionEdited {
            question: Deed "which one",
            text: Asked "its new text",
            screened: Parts "what the automatic look found",
            held_until: Deed "when the clock shows it, unless the desk acts first",
        },
        Event::QuestionRescreened {
            question: Deed "which one",
            text: Asked "its text with more of it masked",
            screened: Parts "what the automatic look found under the rules of today",
            asker: Pseudonym "whose key seals text and findings",
        },
        Event::QueueRescreened { policy: Proof "under which version of the rules" },
        Event::QuestionWithdrawn { question: Deed "which one" },
        Event::QuestionApproved {
            question: Public "which one",
            version: Public "which version of its text",
            text: Published "what the public reads",
            with_name: Public "whether the asker's name is shown",
        },
        Event::QuestionDismissed {
            question: Deed "which one",
            reason: Deed "why, from a list",
            of: Deed "of which question it is a duplicate",
            note: Asked "what the desk adds for its asker",
            asker: Pseudonym "whose key seals the note",
        },
        Event::QuestionRestored { question: Deed "which one" },
        Event::QuestionRevised {
            question: Deed "which one",
            text: Asked "its text as the desk changed it",
            shown: Published "the same, where the question is public",
            asker: Pseudonym "whose key seals the text",
        },
        Event::QuestionQueued {
            question: Public "which one",
            before: Public "before which in the running order",
        },
        Event::QuestionUnqueued {
            question: Public "which one",
            note: Asked "the desk's note, such as \"not now\"",
            asker: Pseudonym "whose key seals the note",
        },
        Event::QuestionPutOnAir {
            question: Public "which one",
            displaced: Public "what becomes of the one before",
        },
        Event::TakenOffAir {},
        Event::OnAirConfirmed { question: Public "which one" },
        Event::QuestionAnswered {
            question: Public "which one",
            answer: Parts "the written answer",
        },
        Event::VotesCast { rows: Parts "votes of a moment" },
        Event::OverlayShown { show: Public "whether the overlay is shown" },
        Event::FullRecordTaken { person: Staff "who, as a pseudonym" },
        Event::PersonForgotten {
            person: Pseudonym "who was forgotten",
            reason: Staff "why, as an administrator wrote it: no name belongs here",
        },
        Event::TextTakenBack {
            question: Public "which one",
            reason: Public "why, as the public reads it",
        },
        Event::SessionForgotten {},
    ];
    /// The events of the house's journal.
    HOUSE: HouseEvent = [
        HouseEvent::SessionListed {
            session: Public "which session",
            slug: Public "its name in addresses",
        },
        HouseEvent::CityDescribed { city: Parts "what the city says of itself" },
        HouseEvent::AdministratorNamed {
            person: Staff "who, as a pseudonym",
            name: Staff "as the record calls them",
        },
        HouseEvent::AdministratorRemoved { person: Staff "who, as a pseudonym" },
    ];
    /// What an entry consists of.
    ENTRY: Entry = [Entry {
        v: Proof "the version of the format",
        id: Proof "by which an entry counts once",
        commands: Parts "the commands of a moment",
    }];
    /// What stands around the events of one command.
    RECORDED: Recorded = [Recorded {
        id: Deed "the command's id, made by the sender's device; it begins with the time there",
        by: Parts "whose wish it was",
        at: Deed "when it was decided",
        on: Parts "what it rested on",
        head: Parts "where the journal stood",
        events: Parts "what it led to",
    }];
    /// Whose wish it was.
    ACTOR: Actor = [
        Actor::Citizen { 0: Pseudonym "a citizen" },
        Actor::Staff { 0: Staff "somebody of the staff, as a pseudonym" },
        Actor::Crowd {},
        Actor::Clock {},
        Actor::House {},
    ];
    /// What a decision rested on.
    ON: On = [
        On::Question { 0: Proof "a question", 1: Proof "its revision" },
        On::Stage { 0: Proof "the revision of what is on air" },
        On::Head { 0: Proof "the first in the running order" },
        On::Session { 0: Proof "the session's revision" },
        On::Policy { 0: Proof "the policy's version" },
        On::Grant { 0: Proof "a permission" },
        On::Invitation { 0: Proof "an invitation" },
        On::SlugFree { 0: Proof "a name that is free" },
        On::City { 0: Proof "the city's revision" },
        On::Administrators { 0: Proof "the administrators' revision" },
    ];
    /// Where a journal stood.
    HEAD: Head = [Head { n: Proof "how many entries", chain: Proof "the chain over them" }];
    /// What a session says of itself.
    ABOUT: About = [About {
        title: Public "its title",
        language: Public "its language",
        starts_at: Public "when it starts",
        officials: Parts "who answers",
        labels: Public "topics that a question may carry",
        stream: Parts "the live picture",
    }];
    /// Somebody who answers.
    OFFICIAL: Official = [Official { name: Public "their name", office: Public "their office" }];
    /// The live picture.
    STREAM: Stream = [Stream {
        url: Public "its address",
        kind: Public "its kind",
        delays: Public "how far each way of watching lags",
    }];
    /// What the automatic look found.
    SCREENED: Screened = [Screened {
        verdict: Deed "in one word: pass, mask, hold",
        findings: Asked "what was found, for the desk",
        policy: Proof "under which version of the rules",
    }];
    /// A written answer.
    ANSWER: Answer = [Answer { text: Public "what the city says", links: Public "where to read more" }];
    /// One vote.
    VOTE: VoteRow = [VoteRow {
        0: Pseudonym "who",
        1: Deed "on which question",
        2: Deed "on or off",
        3: Deed "by which a late repeat is known",
    }];
    /// The rules of a session.
    POLICY: Policy = [Policy {
        version: Public "moves with every change",
        moderation: Public "whether a person reads first",
        hold_s: Public "seconds that a question waits",
        min_chars: Public "least characters",
        max_chars: Public "most characters",
        open_questions: Public "questions of one person that may wait",
        questions: Public "questions of one person",
        slow_s: Public "seconds between two of them",
        anonymous: Public "whether one may ask without a name",
        votes: Public "whether counts are public",
        order: Public "the order of the list",
        links: Public "what becomes of a text with a link",
        languages: Public "languages expected",
        duplicates: Public "who is told of similar questions",
        before_start: Public "whether questions are taken before the start",
        keep_days: Public "days after the end until everything personal is forgotten",
        link_hosts: Public "hosts that may be linked to",
        personal_data: Public "what becomes of a text with personal data, beside the masking",
        words_noted: Public "kinds of words that hold no text",
        words_block: Staff "the organiser's words that are not accepted",
        words_hold: Staff "the organiser's words at which a person looks first",
        words_allow: Staff "words that are nothing to look at",
        contacts: Staff "addresses and numbers of the city, which are not masked",
        other_languages: Public "what becomes of a text in another language",
        history: Staff "from how many dismissed questions on a person's next ones are held",
        campaign_people: Staff "from how many people on a text is a campaign",
        campaign_minutes: Staff "within how many minutes",
    }];
    /// What the city says of itself.
    CITY: City = [City {
        name: Public "its name",
        contact: Public "how to reach it",
        privacy_url: Public "its privacy notice",
        accessibility_url: Public "its accessibility statement",
        legal_url: Public "its legal notes",
        colour: Public "its colour",
        coat_of_arms: Public "its coat of arms",
    }];
}

/// Every table, in the order in which a reader meets them.
pub const TABLES: &[&[Fields]] = &[
    EVENTS, HOUSE, ENTRY, RECORDED, ACTOR, ON, HEAD, ABOUT, OFFICIAL, STREAM, SCREENED, ANSWER,
    VOTE, POLICY, CITY,
];
