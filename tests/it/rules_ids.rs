//! What hangs on ids and memory, and on shapes that no story can say: sent by hand.

use expect_test::expect;
use filodiretto::qa::command::Asked;
use filodiretto::qa::event::{Channel, ENTRY_VERSION};
use filodiretto::qa::policy::{PolicyChange, Votes};
use filodiretto::qa::refusal::Code;
use filodiretto::qa::session::State;
use filodiretto::qa::session::question::Words;
use filodiretto::qa::{
    Actor, As, Audience, Caller, Command, CommandId, Decision, Entry, EntryId, Envelope, Head,
    InvitationId, Outcome, QuestionId, Recorded, Refusal, Role, Session, World, view,
};
use filodiretto::screening::{Finding, Verdict};
use filodiretto::story::Story;

use crate::check::{EVENING, play, told};

/// Somebody who sends commands under ids of their choice.
struct Hand {
    story: Story,
    session: Session,
}

impl Hand {
    fn after(script: &str) -> Self {
        let mut story = told(EVENING);
        play(&mut story, script);
        let session = story.session().clone();
        Self { story, session }
    }

    fn decide(
        &mut self,
        id: u128,
        who: &str,
        acts: As,
        command: Command,
    ) -> Result<Decision, Refusal> {
        let person = self.story.person(who);
        let id = CommandId::from_u128(id);
        let envelope = Envelope { id, caller: Caller { person, acts }, command };
        let head = Head { n: 0, chain: [0; 32] };
        let world = World {
            now: self.session.last_at(),
            head,
            missing: &[],
            unconfirmed: None,
            campaign: None,
        };
        self.session.decide(&envelope, &world)
    }

    /// Records what was decided, whatever has been recorded since.
    fn record(&mut self, id: u128, by: Actor, decision: Decision) -> Outcome {
        let Decision::Record { on, events } = decision else { panic!("nothing to record") };
        let at = self.session.last_at();
        let id = CommandId::from_u128(id);
        let commands = vec![Recorded { id, by, at, on, head: None, events }];
        let entry = Entry { v: ENTRY_VERSION, id: EntryId::from_u128(1), commands };
        self.session.apply(&entry).outcomes[0]
    }

    fn send(&mut self, id: u128, who: &str, acts: As, command: Command) -> Result<(), Code> {
        let person = self.story.person(who);
        let by = match (&command, acts) {
            (Command::Vote { .. }, _) => Actor::Crowd,
            (_, As::Citizen) => Actor::Citizen(person),
            (_, As::Staff) => Actor::Staff(person),
        };
        match self.decide(id, who, acts, command).map_err(|refusal| refusal.code())? {
            Decision::Done => Ok(()),
            decision => {
                assert_eq!(self.record(id, by, decision), Outcome::Counted);
                Ok(())
            }
        }
    }
}

fn ask(text: &str) -> Command {
    let text = Asked::screened(text, &filodiretto::qa::Policy::default());
    Command::Ask { text, name: None, labels: vec![], review: false }
}

fn enter(text: &str) -> Command {
    Command::Enter { text: text.to_owned(), name: None, labels: vec![], channel: Channel::Hall }
}

fn invite(role: Role) -> Command {
    Command::Invite { role, name: "Gina".to_owned(), token_hash: String::new() }
}

