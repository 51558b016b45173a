//! The people of a rehearsal: one task for all of them, who come, read, vote, ask and go.
//!
//! They sit where people with a phone sit, and what they wish comes in through the same door, so it
//! is screened, refused and recorded alike. Nothing here is known to the rules.

use std::collections::VecDeque;
use std::iter::Peekable;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::time::MissedTickBehavior;

use super::plan::{Deed, Plan, Second, mixed, second};
use super::questions;
use super::staff::Staff;
use crate::http::caller::derived;
use crate::http::{Front, fresh};
use crate::hub::{Ear, Handle, PRIVATE, Private, Reply, SeatId, Visitor};
use crate::journal::SessionKeys;
use crate::qa::session::SessionState;
use crate::qa::session::question::State;
use crate::qa::{
    As, Audience, Caller, CommandId, Envelope, PersonId, QuestionId, Refusal, Session, SessionId,
};
use crate::wire::{self, Incoming};

/// How often the task looks what is due.
const TICK: Duration = Duration::from_millis(200);

/// Bound: questions that wait to be read. While there are so many nobody asks.
const WAITING: usize = 60;

/// After how long somebody reads again what they have asked.
const THINKS_AGAIN: Duration = Duration::from_secs(4);

/// Who else is at a rehearsal.
#[derive(Debug, Clone, Copy)]
pub struct Company {
    /// How many people are simulated.
    pub crowd: u32,
    /// How much faster than in a hall the evening goes.
    pub pace: f64,
    /// What chance follows from.
    pub seed: u64,
    /// Whether a moderator and an official are simulated, too.
    pub staff: bool,
    /// After how many minutes of their evening they close it.
    pub minutes: u32,
}

/// Plays the evening until the server stops. It stands still while the session is not open.
pub(super) async fn play(front: Front, session: SessionId, keys: &SessionKeys, company: Company) {
    let mut crowd = Crowd::new(keys, company);
    let mut staff = company.staff.then(|| Staff::new(keys, company));
    let mut tick = tokio::time::interval(TICK);
    // Where the server is slow, the evening is: it never runs after what it has missed.
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let evening = async {
        let mut began = false;
        loop {
            tick.tick().await;
            // Asked for each time: a room may end and be started again.
            let Ok(room) = front.hub.session(session).await else { continue };
            if !began {
                crowd.go_on(&room).await;
                began = true;
            }
            crowd.sit(&room).await;
            if room.sign().state == Some(SessionState::Open) {
                crowd.act(&room, TICK.mul_f64(company.pace)).await;
            }
            if let Some(staff) = &mut staff {
                staff.act(&room, TICK.mul_f64(company.pace), front.hub.now()).await;
            }
        }
    };
    front.stop.run_until_cancelled(evening).await;
}

/// Sends a command as a socket would: decoded, and screened where it is a citizen's.
pub(super) async fn send(
    room: &Handle,
    caller: Caller,
    id: CommandId,
    mut command: Value,
) -> Reply {
    command["id"] = id.to_string().into();
    let text = command.to_string();
    if let Some((_, refusal)) = room.leaves_out(text.as_bytes(), caller.acts) {
        return Reply::refused(refusal);
    }
    match wire::decode(text.as_bytes(), caller.acts, &room.sign().sieve) {
        Ok(Incoming::Command { id, command }) => room.send(Envelope { id, caller, command }).await,
        Ok(Incoming::Shown { .. }) => Reply::done(),
        Err(wrong) => Reply::refused(wrong.refusal),
    }
}

/// The id by which a question is asked: in one rehearsal nothing is asked twice, however often the
/// server is started.
pub(super) fn id_of(question: usize) -> QuestionId {
    derived("filodiretto/rehearsal/question", &[&question.to_be_bytes()]).into()
}

