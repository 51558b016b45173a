//! Stories: an evening as a script of commands by named people, and what each of them sees.
//!
//! The language of `filodiretto play`, of the examples and of the tests. A [`Story`] understands a
//! line, decides it, and says what is to be recorded; somebody else keeps the journal. What people
//! see comes from [`view`](crate::qa::view) alone, so a story shows what the wire would carry.
//!
//! ```
//! use filodiretto::story::Story;
//!
//! let script = "
//!     session biblioteca 'Una sera con la sindaca' rehearsal policy slow_s=none
//!     mod is moderator; mod opens
//!     ana asks q1 'Quando riapre la biblioteca?' as 'Anna'
//!     mod approves q1
//!     bob votes q1            # nobody supports their own question
//!     ana votes q1";
//! let seen = Story::new("01ARZ3NDEKTSV4RRFFQ69G5FAV".parse()?).play(script)?;
//! assert_eq!(seen.last().map(ToString::to_string).as_deref(), Some("ana <- refused: own_question"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The language
//!
//! One statement a line, or several with `;` between. `#` begins a comment. Texts stand in `'…'`,
//! `"…"` or `«…»`; in single quotes an apostrophe between letters is one. `q1`, `i1` are names that
//! the script gives to questions and invitations.
//!
//! | statement | what it does |
//! | --- | --- |
//! | `session SLUG 'title' [rehearsal] [about…] [policy knob=value…]` | the house creates the session |
//! | `NAME is moderator` (`official`, `producer`, `admin`) `['As the desk calls them']` | the house grants a role |
//! | `the city lacks contact name` · `nothing` | what the house still has to say before a session may open |
//! | `wait 30s` (`ms`, `m`, `h`) | the clock moves; what is due meanwhile happens |
//! | `again` · `NAME again` | the last command (of that person) is sent again, with the same id |
//! | `A while B` | both are decided before either is recorded, as on two nodes; then A stands first |
//! | `NAME [as citizen\|as staff] VERB … [at rev N]` | a command; without `at rev` the person looks at the question as it is now |
//!
//! | who | verbs |
//! | --- | --- |
//! | citizen | `asks q1 'text' [as 'Name'] [labels 'A' 'B'] [for review]` · `checks 'text' [as 'Name']` · `edits q1 'text'` · `withdraws q1` · `votes q1` · `unvotes q1` · `reports q1 REASON` · `joins i1` |
//! | moderator | `enters q1 'text' [as 'Name'] [labels …] from hall` · `claims q1` · `releases q1` · `approves q1 [without name]` · `dismisses q1 REASON [of q2] [note 'text']` · `restores q1` · `revises q1 'text'` · `merges q1 into q2` · `unmerges q1` · `labels q1 'A'` · `notes q1 'text' [to stage]` · `assigns q1 to 'Ufficio'` (`nobody`) · `queues q1 [before q2]` · `unqueues q1` · `mutes ana REASON [for 10m]` · `unmutes ana` · `policy knob=value…` · `rescreens` · `opens` · `closes` · `ends` · `reopens` · `undoes` |
//! | stage | `puts back q1 [note 'text']` · `airs q1 [at stage N]` · `off air` · `answered q1` · `answers q1 'text' [link URL]…` · `next q1` · `saw q1` |
//! | producer | `shows overlay` · `hides overlay` · `delays youtube by 20s` · `marks ['text']` |
//! | admin | `takes back q1 'reason'` · `forgets ana 'reason'` · `describes about…` · `invites i1 ROLE 'Name'` · `uninvites i1` |
//!
//! `about…` is any of `title 'text'`, `language it`, `labels 'A' 'B'`, `officials 'Name, office'`,
//! `stream KIND 'url'` (`none`), `starts 30m` (`never`).
//!
//! # What is seen
//!
//! A line is one message: `who <- what`. `everyone`, `desk`, `stage` and `overlay` are audiences,
//! the others people by name: what is theirs, and the reply to their commands. Of a question a line
//! tells its state and what of it is new on that screen. `done` stands only where nobody saw
//! anything else of a command.

mod cast;
mod script;
mod seen;
mod tokens;
mod wish;

use std::collections::{BTreeMap, VecDeque};

use cast::Cast;
pub use script::ParseError;
use script::{Founding, Said, Statement};
pub use seen::Seen;
use seen::{Screens, Teller};
use wish::Sight;

use crate::qa::command::Kind;
use crate::qa::event::{About, ENTRY_VERSION};
use crate::qa::{
    Actor, As, Caller, Command, CommandId, Decision, Entry, Envelope, Event, Head, Outcome,
    PersonId, Policy, Recorded, Refusal, Role, Session, SessionId, Timestamp, World,
};