#[test]
fn the_id_of_a_question_is_nobody_elses() {
    let mut hand = Hand::after("mod policy open_questions=none");
    let late = hand.decide(9, "mod", As::Staff, enter("Una domanda dalla sala"));
    let late_too = hand.decide(9, "bob", As::Citizen, ask("Una domanda mia"));
    hand.send(9, "ana", As::Citizen, ask("La prima domanda")).expect("nobody has the id");
    let before = hand.session.clone();
    // Decided on a node that had not seen ana's question: void, or it would replace hers.
    let moderator = hand.story.person("mod");
    let bob = hand.story.person("bob");
    let (late, late_too) = (late.expect("free there"), late_too.expect("free there"));
    assert_eq!(hand.record(9, Actor::Staff(moderator), late), Outcome::Repeated);
    assert_eq!(hand.record(9, Actor::Citizen(bob), late_too), Outcome::Repeated);
    assert_eq!(hand.session, before);
    for (who, acts, command) in [
        ("mod", As::Staff, enter("Una domanda dalla sala")),
        ("bob", As::Citizen, ask("Una domanda mia")),
        ("bob", As::Citizen, Command::Withdraw { question: QuestionId::from_u128(9) }),
        ("capo", As::Staff, invite(Role::Moderator)),
    ] {
        assert_eq!(hand.send(9, who, acts, command), Err(Code::IdTaken));
    }
    assert_eq!(hand.send(9, "ana", As::Citizen, ask("La prima domanda")), Ok(()));
    assert_eq!(hand.session, before, "sent again");
}

/// Guards another's right: a guest whose command had the id of a grant would have replaced it.
#[test]
fn the_id_of_a_grant_or_an_invitation_is_nobody_elses() {
    let mut hand = Hand::after("");
    hand.send(7, "capo", As::Staff, invite(Role::Producer)).expect("nobody has the id");
    let join = || Command::Join { invitation: InvitationId::from_u128(7) };
    let capo = hand.story.person("capo");
    let (grant, _) = hand.session.grant(capo, Role::Admin).expect("she has it");
    let id = u128::from_be_bytes(grant.to_bytes());
    assert_eq!(hand.send(id, "gina", As::Citizen, join()), Err(Code::IdTaken));
    assert_eq!(hand.send(7, "gina", As::Citizen, join()), Err(Code::IdTaken));
    assert_eq!(hand.send(7, "mod", As::Staff, enter("Una domanda")), Err(Code::IdTaken));
    let gina = hand.story.person("gina");
    let decision = hand.decide(8, "gina", As::Citizen, join()).expect("she is invited");
    assert_eq!(hand.record(id, Actor::Citizen(gina), decision.clone()), Outcome::Repeated);
    assert_eq!(hand.session.roles(capo).len(), 1);
    assert_eq!(hand.record(8, Actor::Citizen(gina), decision), Outcome::Counted);
    assert_eq!(hand.session.roles(gina).len(), 1);
}

#[test]
fn sixteen_commands_of_a_citizen_are_remembered_and_each_question_for_ever() {
    let mut hand = Hand::after("mod enters q1 'Una domanda dalla sala' from hall");
    let question = hand.session.questions().next().expect("it was entered").id;
    hand.send(100, "ana", As::Citizen, ask("La prima domanda")).expect("it fits");
    let vote = |on| Command::Vote { question, on };
    hand.send(200, "ana", As::Citizen, vote(true)).expect("it is public");
    let decide = |hand: &mut Hand| hand.decide(200, "ana", As::Citizen, vote(true));
    for n in 1..=15 {
        hand.send(200 + n, "ana", As::Citizen, vote(false)).expect("it is public");
        assert_eq!(decide(&mut hand), Ok(Decision::Done), "after {n} others");
    }
    // A late repeat of the oldest one remembered changes nothing, however it came to the record.
    let row = filodiretto::qa::VoteRow(
        hand.story.person("ana"),
        question,
        true,
        filodiretto::qa::session::hash8(CommandId::from_u128(200)),
    );
    let rows = || Decision::Record {
        on: vec![],
        events: vec![filodiretto::qa::Event::VotesCast { rows: vec![row] }],
    };
    let votes = |hand: &Hand| hand.session.question(question).expect("it is there").voters.len();
    hand.record(900, Actor::Crowd, rows());
    assert_eq!(votes(&hand), 0);
    hand.send(216, "ana", As::Citizen, vote(false)).expect("it is public");
    assert!(matches!(decide(&mut hand), Ok(Decision::Record { .. })), "the 17th is forgotten");
    let again = hand.decide(100, "ana", As::Citizen, ask("La prima domanda"));
    assert_eq!(again, Ok(Decision::Done), "a question is never");
}