struct Crowd {
    people: Vec<Person>,
    plan: Peekable<Plan>,
    evening: Duration,
    /// Questions that nobody could ask when it was their turn.
    put_off: VecDeque<usize>,
    /// Who will think again, of which question, and when.
    seconds: VecDeque<(Duration, usize, usize)>,
}

struct Person {
    id: PersonId,
    is_here: bool,
    seat: Option<Seat>,
}

impl Crowd {
    fn new(keys: &SessionKeys, company: Company) -> Self {
        let person = |who: u32| Person {
            id: keys.pseudonym(format!("rehearsal/{}/{who}", company.seed).as_bytes()),
            is_here: false,
            seat: None,
        };
        let people: Vec<_> = (0..company.crowd).map(person).collect();
        let plan = Plan::new(company.seed, people.len()).peekable();
        let (put_off, seconds) = (VecDeque::new(), VecDeque::new());
        Self { people, plan, evening: Duration::ZERO, put_off, seconds }
    }

    /// Goes on where the evening was when the server ended: behind as many questions as are known.
    async fn go_on(&mut self, room: &Handle) {
        let known = room.look(|session, _| {
            let all = 0..questions::all().len();
            all.filter(|question| session.question(id_of(*question)).is_some()).collect::<Vec<_>>()
        });
        let Some(known) = known.await else { return };
        let mut asked = 0;
        while asked < known.len() {
            let Some((at, deed)) = self.plan.next() else { return };
            self.evening = at;
            match deed {
                Deed::Arrives(who) => self.people[who].is_here = true,
                Deed::Leaves(who) => self.people[who].is_here = false,
                Deed::Asks(_, Some(question)) => {
                    asked += 1;
                    if !known.contains(&question) {
                        self.put_off.push_back(question);
                    }
                }
                Deed::Asks(_, None) | Deed::Looks(..) => {}
            }
        }
    }

    /// Who is here has a seat, also when the room gave theirs up; who has left has none.
    async fn sit(&mut self, room: &Handle) {
        for person in &mut self.people {
            let holds = person.seat.as_mut().is_some_and(Seat::reads);
            if person.is_here && !holds {
                person.seat = Seat::take(room, person.id).await;
            } else if !person.is_here {
                person.seat = None;
            }
        }
    }

    /// Does what is due in the next part of the evening.
    async fn act(&mut self, room: &Handle, part: Duration) {
        self.evening += part;
        let evening = self.evening;
        while let Some((_, deed)) = self.plan.next_if(|(at, _)| *at <= evening) {
            match deed {
                Deed::Arrives(who) => self.people[who].is_here = true,
                Deed::Leaves(who) => self.people[who].is_here = false,
                Deed::Looks(who, draw) => self.looks(room, who, draw).await,
                Deed::Asks(who, question) => {
                    let Some(question) = question.or_else(|| self.put_off.pop_front()) else {
                        continue;
                    };
                    if self.asks(room, who, question).await {
                        self.seconds.push_back((evening + THINKS_AGAIN, who, question));
                    } else {
                        self.put_off.push_back(question);
                    }
                }
            }
        }
        while let Some((_, who, question)) = self.seconds.pop_front_if(|(at, ..)| *at <= evening) {
            self.thinks_again(room, who, question).await;
        }
    }

    /// Some change what they have asked, and some take it back, while nobody has read it.
    async fn thinks_again(&self, room: &Handle, who: usize, question: usize) {
        let text = questions::all()[question].text;
        let id = id_of(question);
        let wish = match second(question) {
            Some(Second::Edits) => {
                json!({"type": "edit", "question": id, "text": format!("{text} Grazie.")})
            }
            Some(Second::Withdraws) => json!({"type": "withdraw", "question": id}),
            None => return,
        };
        // Refused: it was read meanwhile.
        let _ = send(room, citizen(self.people[who].id), fresh(), wish).await;
    }