/// An evening that is being told: the people, the clock, and the state as far as the journal was
/// applied.
///
/// Works in two halves, so that a journal can stand between them: [`step`](Self::step) says what is
/// to be appended, [`applied`](Self::applied) takes what stands in the journal.
///
/// Ids of commands and entries depend on the script and the seed alone. So a script that is played
/// again over the same journal, from its first line, sends the same entries, each of which counts
/// once, and shows the same lines.
pub struct Story {
    session: Session,
    cast: Cast,
    screens: Screens,
    start: Timestamp,
    now: Timestamp,
    head: Option<Head>,
    missing: Vec<&'static str>,
    /// Lines understood so far.
    lines: usize,
    tasks: VecDeque<Task>,
    /// What was sent and awaits its entry, and how often it has been decided.
    waiting: BTreeMap<(PersonId, CommandId), (Envelope, u8)>,
    /// The last command, of anybody and of each.
    last: Option<Envelope>,
    last_of: BTreeMap<PersonId, Envelope>,
}

/// Bound: how often a command is decided because what it rested on had moved each time.
const DECISIONS: u8 = 8;

/// What comes next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Somebody saw something, and nothing is to be recorded: a refusal, a `done`.
    Saw(Seen),
    /// To be appended to the journal; then [`Story::applied`].
    Append(Entry),
}

/// Something the story still has to do.
#[derive(Debug)]
enum Task {
    Do(Box<Statement>),
    /// Decide these on the state as it is, record them in this order. Each with how often it was
    /// decided before.
    Decide(Vec<(Envelope, u8)>),
    /// Let time pass until then.
    Until(Timestamp),
    Say(Seen),
}

impl Story {
    /// When a story begins if nobody says otherwise: 20 January 2026, 19:00 UTC.
    pub const START: Timestamp = Timestamp(1_768_935_600_000);

    /// A story of an empty session.
    pub fn new(session: SessionId) -> Self {
        Self {
            session: Session::new(session),
            cast: Cast::new(session),
            screens: Screens::default(),
            start: Self::START,
            now: Self::START,
            head: None,
            missing: Vec::new(),
            lines: 0,
            tasks: VecDeque::new(),
            waiting: BTreeMap::new(),
            last: None,
            last_of: BTreeMap::new(),
        }
    }

    /// Begins at another moment.
    #[must_use]
    pub const fn starting(mut self, at: Timestamp) -> Self {
        self.start = at;
        self.now = at;
        self
    }

    /// Other ids: for a second script in the same session.
    #[must_use]
    pub fn with_seed(mut self, seed: &str) -> Self {
        self.cast.set_seed(seed);
        self
    }

    /// Another way from names to people.
    #[must_use]
    pub fn with_people(mut self, person: impl Fn(&str) -> PersonId + Send + 'static) -> Self {
        self.cast.set_people(Box::new(person));
        self
    }

    /// The journal's head as applied; commands of the staff carry it from now on.
    pub const fn set_head(&mut self, head: Head) {
        self.head = Some(head);
    }

    /// The state, as far as the journal was applied.
    pub const fn session(&self) -> &Session {
        &self.session
    }

    /// What the story's clock shows.
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// The person whom the script calls so.
    pub fn person(&mut self, name: &str) -> PersonId {
        self.cast.person(name)
    }

    /// Understands the next line of the script; then come its [`step`](Self::step)s.
    ///
    /// # Errors
    /// Where the line makes no sense; nothing of it will happen.
    pub fn read(&mut self, line: &str) -> Result<(), ParseError> {
        self.lines += 1;
        let statements = script::parse(line, self.lines)?;
        self.tasks.extend(statements.into_iter().map(|statement| Task::Do(Box::new(statement))));
        Ok(())
    }

    /// What comes next; `None`: the next line. After a [`Step::Append`] first
    /// [`applied`](Self::applied).
    pub fn step(&mut self) -> Option<Step> {
        loop {
            let Some(task) = self.tasks.pop_front() else {
                return self.due(self.now);
            };
            let step = match task {
                Task::Say(seen) => Some(Step::Saw(seen)),
                Task::Do(statement) => self.perform(*statement),
                Task::Decide(envelopes) => self.decide(envelopes),
                Task::Until(then) => self.pass(then),
            };
            if step.is_some() {
                return step;
            }
        }
    }