#[test]
fn review_turns_a_block_by_content_into_a_hold_and_no_other() {
    let mut hand = Hand::after("mod policy moderation=post");
    let found = |code: &str| Finding {
        code: code.to_owned(),
        verdict: Verdict::Block,
        spans: vec![],
        evidence: None,
        count: None,
        in_name: false,
    };
    let version = hand.session.policy().version;
    let blocked = |code: &str, review| {
        let mut text = Asked::screened("Quando riapre la biblioteca?", &Default::default());
        text.screening.findings.push(found(code));
        text.policy = version;
        Command::Ask { text, name: None, labels: vec![], review }
    };
    let send = |hand: &mut Hand, id, code, review| {
        hand.send(id, "ana", As::Citizen, blocked(code, review))
    };
    assert_eq!(send(&mut hand, 1, "WORD_LIST_BLOCK", false), Err(Code::BlockedWords));
    assert_eq!(send(&mut hand, 1, "LINK_SHORTENER", false), Err(Code::Link));
    for (code, word) in [
        ("LEN_TOO_LONG", Code::TooLong),
        ("FMT_NO_TEXT", Code::NotText),
        ("FLOOD_RATE", Code::TooFast),
        ("FLOOD_QUOTA", Code::TooMany),
        ("DUP_OWN", Code::DuplicateOwn),
        ("SESSION_CLOSED", Code::Closed),
    ] {
        assert_eq!(send(&mut hand, 1, code, true), Err(word));
    }
    assert_eq!(send(&mut hand, 1, "WORD_LIST_BLOCK", true), Ok(()));
    let question = hand.session.question(QuestionId::from_u128(1)).expect("it was asked");
    assert_eq!((question.state, question.verdict), (State::Pending, Verdict::Hold));
}

#[test]
fn a_mask_goes_on_and_a_hold_waits() {
    let mut hand = Hand::after("mod policy moderation=post");
    for (id, verdict, state) in
        [(1, Verdict::Mask, State::Approved), (2, Verdict::Hold, State::Pending)]
    {
        let code = "PII_PHONE".to_owned();
        let finding =
            Finding { code, verdict, spans: vec![], evidence: None, count: None, in_name: false };
        let mut text =
            Asked::screened(&format!("Quando riapre la scuola {id}?"), &Default::default());
        text.screening.findings.push(finding);
        text.policy = hand.session.policy().version;
        let command = Command::Ask { text, name: None, labels: vec![], review: false };
        hand.send(id, "ana", As::Citizen, command).expect("it is no block");
        let question = hand.session.question(QuestionId::from_u128(id)).expect("it was asked");
        assert_eq!(question.state, state);
    }
}

/// An audience from which text was taken must forget what it was sent before.
#[test]
fn whoever_loses_sight_of_a_text_forgets_the_frames_that_had_it() {
    let asked = "ana asks q1 'La prima domanda' as 'Anna'";
    let public = "ana asks q1 'La prima domanda' as 'Anna'; mod approves q1; mod airs q1";
    let all = Audience::ALL;
    for (before, last, hidden) in [
        (asked, "mod approves q1", &[][..]),
        (asked, "mod dismisses q1 off_topic", &[]),
        (asked, "capo forgets ana 'richiesta'", &[Audience::Desk]),
        (public, "mod answered q1", &[Audience::Stage, Audience::Overlay]),
        (public, "bob votes q1", &[]),
        (public, "pia hides overlay", &[Audience::Overlay]),
        (public, "capo takes back q1 'errore'", &all),
        (public, "capo forgets ana 'richiesta'", &all),
        (public, "mod policy votes=hidden", &[]),
    ] {
        let mut story = told(EVENING);
        play(&mut story, before);
        story.read(last).expect("it makes sense");
        let Some(filodiretto::story::Step::Append(entry)) = story.step() else {
            panic!("nothing to record: {last}");
        };
        let changes = story.session().clone().apply(&entry).changes;
        let hides: Vec<_> = all.into_iter().filter(|a| changes.hides(*a)).collect();
        assert_eq!(hides, hidden, "{last}");
    }
}

