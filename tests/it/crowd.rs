//! A crowd that sends anything at any moment to nodes that lag behind: where the properties get
//! their journals from. Everything follows from a seed.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use filodiretto::qa::command::{AboutChange, Asked};
use filodiretto::qa::event::{About, Answer, Channel, ENTRY_VERSION, Reason};
use filodiretto::qa::policy::{Moderation, PolicyChange, Votes};
use filodiretto::qa::session::{SessionState, State};
use filodiretto::qa::{
    Actor, As, Audience, Caller, Command, CommandId, Decision, Entry, EntryId, Envelope, Event,
    Head, InvitationId, Kind, On, Outcome, PersonId, Policy, QuestionId, Recorded, Rev, Role,
    Session, SessionId, Sieve, Timestamp, World, view,
};

use crate::kinds;

/// Chance that can be repeated (SplitMix64).
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    pub(crate) const fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    /// Once in `n`.
    pub(crate) const fn once_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub(crate) fn pick<T: Copy>(&mut self, among: &[T]) -> T {
        among[self.below(among.len())]
    }
}

/// Names the seed of a run that fails.
pub(crate) struct Seed(pub(crate) u64);

impl Drop for Seed {
    #[expect(clippy::print_stderr, reason = "in a test that fails, this is the report")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("\nthe seed is {}; SEED={} runs it alone\n", self.0, self.0);
        }
    }
}

/// The seeds of a property: `SEED=n` one alone, `SEEDS=n` so many, else as many as it says.
pub(crate) fn seeds(how_many: u64) -> impl Iterator<Item = u64> {
    let given = |key| std::env::var(key).ok().and_then(|value| value.parse::<u64>().ok());
    match (given("SEED"), given("SEEDS")) {
        (Some(seed), _) => seed..seed + 1,
        (None, many) => 0..many.unwrap_or(how_many),
    }
}

/// Whether somebody chose the seeds, which need not have everything in them.
pub(crate) fn chosen() -> bool {
    ["SEED", "SEEDS"].iter().any(|key| std::env::var_os(key).is_some())
}

/// Who wrote a text, as far as that decides who may read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Author {
    Citizen(PersonId),
    /// The desk, in a question.
    Desk(QuestionId),
}

/// A journal, and what is known of how it came about.
pub(crate) struct Evening {
    pub(crate) journal: Vec<Entry>,
    /// Every text and name carries a mark of its own: who wrote it.
    pub(crate) marks: BTreeMap<u32, Author>,
    /// Marks that a person or a policy let through to the public, by the entry that did.
    pub(crate) let_through: Vec<(usize, u32)>,
    /// Marks that must not be seen any more from this entry on.
    pub(crate) gone: Vec<(usize, u32)>,
    /// How often a command was void.
    pub(crate) void: usize,
}

const CITIZENS: [u128; 6] = [11, 12, 13, 14, 15, 16];
const MODERATORS: [u128; 2] = [21, 22];
const OFFICIAL: u128 = 31;
const PRODUCER: u128 = 41;
const ADMIN: u128 = 51;

/// A node: the state as far as it has read the journal, and what it has decided since.
struct Node {
    session: Session,
    read: usize,
    batch: Vec<(Recorded, Vec<Letter>)>,
}

/// A command under way, with what the sender and the deciding node had before their eyes.
#[derive(Clone)]
struct Letter {
    envelope: Envelope,
    /// Marks that this would let through if it counts.
    lets: Vec<u32>,
    /// Whether that rests on a policy that publishes at once.
    by_policy: Option<u32>,
    /// The marks of a text and of a name that it carries.
    carries: (Option<u32>, Option<u32>),
}

struct Making {
    chance: Chance,
    nodes: Vec<Node>,
    now: Timestamp,
    questions: Vec<QuestionId>,
    invitations: Vec<InvitationId>,
    ids: u128,
    mark: u32,
    recent: VecDeque<Letter>,
    canonical: Session,
    evening: Evening,
    /// The marks of each question's texts, in order, and of its name.
    texts: BTreeMap<QuestionId, Vec<u32>>,
    names: BTreeMap<QuestionId, u32>,
}