    async fn looks(&self, room: &Handle, who: usize, draw: u64) {
        let person = self.people[who].id;
        let liked = room.look(move |session, _| liked(session, person, draw)).await;
        if let Some(question) = liked.flatten() {
            let vote = json!({"type": "vote", "question": question, "on": true});
            // Refused means that it went off the list meanwhile: people shrug, too.
            let _ = send(room, citizen(person), fresh(), vote).await;
        }
    }

    /// `false`: not now, but perhaps later.
    async fn asks(&self, room: &Handle, who: usize, question: usize) -> bool {
        let waiting = room.look(|session, _| {
            session.questions().filter(|question| question.state == State::Pending).count()
        });
        if waiting.await.is_none_or(|waiting| waiting >= WAITING) {
            return false;
        }
        let line = questions::all()[question];
        let known = room.sign();
        let knows = |label: &str| {
            known.view.as_ref().is_some_and(|view| view.labels.iter().any(|known| known == label))
        };
        // Not everybody finds the topics.
        let labels: Vec<_> = Some(line.subject)
            .filter(|label| !question.is_multiple_of(5) && knows(label))
            .into_iter()
            .collect();
        let ask = json!({
            "type": "ask", "text": line.text, "name": questions::name(who), "labels": labels,
        });
        let reply = send(room, citizen(self.people[who].id), id_of(question).into(), ask).await;
        let is_later = |refusal: &Refusal| {
            use Refusal::{Busy, Closed, Muted, TooFast, TooMany};
            matches!(refusal, TooFast { .. } | TooMany { .. } | Busy { .. } | Closed | Muted)
        };
        reply != Reply::Unknown && !reply.refusal().is_some_and(is_later)
    }
}

const fn citizen(person: PersonId) -> Caller {
    Caller { person, acts: As::Citizen }
}

/// What somebody who reads the list votes for, if anything: what has votes is read first, and each
/// question pleases another part of the people.
fn liked(session: &Session, person: PersonId, draw: u64) -> Option<QuestionId> {
    let pleases = |question: QuestionId| {
        let of = (question.0.0 as u64) ^ (question.0.0 >> 64) as u64;
        mixed(of ^ person.0.0 as u64) % 100 < 8 + mixed(of) % 50
    };
    let open = |state| matches!(state, State::Approved | State::Queued);
    let voted: Vec<_> = session
        .questions()
        .filter(|question| open(question.state) && question.asker != Some(person))
        .filter(|question| pleases(question.id) && !session.votes_for(person, question.id))
        .map(|question| (question.id, u64::from(question.voters.len()) + 1))
        .collect();
    let all: u64 = voted.iter().map(|(_, weight)| weight).sum();
    let mut chosen = mixed(draw) % all.max(1);
    // Every third look is only that.
    let voted = voted.into_iter().filter(|_| !draw.is_multiple_of(3));
    voted.into_iter().find_map(|(question, weight)| {
        let is_it = chosen < weight;
        chosen = chosen.saturating_sub(weight);
        is_it.then_some(question)
    })
}

/// A place among the public, as a page takes one. Free again when this is dropped.
struct Seat {
    room: Handle,
    seat: SeatId,
    words: mpsc::Receiver<Private>,
}

impl Seat {
    async fn take(room: &Handle, person: PersonId) -> Option<Self> {
        let (private, words) = mpsc::channel(PRIVATE);
        let visitor = Visitor {
            audience: Audience::Public,
            person: Some(person),
            grant: None,
            is_citizen: true,
            screen: None,
            after: None,
            private: Ear::Queue(private),
        };
        let seat = room.join(visitor).await?.seat;
        Some(Self { room: room.clone(), seat, words })
    }

    /// Reads what it was told. `false`: it is over.
    fn reads(&mut self) -> bool {
        loop {
            match self.words.try_recv() {
                Ok(Private::Frame(_)) => {}
                Err(mpsc::error::TryRecvError::Empty) => return true,
                Ok(Private::Close(_)) | Err(mpsc::error::TryRecvError::Disconnected) => {
                    return false;
                }
            }
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.room.leave(self.seat);
    }
}