#[test]
fn the_desk_starts_with_those_who_have_waited_longest() {
    let mut hand = Hand::after("");
    // Younger questions under smaller ids.
    for n in 0..310_u128 {
        let who = format!("p{n}");
        hand.send(10_000 - n, &who, As::Citizen, ask("Una bella domanda")).expect("it fits");
        let at = hand.session.last_at().plus_seconds(1);
        let entry = Entry {
            v: ENTRY_VERSION,
            id: EntryId::from_u128(n),
            commands: vec![Recorded {
                id: CommandId::from_u128(20_000 + n),
                by: Actor::Clock,
                at,
                on: vec![],
                head: None,
                events: vec![],
            }],
        };
        hand.session.apply(&entry);
    }
    let desk = view::snapshot(&hand.session, Audience::Desk);
    assert_eq!(desk.questions.len(), 300);
    let last = desk.questions.iter().map(|question| question.asked_at).max();
    let mut sorted: Vec<_> = hand.session.questions().map(|q| q.asked_at).collect();
    sorted.sort_unstable();
    assert_eq!(last, Some(sorted[299]));
    assert_eq!(desk.total.values().sum::<u32>(), 310);
}

#[test]
fn the_public_starts_with_the_most_voted_the_newest_and_the_last_answered() {
    let mut hand = Hand::after("");
    for n in 0..100_u128 {
        hand.send(1000 + n, "mod", As::Staff, enter(&format!("La domanda {n}"))).expect("it fits");
    }
    let id = |n: u128| QuestionId::from_u128(1000 + n);
    for n in 0..50 {
        let on = Command::Vote { question: id(n), on: true };
        hand.send(5000 + n, &format!("v{n}"), As::Citizen, on).expect("it is public");
    }
    for n in 50..62 {
        let rev = hand.session.question(id(n)).expect("it is there").rev;
        let answered = Command::Answered { question: id(n), rev };
        hand.send(7000 + n, "mod", As::Staff, answered).expect("it is approved");
    }
    let starts = |session: &Session| {
        let public = view::snapshot(session, Audience::Public);
        public.questions.iter().map(|question| question.id).collect::<Vec<_>>()
    };
    // Of equals the newest: 40 of the 50 with a vote, the 20 newest, 10 of the 12 answered.
    let wanted: Vec<_> = (10..50).chain(52..62).chain(80..100).map(id).collect();
    assert_eq!(starts(&hand.session), wanted);
    // Hidden votes must not be read from what one starts with.
    let change = Box::new(PolicyChange { votes: Some(Votes::Hidden), ..PolicyChange::default() });
    hand.send(9000, "mod", As::Staff, Command::Policy { change }).expect("it fits");
    let wanted: Vec<_> = (52..62).chain(80..100).map(id).collect();
    assert_eq!(starts(&hand.session), wanted);
}

/// Guards what is on air now from the repeat of an older wish to take something off.
#[test]
fn a_command_that_comes_twice_into_the_record_counts_once() {
    let mut hand = Hand::after(
        "mod enters q1 'La prima domanda' from hall; ana asks q2 'La seconda domanda'; mod airs q1",
    );
    let moderator = hand.story.person("mod");
    let ana = hand.story.person("ana");
    let by = Actor::Staff(moderator);
    let off = hand.decide(50, "mod", As::Staff, Command::OffAir).expect("never refused");
    assert_eq!(hand.record(50, by, off.clone()), Outcome::Counted);
    let ids: Vec<_> = hand.session.questions().map(|q| (q.id, q.rev)).collect();
    let [(question, rev), (asked, _)] = ids[..] else { panic!("two questions") };
    let air = Command::OnAir { question, rev, stage: hand.session.stage().rev };
    hand.send(51, "mod", As::Staff, air).expect("it is approved");
    assert_eq!(hand.record(50, by, off), Outcome::Repeated);
    assert_eq!(hand.session.stage().on_air, Some(question));
    // A citizen's, too: repeated, not merely moved.
    let text = Asked::screened("La seconda domanda, meglio", hand.session.policy());
    let edit = Command::Edit { question: asked, text };
    let edit = hand.decide(60, "ana", As::Citizen, edit).expect("it waits");
    assert_eq!(hand.record(60, Actor::Citizen(ana), edit.clone()), Outcome::Counted);
    assert_eq!(hand.record(60, Actor::Citizen(ana), edit.clone()), Outcome::Repeated);
    assert_eq!(hand.record(61, Actor::Citizen(ana), edit), Outcome::Moved);
}