/// Plays `steps` steps on three nodes.
pub(crate) fn evening(seed: u64, steps: usize) -> Evening {
    let empty = Session::new(SessionId::from_u128(1));
    let node = || Node { session: empty.clone(), read: 0, batch: Vec::new() };
    let mut making = Making {
        chance: Chance::new(seed),
        nodes: vec![node(), node(), node()],
        now: Timestamp(1_000_000),
        questions: Vec::new(),
        invitations: Vec::new(),
        ids: 0,
        mark: 0,
        recent: VecDeque::new(),
        canonical: empty.clone(),
        evening: Evening {
            journal: Vec::new(),
            marks: BTreeMap::new(),
            let_through: Vec::new(),
            gone: Vec::new(),
            void: 0,
        },
        texts: BTreeMap::new(),
        names: BTreeMap::new(),
    };
    making.found();
    for _ in 0..steps {
        making.step();
    }
    for node in 0..making.nodes.len() {
        making.flush(node);
    }
    making.evening
}

impl Making {
    fn found(&mut self) {
        let about = About {
            title: "Una sera".to_owned(),
            language: "it".to_owned(),
            starts_at: None,
            officials: vec![],
            labels: vec!["Verde".to_owned()],
            stream: None,
        };
        let mut policy = Policy { slow_s: None, open_questions: None, ..Policy::default() };
        policy.questions = None;
        if self.chance.once_in(2) {
            policy.moderation = Moderation::Post;
            policy.hold_s = [0, 5][self.chance.below(2)];
        }
        let slug = "prova".parse().expect("a slug");
        let mut all =
            vec![Event::SessionCreated { slug, about, rehearsal: true, policy: Box::new(policy) }];
        let staff = [
            (MODERATORS[0], Role::Moderator),
            (MODERATORS[1], Role::Moderator),
            (OFFICIAL, Role::Official),
            (PRODUCER, Role::Producer),
            (ADMIN, Role::Admin),
        ];
        all.extend(staff.map(|(person, role)| Event::RoleGranted {
            person: PersonId::from_u128(person),
            role,
            name: format!("{role:?}"),
            invitation: None,
        }));
        all.push(Event::SessionOpened {});
        let commands = all.into_iter().map(|event| Recorded {
            id: CommandId::from_u128(self.id()),
            by: Actor::House,
            at: self.now,
            on: vec![],
            head: None,
            events: vec![event],
        });
        let commands = commands.collect();
        self.append(commands);
    }

    fn id(&mut self) -> u128 {
        // Ids of clients are in no order.
        self.ids += 1;
        u128::from(self.chance.next()) << 16 | self.ids
    }

    fn step(&mut self) {
        self.now = Timestamp(self.now.0 + self.chance.below(1500) as i64);
        let at = self.chance.below(self.nodes.len());
        match self.chance.below(10) {
            0..=5 => self.send(at),
            6 => self.flush(at),
            7 => self.catch_up(at, 1 + self.chance.0 as usize % 4),
            8 => self.catch_up(at, usize::MAX),
            _ => self.tick(at),
        }
        if self.chance.once_in(60) {
            // The engine delivers an entry of a moment ago once more.
            let back = 1 + self.chance.below(3);
            if let Some(entry) = self.evening.journal.iter().rev().nth(back).cloned() {
                self.append(entry.commands);
            }
        }
    }

    fn send(&mut self, at: usize) {
        let letter = match self.chance.once_in(8) {
            // Somebody's line was cut: the same command again, perhaps to another node.
            true if !self.recent.is_empty() => {
                let which = self.chance.below(self.recent.len());
                self.recent[which].clone()
            }
            _ => self.letter(at),
        };
        self.recent.push_back(letter.clone());
        if self.recent.len() > 6 {
            self.recent.pop_front();
        }
        self.decide(at, letter);
    }