    /// Takes an entry that stands in the journal, and says what everybody saw of it.
    pub fn applied(&mut self, entry: &Entry) -> Vec<Seen> {
        let applied = self.session.apply(entry);
        self.now = self.now.max(self.session.last_at());
        let teller = Teller { session: &self.session, cast: &self.cast, start: self.start };
        let mut seen = self.screens.update(&teller, &applied.changes);
        let mut moved = Vec::new();
        for (person, _) in &applied.changes.ended {
            let who = self.cast.name_of(*person);
            seen.push(Seen { who, what: "goodbye".to_owned() });
        }
        for (command, outcome) in entry.commands.iter().zip(&applied.outcomes) {
            let sent = commands_of(command)
                .into_iter()
                .filter_map(|key| self.waiting.remove(&key))
                .collect::<Vec<_>>();
            if *outcome == Outcome::Counted {
                seen.extend(command.events.iter().filter_map(|event| self.welcome(event)));
                if seen.is_empty() {
                    seen.extend(sent.iter().map(|(envelope, _)| self.reply(envelope, "done")));
                }
            } else {
                moved.extend(sent);
            }
        }
        if !moved.is_empty() {
            // What they rested on has moved: decided again, which gives the right replies.
            self.tasks.push_front(Task::Decide(moved));
        }
        seen
    }

    /// Plays a whole script with a journal that is always there.
    ///
    /// # Errors
    /// Where the script makes no sense; what stands before has happened.
    pub fn play(&mut self, script: &str) -> Result<Vec<Seen>, ParseError> {
        let mut seen = Vec::new();
        for line in script.lines() {
            self.read(line)?;
            while let Some(step) = self.step() {
                match step {
                    Step::Saw(saw) => seen.push(saw),
                    Step::Append(entry) => seen.extend(self.applied(&entry)),
                }
            }
        }
        Ok(seen)
    }

    fn perform(&mut self, statement: Statement) -> Option<Step> {
        match statement {
            Statement::Session(founding) => Some(self.found(*founding)),
            Statement::Is { person, role, name } => Some(self.grant(&person, role, name)),
            Statement::Lacks(missing) => {
                self.missing = missing;
                None
            }
            Statement::Wait { ms } => self.pass(Timestamp(self.now.0.saturating_add(ms))),
            Statement::Again(None) => {
                let last = self.last.clone()?;
                self.decide(vec![(last, 0)])
            }
            Statement::Again(Some(name)) => {
                let person = self.cast.person(&name);
                let last = self.last_of.get(&person).cloned()?;
                self.decide(vec![(last, 0)])
            }
            Statement::Say(all) => {
                let envelopes = all.iter().map(|said| (self.send(said), 0)).collect();
                self.decide(envelopes)
            }
        }
    }

    /// Puts a wish into an envelope.
    fn send(&mut self, said: &Said) -> Envelope {
        let person = self.cast.person(&said.person);
        let id = self.cast.next_command(&said.person);
        let last = self.last_of.get(&person).map(|envelope| envelope.id);
        let mut sight = Sight { session: &self.session, now: self.now, cast: &mut self.cast, last };
        let command = said.command(&mut sight);
        if let Some(name) = said.makes() {
            self.cast.bind(name, id);
        }
        let envelope = Envelope { id, caller: Caller { person, acts: said.acts }, command };
        self.last = Some(envelope.clone());
        self.last_of.insert(person, envelope.clone());
        envelope
    }

    fn decide(&mut self, envelopes: Vec<(Envelope, u8)>) -> Option<Step> {
        let mut commands = Vec::new();
        let mut replies = Vec::new();
        let now = self.now.max(self.session.last_at());
        for (envelope, decided) in envelopes {
            if decided == DECISIONS {
                replies.push(self.reply(&envelope, "refused: busy"));
                continue;
            }
            let head = self.head.unwrap_or(Head { n: 0, chain: [0; 32] });
            let world =
                World { now, head, missing: &self.missing, unconfirmed: None, campaign: None };
            match self.session.decide(&envelope, &world) {
                Ok(Decision::Record { on, events }) => {
                    let by = actor(&envelope);
                    let head = self.head.filter(|_| matches!(by, Actor::Staff(_)));
                    commands.push(Recorded { id: envelope.id, by, at: now, on, head, events });
                    let key = (envelope.caller.person, envelope.id);
                    self.waiting.insert(key, (envelope, decided + 1));
                }
                Ok(Decision::Done) => replies.push(self.reply(&envelope, &self.done(&envelope))),
                Err(refusal) => replies.push(self.reply(&envelope, &self.refused(&refusal))),
            }
        }
        let append = self.append(commands);
        replies.into_iter().rev().for_each(|seen| self.tasks.push_front(Task::Say(seen)));
        append
    }

    /// What comes back where nothing was recorded.
    fn done(&self, envelope: &Envelope) -> String {
        let Command::Check { text, masks } = &envelope.command else { return "done".to_owned() };
        let found = self.session.checked(envelope.caller.person, text, *masks);
        let masked = found.masked.iter().map(|text| format!(" masked {}", seen::quoted(text)));
        let blocked = found.blocked.iter().map(|finding| format!(" blocked {}", finding.code));
        format!("checked{}", masked.chain(blocked).collect::<String>())
    }