#[test]
fn a_masked_text_is_held_as_long_as_any_and_an_edit_that_must_be_read_ends_the_hold() {
    let mut hand = Hand::after("mod policy moderation=post hold_s=30");
    let version = hand.session.policy().version;
    let text = |verdict| {
        let code = "PII_PHONE".to_owned();
        let finding =
            Finding { code, verdict, spans: vec![], evidence: None, count: None, in_name: false };
        let mut text = Asked::screened("Quando riapre la biblioteca?", &Default::default());
        text.screening.findings.push(finding);
        text.policy = version;
        text
    };
    let ask =
        |verdict| Command::Ask { text: text(verdict), name: None, labels: vec![], review: false };
    hand.send(1, "ana", As::Citizen, ask(Verdict::Mask)).expect("it is no block");
    let due = hand.session.last_at().plus_seconds(30);
    assert_eq!(hand.session.next_due(), Some(due));
    assert!(hand.session.due(due, &[]).is_some());
    let edit = |verdict| Command::Edit { question: QuestionId::from_u128(1), text: text(verdict) };
    hand.send(2, "ana", As::Citizen, edit(Verdict::Mask)).expect("it waits");
    assert_eq!(hand.session.next_due(), Some(due));
    hand.send(3, "ana", As::Citizen, edit(Verdict::Hold)).expect("it waits");
    assert_eq!(hand.session.next_due(), None);
    hand.send(4, "ana", As::Citizen, edit(Verdict::Pass)).expect("it waits");
    assert_eq!(hand.session.next_due(), None, "a person must look now");
    hand.send(5, "bob", As::Citizen, ask(Verdict::Hold)).expect("it is no block");
    assert_eq!(hand.session.next_due(), None);
}

#[test]
fn what_the_desk_typed_is_kept_as_its_own() {
    let hand = Hand::after(
        "mod enters q1 'La prima domanda' from hall; mod revises q1 'La prima domanda?'
         ana asks q2 'La seconda domanda'; mod revises q2 'La seconda domanda?'",
    );
    let kept: Vec<Vec<bool>> = hand
        .session
        .questions()
        .map(|q| q.versions.iter().map(|v| matches!(v.text, Words::Entered(_))).collect())
        .collect();
    assert_eq!(kept, [[true, true], [false, false]]);
}

/// A place is a cursor's: another release must count and hash it the same, or every page starts
/// anew.
#[test]
fn the_places_of_an_evening_are_the_same_in_every_release() {
    let mut story = told(EVENING);
    play(
        &mut story,
        "ana asks q1 'La prima domanda' as 'Anna'; bob asks q2 'La seconda domanda'
         mod approves q1; mod approves q2; mod queues q1; mod queues q2 before q1; dora next q2
         mod airs q1; pia hides overlay; mod dismisses q2 off_topic; pia shows overlay
         mod closes; mod ends",
    );
    let places = Audience::ALL.map(|audience| story.session().place(audience));
    expect![[r#"
        [
            (
                11,
                "6c0b08e47cdab4c6",
            ),
            (
                15,
                "20871654e1142c25",
            ),
            (
                11,
                "8e7de7db5de7e4ad",
            ),
            (
                8,
                "28dc0cb812b7b7f7",
            ),
        ]
    "#]]
    .assert_debug_eq(&places.map(|place| (place.count, format!("{:016x}", place.hash))));
}