    fn decide(&mut self, at: usize, mut letter: Letter) {
        let node = &self.nodes[at];
        let session = &node.session;
        let now = self.now.max(session.last_at());
        let world = World {
            now,
            head: Head { n: 0, chain: [0; 32] },
            missing: &[],
            unconfirmed: None,
            campaign: None,
        };
        let Ok(Decision::Record { on, events }) = session.decide(&letter.envelope, &world) else {
            return;
        };
        self.seen_by_the_desk(at, &mut letter);
        let caller = letter.envelope.caller;
        let by = match (caller.acts, letter.envelope.command.kind()) {
            (As::Citizen, Kind::Vote) => Actor::Crowd,
            (As::Citizen, _) => Actor::Citizen(caller.person),
            (As::Staff, _) => Actor::Staff(caller.person),
        };
        let recorded = Recorded { id: letter.envelope.id, by, at: now, on, head: None, events };
        let node = &mut self.nodes[at];
        // Votes of a moment are one recorded command.
        if let (Actor::Crowd, Some((last, letters))) = (by, node.batch.last_mut())
            && let ([Event::VotesCast { rows }], [Event::VotesCast { rows: more }]) =
                (last.events.as_mut_slice(), recorded.events.as_slice())
        {
            rows.extend(more);
            letters.push(letter);
            return;
        }
        node.batch.push((recorded, vec![letter]));
        if node.batch.len() >= 4 {
            self.flush(at);
        }
    }

    /// What an approval lets through is what its author was looking at.
    fn seen_by_the_desk(&self, at: usize, letter: &mut Letter) {
        let session = &self.nodes[at].session;
        letter.by_policy = None;
        match &letter.envelope.command {
            Command::Approve { question, name, .. } => {
                let desk = view::question(session, Audience::Desk, *question);
                let desk = desk.expect("it was decided on");
                letter.lets = marks_in(desk.text.as_deref().unwrap_or_default());
                if *name {
                    letter.lets.extend(marks_in(desk.name.as_deref().unwrap_or_default()));
                }
            }
            Command::Ask { .. } => {
                let policy = session.policy();
                let at_once = policy.moderation == Moderation::Post && policy.hold_s == 0;
                letter.by_policy = at_once.then_some(policy.version);
                letter.lets = [letter.carries.0, letter.carries.1].into_iter().flatten().collect();
            }
            // The desk's own typing.
            Command::Enter { .. } | Command::Revise { .. } => {
                letter.lets = [letter.carries.0, letter.carries.1].into_iter().flatten().collect();
            }
            _ => letter.lets = Vec::new(),
        }
    }

    fn flush(&mut self, at: usize) {
        let batch = std::mem::take(&mut self.nodes[at].batch);
        if batch.is_empty() {
            return;
        }
        let (commands, letters): (Vec<_>, Vec<_>) = batch.into_iter().unzip();
        let mut version = self.canonical.policy().version;
        let outcomes = self.append(commands);
        let entry = self.evening.journal.len() - 1;
        for (outcome, letters) in outcomes.into_iter().zip(letters) {
            for letter in letters {
                let changes = letter.envelope.command.kind() == Kind::Policy;
                self.come_of(at, (entry, version), outcome, letter);
                version += u32::from(changes && outcome == Outcome::Counted);
            }
        }
    }

    /// Keeps the books of what one command did.
    fn come_of(
        &mut self,
        at: usize,
        (entry, version): (usize, u32),
        outcome: Outcome,
        letter: Letter,
    ) {
        if outcome != Outcome::Counted {
            self.evening.void += 1;
            if self.chance.once_in(2) {
                self.catch_up(at, usize::MAX);
                self.decide(at, letter);
            }
            return;
        }
        let id = QuestionId::from(letter.envelope.id);
        match &letter.envelope.command {
            Command::Ask { .. } | Command::Enter { .. } => {
                self.texts.insert(id, letter.carries.0.into_iter().collect());
                self.names.extend(letter.carries.1.map(|mark| (id, mark)));
                self.questions.push(id);
            }
            Command::Edit { question, .. } | Command::Revise { question, .. } => {
                self.texts.entry(*question).or_default().extend(letter.carries.0);
            }
            Command::Invite { .. } => self.invitations.push(InvitationId(letter.envelope.id.0)),
            Command::TakeBack { question, .. } => {
                let texts = self.texts.get(question).cloned().unwrap_or_default();
                let gone = texts.into_iter().chain(self.names.get(question).copied());
                self.evening.gone.extend(gone.map(|mark| (entry, mark)));
            }
            Command::Forget { person, .. } => {
                let session = &self.canonical;
                let asked = session.people().get(*person).and_then(|person| person.asked());
                let asked = asked.map(|asked| asked.questions.clone()).unwrap_or_default();
                for question in asked {
                    let name = self.names.get(&question).copied();
                    self.evening.gone.extend(name.map(|mark| (entry, mark)));
                }
            }
            _ => {}
        }
        // A policy lets a question through only if it is still the one when that is applied.
        let asked = matches!(letter.envelope.command, Command::Ask { .. });
        let lets = !asked || letter.by_policy == Some(version);
        if lets {
            self.evening.let_through.extend(letter.lets.iter().map(|mark| (entry, *mark)));
        }
    }