    fn append(&mut self, commands: Vec<Recorded>) -> Option<Step> {
        let id = (!commands.is_empty()).then(|| self.cast.next_entry())?;
        Some(Step::Append(Entry { v: ENTRY_VERSION, id, commands }))
    }

    /// Moves the clock, stopping wherever time brings something about.
    fn pass(&mut self, then: Timestamp) -> Option<Step> {
        let next = self.session.next_due().into_iter().chain(self.session.forgets_at()).min();
        let stop = next.filter(|at| *at <= then).unwrap_or(then);
        self.now = self.now.max(stop);
        let due = self.due(self.now);
        if due.is_some() {
            self.tasks.push_front(Task::Until(then));
            return due;
        }
        self.now = self.now.max(then);
        None
    }

    fn due(&mut self, now: Timestamp) -> Option<Step> {
        let due = self.session.due(now, &self.missing);
        let due = due.or_else(|| self.session.forgetting(now))?;
        let at = now.max(self.session.last_at());
        let id = self.cast.next_command("the clock");
        let (on, events) = (due.on, due.events);
        self.append(vec![Recorded { id, by: Actor::Clock, at, on, head: None, events }])
    }

    fn found(&mut self, founding: Founding) -> Step {
        let change = founding.about.at(self.now);
        let about = About {
            title: founding.title,
            language: change.language.unwrap_or_else(|| "it".to_owned()),
            starts_at: change.starts_at.flatten(),
            officials: change.officials.unwrap_or_default(),
            labels: change.labels.unwrap_or_default(),
            stream: change.stream.flatten(),
        };
        let policy = Policy::default();
        let mut policy = policy.changed(&founding.policy).unwrap_or(policy);
        policy.version = 1;
        let (slug, rehearsal) = (founding.slug, founding.rehearsal);
        self.by_the_house(Event::SessionCreated {
            slug,
            about,
            rehearsal,
            policy: Box::new(policy),
        })
    }

    fn grant(&mut self, name: &str, role: Role, called: Option<String>) -> Step {
        let person = self.cast.person(name);
        let name = called.unwrap_or_else(|| name.to_owned());
        self.by_the_house(Event::RoleGranted { person, role, name, invitation: None })
    }

    fn by_the_house(&mut self, event: Event) -> Step {
        let id = self.cast.next_command("the house");
        let at = self.now.max(self.session.last_at());
        let events = vec![event];
        let recorded = Recorded { id, by: Actor::House, at, on: vec![], head: None, events };
        let commands = vec![recorded];
        Step::Append(Entry { v: ENTRY_VERSION, id: self.cast.next_entry(), commands })
    }

    /// The greeting of somebody who has a new role.
    fn welcome(&self, event: &Event) -> Option<Seen> {
        let Event::RoleGranted { person, role, .. } = event else {
            return None;
        };
        let role = format!("{role:?}").to_lowercase();
        Some(Seen { who: self.cast.name_of(*person), what: format!("welcome as {role}") })
    }

    fn reply(&self, envelope: &Envelope, what: &str) -> Seen {
        Seen { who: self.cast.name_of(envelope.caller.person), what: what.to_owned() }
    }

    fn refused(&self, refusal: &Refusal) -> String {
        let mut told = format!("refused: {}", refusal.code());
        if let Some(question) = refusal.question() {
            told = format!("{told} {}", self.cast.thing_name(question.to_bytes()));
        }
        if let Some(ms) = refusal.retry_after_ms() {
            told = format!("{told}, again in {ms} ms");
        }
        told
    }
}

/// Whose command it is in the record. Votes go by no one author, since a record may gather those
/// of many.
const fn actor(envelope: &Envelope) -> Actor {
    match (envelope.caller.acts, envelope.command.kind()) {
        (As::Citizen, Kind::Vote) => Actor::Crowd,
        (As::Citizen, _) => Actor::Citizen(envelope.caller.person),
        (As::Staff, _) => Actor::Staff(envelope.caller.person),
    }
}

/// Whose envelopes a recorded command holds.
fn commands_of(command: &Recorded) -> Vec<(PersonId, CommandId)> {
    match command.by {
        Actor::Citizen(person) | Actor::Staff(person) => vec![(person, command.id)],
        Actor::Crowd => command
            .events
            .iter()
            .filter_map(|event| match event {
                Event::VotesCast { rows } => Some(rows),
                _ => None,
            })
            .flatten()
            .map(|row| (row.0, command.id))
            .collect(),
        Actor::Clock | Actor::House => Vec::new(),
    }
}
