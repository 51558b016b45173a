//! The rules of an evening, and nothing else.
//!
//! A [`Command`] is a wish; [`Session::decide`] turns it into [`Event`]s or a [`Refusal`];
//! [`Session::apply`] takes what the journal holds and gives the state that everybody sees through
//! [`view`]. All of it is pure: no clock, no I/O, no randomness, no unordered map. Time and new ids
//! arrive as arguments, so the same journal gives the same state on every node, in every year.
//!
//! Imports nothing of ours but the vocabulary of [`screening`](crate::screening), which is as pure.

pub mod colour;
pub mod command;
pub mod event;
pub mod guarded;
pub mod house;
pub mod id;
pub mod language;
pub mod malformed;
pub mod marks;
pub mod policy;
pub mod refusal;
pub mod session;
pub mod sieve;
pub mod view;

pub use colour::Colour;
pub use command::{As, Caller, Command, Decision, Envelope, Kind, Role, World};
pub use event::{Actor, Entry, Event, Facts, Head, On, Recorded, VoteRow};
pub use guarded::{Guard, KeyOf, Personal, Shown};
pub use house::{House, HouseCommand, HouseEvent};
pub use id::{
    CommandId, EntryId, GrantId, InvitationId, PersonId, QuestionId, Rev, SessionId, Slug,
    Timestamp,
};
pub use language::Language;
pub use malformed::Malformed;
pub use policy::Policy;
pub use refusal::{Code, Refusal};
pub use session::{Audience, Changes, Outcome, Session};
pub use sieve::Sieve;