    fn append(&mut self, commands: Vec<Recorded>) -> Vec<Outcome> {
        let id = EntryId::from_u128(self.id());
        let entry = Entry { v: ENTRY_VERSION, id, commands };
        let outcomes = self.canonical.apply(&entry).outcomes;
        self.evening.journal.push(entry);
        outcomes
    }

    fn catch_up(&mut self, at: usize, most: usize) {
        let node = &mut self.nodes[at];
        for entry in self.evening.journal[node.read..].iter().take(most) {
            node.session.apply(entry);
            node.read += 1;
        }
    }

    /// Time passes on one node: what is due is appended by whichever node notices first.
    fn tick(&mut self, at: usize) {
        let node = &self.nodes[at];
        let now = self.now.max(node.session.last_at());
        let Some(due) = node.session.due(now, &[]) else {
            return;
        };
        let lets: Vec<u32> = due
            .events
            .iter()
            .filter_map(|event| match event {
                Event::QuestionApproved { question, text, .. } => Some((question, text)),
                _ => None,
            })
            .flat_map(|(question, text)| {
                let text = marks_in(text.get().map(String::as_str).unwrap_or_default());
                text.into_iter().chain(self.names.get(question).copied())
            })
            .collect();
        let (on, events) = (due.on, due.events);
        let id = CommandId::from_u128(self.id());
        let recorded = Recorded { id, by: Actor::Clock, at: now, on, head: None, events };
        if self.append(vec![recorded]) == [Outcome::Counted] {
            let entry = self.evening.journal.len() - 1;
            self.evening.let_through.extend(lets.into_iter().map(|mark| (entry, mark)));
        }
    }

    // Letters.

    fn letter(&mut self, at: usize) -> Letter {
        let mut kind = self.kind();
        let acts = match kind.allowed().citizen {
            true => As::Citizen,
            false => As::Staff,
        };
        let person = self.author(kind);
        if self.questions.is_empty() && self.chance.once_in(2) {
            kind = Kind::Ask;
        }
        let (acts, person) = match kind {
            Kind::Ask => (As::Citizen, PersonId::from_u128(self.chance.pick(&CITIZENS))),
            _ => (acts, person),
        };
        let mut id = CommandId::from_u128(self.id());
        if self.chance.once_in(100)
            && let Some(taken) = self.recent.front()
        {
            // Somebody sends under another's id.
            id = taken.envelope.id;
        }
        let mut carries = (None, None);
        let command = self.command(at, kind, person, &mut carries);
        let author = match acts {
            As::Citizen => Author::Citizen(person),
            As::Staff => Author::Desk(self.about(&command).unwrap_or(id.into())),
        };
        for mark in [carries.0, carries.1].into_iter().flatten() {
            self.evening.marks.insert(mark, author);
        }
        let envelope = Envelope { id, caller: Caller { person, acts }, command };
        Letter { envelope, lets: Vec::new(), by_policy: None, carries }
    }

    /// What there is most of on an evening, and now and then anything.
    fn kind(&mut self) -> Kind {
        use Kind::{
            Answer, Answered, Approve, Ask, Dismiss, Edit, Enter, Later, Next, OffAir, OnAir,
            Queue, Restore, Revise, Unqueue, Vote, Withdraw,
        };
        const OFTEN: [Kind; 32] = [
            Ask, Ask, Ask, Ask, Vote, Vote, Vote, Vote, Vote, Vote, Edit, Withdraw, Approve,
            Approve, Approve, Approve, Approve, Dismiss, Restore, Revise, Queue, Queue, Queue,
            Queue, Unqueue, Later, OnAir, OnAir, Next, OffAir, Answered, Answer,
        ];
        const SELDOM: [Kind; 14] = [
            Kind::TakeBack,
            Kind::TakeBack,
            Kind::Forget,
            Kind::Policy,
            Kind::Policy,
            Kind::Overlay,
            Kind::Overlay,
            Kind::Describe,
            Kind::Invite,
            Kind::Join,
            Kind::Join,
            Kind::Uninvite,
            Kind::Close,
            Kind::End,
        ];
        let all = kinds::all();
        let back = match self.canonical.state() {
            SessionState::Draft | SessionState::Scheduled | SessionState::Closed => Kind::Open,
            SessionState::Ended => Kind::Reopen,
            SessionState::Open => Enter,
        };
        match self.chance.below(24) {
            0 => self.chance.pick(&all),
            1 => Enter,
            2 => self.chance.pick(&SELDOM),
            3 | 4 => back,
            _ => self.chance.pick(&OFTEN),
        }
    }

    fn author(&mut self, kind: Kind) -> PersonId {
        let citizen = self.chance.pick(&CITIZENS);
        let anybody = [citizen, MODERATORS[0], OFFICIAL, PRODUCER, ADMIN];
        let person = match kind {
            _ if self.chance.once_in(40) => self.chance.pick(&anybody),
            Kind::Next | Kind::Seen => OFFICIAL,
            Kind::Overlay | Kind::Delay | Kind::Mark => PRODUCER,
            Kind::TakeBack | Kind::Forget | Kind::Describe | Kind::Invite | Kind::Uninvite => ADMIN,
            _ if kind.allowed().citizen => citizen,
            _ => self.chance.pick(&MODERATORS),
        };
        PersonId::from_u128(person)
    }

    fn about(&self, command: &Command) -> Option<QuestionId> {
        match command {
            Command::Revise { question, .. } | Command::Dismiss { question, .. } => Some(*question),
            Command::Later { question, .. } => Some(*question),
            _ => None,
        }
    }

    fn marked(&mut self, what: &str) -> (u32, String) {
        self.mark += 1;
        (self.mark, format!("{what} §{}§", self.mark))
    }

    fn question(&mut self, at: usize, kind: Kind) -> QuestionId {
        // Often one in a state in which this can work, as a page would offer it.
        let session = &self.nodes[at].session;
        let wanted: &[State] = match kind {
            Kind::Approve | Kind::Edit => &[State::Pending],
            Kind::Restore => &[State::Dismissed],
            Kind::Queue => &[State::Approved],
            Kind::Unqueue | Kind::Next => &[State::Queued],
            Kind::Later => &[State::Queued, State::OnAir],
            Kind::OnAir => &[State::Approved, State::Queued, State::Answered],
            _ => &[],
        };
        let fitting = session.questions().filter(|q| wanted.contains(&q.state));
        let mut fitting: Vec<_> = fitting.map(|question| question.id).collect();
        if kind == Kind::Next {
            fitting = session.queue().first().copied().into_iter().collect();
        }
        if !fitting.is_empty() && !self.chance.once_in(6) {
            return self.chance.pick(&fitting);
        }
        match self.questions.is_empty() || self.chance.once_in(50) {
            true => QuestionId::from_u128(404),
            false => self.chance.pick(&self.questions.clone()),
        }
    }

    fn command(
        &mut self,
        at: usize,
        kind: Kind,
        person: PersonId,
        carries: &mut (Option<u32>, Option<u32>),
    ) -> Command {
        let question = self.question(at, kind);
        let other = self.question(at, Kind::Unqueue);
        let session = &self.nodes[at].session;
        let now = session.question(question).map_or(Rev(0), |question| question.rev);
        let stage = session.stage().rev;
        let session_rev = session.rev();
        let policy = session.policy().clone();
        let rev = if self.chance.once_in(12) { Rev(now.0.saturating_sub(1)) } else { now };
        let reason = self.chance.pick(&[Reason::OffTopic, Reason::Other, Reason::Duplicate]);
        let (mark, text) = self.marked("Una domanda");
        let asked = Asked::screened(&text, &policy);
        // A note of the desk is no text of the question: it is marked as the desk's.
        let note = || Some(text.clone());
        match kind {
            Kind::Ask | Kind::Enter => {
                let mut name = None;
                carries.0 = Some(mark);
                if self.chance.once_in(2) {
                    let (mark, called) = self.marked("Nome");
                    carries.1 = Some(mark);
                    name = Some(called);
                }
                let labels = vec![];
                match kind {
                    Kind::Ask => Command::Ask { text: asked, name, labels, review: false },
                    _ => Command::Enter { text, name, labels, channel: Channel::Hall },
                }
            }
            Kind::Check => Command::Check { text: asked, masks: false },
            Kind::Edit => {
                carries.0 = Some(mark);
                Command::Edit { question, text: asked }
            }
            Kind::Withdraw => Command::Withdraw { question },
            Kind::Vote => Command::Vote { question, on: !self.chance.once_in(3) },
            Kind::Report => Command::Report { question, reason },
            Kind::Claim => Command::Claim { question, rev },
            Kind::Release => Command::Release { question, rev },
            Kind::Approve => Command::Approve { question, rev, name: self.chance.once_in(2) },
            Kind::Dismiss => {
                self.evening.marks.insert(mark, Author::Desk(question));
                Command::Dismiss { question, rev, reason, of: Some(other), note: note() }
            }
            Kind::Restore => Command::Restore { question, rev },
            Kind::Revise => {
                carries.0 = Some(mark);
                Command::Revise { question, rev, text }
            }
            Kind::Merge => Command::Merge { question, rev, into: other },
            Kind::Unmerge => Command::Unmerge { question, rev },
            Kind::Label => Command::Label { question, rev, labels: vec![] },
            Kind::Note => Command::Note { question, rev, text, to_stage: false },
            Kind::Assign => Command::Assign { question, rev, to: None },
            Kind::Queue => {
                let before = (self.chance.once_in(2) && other != question).then_some(other);
                Command::Queue { question, rev, before }
            }
            Kind::Unqueue => Command::Unqueue { question, rev },
            Kind::Later => Command::Later { question, rev, note: note() },
            Kind::OnAir => Command::OnAir { question, rev, stage },
            Kind::Next => Command::Next { question },
            Kind::OffAir => Command::OffAir,
            Kind::Answered => Command::Answered { question, rev },
            Kind::Answer => {
                let answer = Answer { text: "Sì.".to_owned(), links: vec![] };
                Command::Answer { question, rev, answer }
            }
            Kind::Seen => Command::Seen { question },
            Kind::Mute => Command::Mute { person, minutes: None, reason },
            Kind::Unmute => Command::Unmute { person },
            Kind::Policy => Command::Policy { change: Box::new(self.policy()) },
            Kind::Rescreen => {
                let sieve = Sieve::of(&policy, &[]);
                let waiting = self.nodes[at].session.waiting(None, 64).into_iter();
                let looked = waiting.map(|waiting| waiting.look(&sieve)).collect();
                Command::Rescreen { looked, more: self.chance.once_in(2) }
            }
            Kind::Open => Command::Open,
            Kind::Close => Command::Close,
            Kind::End => Command::End,
            Kind::Reopen => Command::Reopen,
            Kind::Undo => Command::Undo { command: CommandId::from_u128(1) },
            Kind::Overlay => Command::Overlay { show: self.chance.once_in(2) },
            Kind::Delay => Command::Delay { channel: "hls".to_owned(), seconds: 5 },
            Kind::Mark => Command::Mark { text: None },
            Kind::TakeBack => Command::TakeBack { question, reason: "un errore".to_owned() },
            Kind::Forget => {
                let person = PersonId::from_u128(self.chance.pick(&CITIZENS));
                Command::Forget { person, reason: "richiesta".to_owned() }
            }
            Kind::Describe => {
                let title = Some(format!("Una sera, edizione {mark}"));
                let change = AboutChange { title, ..AboutChange::default() };
                Command::Describe { change: Box::new(change), rev: session_rev }
            }
            Kind::Invite => Command::Invite {
                role: self.chance.pick(&Role::ALL),
                name: "Gina".to_owned(),
                token_hash: "0".repeat(64),
            },
            Kind::Uninvite => Command::Uninvite { invitation: self.invitation() },
            Kind::Join => Command::Join { invitation: self.invitation() },
        }
    }

    fn invitation(&mut self) -> InvitationId {
        match self.invitations.is_empty() {
            true => InvitationId::from_u128(404),
            false => self.chance.pick(&self.invitations.clone()),
        }
    }

    fn policy(&mut self) -> PolicyChange {
        let moderation = self.chance.pick(&[Moderation::Pre, Moderation::Post]);
        PolicyChange {
            moderation: Some(moderation),
            hold_s: Some(self.chance.pick(&[0, 0, 5])),
            votes: Some(self.chance.pick(&[Votes::Shown, Votes::Hidden])),
            // What waits is seen otherwise when it is screened again.
            words_hold: Some(match moderation {
                Moderation::Pre => vec!["una".to_owned()],
                Moderation::Post => Vec::new(),
            }),
            ..PolicyChange::default()
        }
    }
}

/// The marks in a text.
pub(crate) fn marks_in(text: &str) -> Vec<u32> {
    text.split('§').skip(1).step_by(2).filter_map(|mark| mark.parse().ok()).collect()
}

/// Questions of strangers that the desk refuses, one after another, woven into a journal: what
/// happens between them must look the same to the public.
pub(crate) fn with_refused_questions(journal: &[Entry], seed: u64) -> Vec<Entry> {
    let mut chance = Chance::new(seed ^ 0x5eed);
    let mut session = Session::new(SessionId::from_u128(1));
    let mut woven = Vec::new();
    for (n, entry) in (0..).zip(journal) {
        session.apply(entry);
        woven.push(entry.clone());
        let open = session.state() == SessionState::Open;
        if !open || session.policy().moderation == Moderation::Post || chance.once_in(3) {
            continue;
        }
        for command in refused(&session, n, &mut chance) {
            let id = EntryId::from_u128(u128::from(chance.next()));
            let entry = Entry { v: ENTRY_VERSION, id, commands: vec![command] };
            assert_eq!(session.apply(&entry).outcomes, [Outcome::Counted]);
            woven.push(entry);
        }
    }
    woven
}

/// A stranger asks, perhaps edits, and the desk dismisses, or the stranger takes it back.
fn refused(session: &Session, n: u128, chance: &mut Chance) -> Vec<Recorded> {
    let stranger = PersonId::from_u128(900 + n);
    let moderator = PersonId::from_u128(MODERATORS[0]);
    let mut session = session.clone();
    let mut made = Vec::new();
    let id = u128::from(chance.next()) << 32 | n;
    let question = QuestionId::from_u128(id);
    let text = |n| Asked::screened(&format!("Una domanda rifiutata {n}"), session.policy());
    let (first, second) = (text(1), text(2));
    let name = Some("Uno sconosciuto".to_owned());
    let mut wishes =
        vec![(stranger, Command::Ask { text: first, name, labels: vec![], review: false })];
    if chance.once_in(2) {
        wishes.push((stranger, Command::Edit { question, text: second }));
    }
    let rev = Rev(wishes.len() as u32);
    wishes.push(match chance.below(3) {
        0 => (stranger, Command::Withdraw { question }),
        1 => (moderator, Command::Revise { question, rev, text: "Mai vista".to_owned() }),
        _ => {
            let (reason, of, note) = (Reason::Other, None, Some("no".to_owned()));
            (moderator, Command::Dismiss { question, rev, reason, of, note })
        }
    });
    for (k, (person, command)) in (0..).zip(wishes) {
        let acts = if person == stranger { As::Citizen } else { As::Staff };
        let at = session.last_at();
        let envelope = Envelope {
            id: CommandId::from_u128(id + (k << 100)),
            caller: Caller { person, acts },
            command,
        };
        let world = World {
            now: at,
            head: Head { n: 0, chain: [0; 32] },
            missing: &[],
            unconfirmed: None,
            campaign: None,
        };
        let Ok(Decision::Record { on, events }) = session.decide(&envelope, &world) else {
            break;
        };
        let by = if acts == As::Citizen { Actor::Citizen(person) } else { Actor::Staff(person) };
        let recorded = Recorded { id: envelope.id, by, at, on, head: None, events };
        let entry = Entry {
            v: ENTRY_VERSION,
            id: EntryId::from_u128(id),
            commands: vec![recorded.clone()],
        };
        session.apply(&entry);
        made.push(recorded);
    }
    made
}

/// Entries that no node would ever make: any event about anything, resting on anything.
pub(crate) fn nonsense(chance: &mut Chance, sane: &[Entry]) -> Entry {
    let recorded: Vec<&Recorded> = sane.iter().flat_map(|entry| &entry.commands).collect();
    let one = |chance: &mut Chance| recorded[chance.below(recorded.len())].clone();
    let ids: BTreeSet<CommandId> = recorded.iter().map(|command| command.id).collect();
    let ids: Vec<CommandId> = ids.into_iter().take(12).collect();
    let mut commands = Vec::new();
    for _ in 0..1 + chance.below(3) {
        // The id of one, the author of another, the events of a third about the question of a
        // fourth, resting on whatever.
        let mut command = one(chance);
        command.id = chance.pick(&ids);
        command.by = one(chance).by;
        command.on = match chance.below(4) {
            0 => one(chance).on,
            1 => vec![On::Head(None), On::Stage(Rev(0))],
            _ => Vec::new(),
        };
        command.at = Timestamp(chance.next() as i64);
        for event in &mut command.events {
            let id = QuestionId::from(chance.pick(&ids));
            retarget(event, id);
        }
        if chance.once_in(3) {
            command.events.extend(one(chance).events);
        }
        commands.push(command);
    }
    Entry { v: ENTRY_VERSION, id: EntryId::from_u128(u128::from(chance.next())), commands }
}

fn retarget(event: &mut Event, id: QuestionId) {
    match event {
        Event::QuestionEdited { question, .. }
        | Event::QuestionRescreened { question, .. }
        | Event::QuestionWithdrawn { question }
        | Event::QuestionApproved { question, .. }
        | Event::QuestionDismissed { question, .. }
        | Event::QuestionRestored { question }
        | Event::QuestionRevised { question, .. }
        | Event::QuestionQueued { question, .. }
        | Event::QuestionUnqueued { question, .. }
        | Event::QuestionPutOnAir { question, .. }
        | Event::QuestionAnswered { question, .. }
        | Event::TextTakenBack { question, .. } => *question = id,
        Event::VotesCast { rows } => rows.iter_mut().for_each(|row| row.1 = id),
        Event::SessionCreated { .. }
        | Event::SessionDescribed { .. }
        | Event::SessionOpened {}
        | Event::SessionClosed {}
        | Event::SessionEnded {}
        | Event::SessionReopened {}
        | Event::PolicyChanged { .. }
        | Event::QueueRescreened { .. }
        | Event::InvitationMade { .. }
        | Event::InvitationRevoked { .. }
        | Event::RoleGranted { .. }
        | Event::RoleRevoked { .. }
        | Event::QuestionAsked { .. }
        | Event::QuestionEntered { .. }
        | Event::TakenOffAir {}
        | Event::OnAirConfirmed { .. }
        | Event::OverlayShown { .. }
        | Event::FullRecordTaken { .. }
        | Event::PersonForgotten { .. }
        | Event::SessionForgotten {} => {}
    }
}
