//! What a story promises to those who keep a journal for it.

use filodiretto::qa::{Actor, Entry, Head, PersonId, SessionId};
use filodiretto::story::{Seen, Step, Story};

use crate::check::EVENING;

const SCRIPT: &str = "
    ana asks q1 'Quando riapre la biblioteca?'
    mod approves q1 while bob votes q1
    bob votes q1; mod queues q1; dora next q1
    mod closes; mod ends";

fn new() -> Story {
    Story::new(SessionId::from_u128(1))
}

/// Tells a script as `play` does, with a journal between the halves.
fn tell(story: &mut Story, script: &str) -> (Vec<Entry>, Vec<Seen>) {
    let (mut journal, mut seen) = (Vec::new(), Vec::new());
    for line in script.lines() {
        story.read(line).expect("it makes sense");
        while let Some(step) = story.step() {
            match step {
                Step::Saw(saw) => seen.push(saw),
                Step::Append(entry) => {
                    seen.extend(story.applied(&entry));
                    journal.push(entry);
                }
            }
        }
    }
    (journal, seen)
}

#[test]
fn a_script_told_again_sends_the_same_entries_and_shows_the_same_lines() {
    let script = format!("{EVENING}\n{SCRIPT}");
    let first = tell(&mut new(), &script);
    assert_eq!(first, tell(&mut new(), &script));
    let mut ids: Vec<_> = first.0.iter().map(|entry| entry.id).collect();
    ids.dedup();
    assert_eq!(ids.len(), first.0.len());
    // Over the journal of the first telling everything has been done, and nothing happens twice.
    let mut story = new();
    first.0.iter().for_each(|entry| drop(story.applied(entry)));
    let state = story.session().clone();
    let (journal, _) = tell(&mut story, &script);
    let again = journal.iter().flat_map(|entry| &entry.commands);
    assert!(again.into_iter().all(|command| command.by == Actor::House), "{journal:?}");
    assert_eq!(&state, story.session());
}

#[test]
fn another_seed_sends_other_ids_and_names_are_whoever_the_teller_says() {
    let script = format!("{EVENING}\n{SCRIPT}");
    let (one, _) = tell(&mut new().with_seed("part one"), &script);
    let (two, _) = tell(&mut new().with_seed("part two"), &script);
    assert!(one.iter().zip(&two).all(|(one, two)| one.id != two.id));
    let commands = |journal: &[Entry]| {
        journal.iter().flat_map(|entry| entry.commands.clone()).map(|c| c.id).collect::<Vec<_>>()
    };
    assert!(commands(&one).iter().all(|id| !commands(&two).contains(id)));
    let person = |name: &str| PersonId::from_u128(name.bytes().map(u128::from).sum());
    let (_, seen) = tell(&mut new().with_people(person), &script);
    assert!(seen.iter().any(|seen| seen.who == "ana"));
    assert_eq!(new().with_people(person).person("a"), PersonId::from_u128(97));
}

#[test]
fn commands_of_the_staff_carry_the_head_that_the_journal_had() {
    let mut story = new();
    let head = Head { n: 3, chain: [7; 32] };
    tell(&mut story, EVENING);
    story.set_head(head);
    let (journal, _) = tell(&mut story, SCRIPT);
    for command in journal.iter().flat_map(|entry| &entry.commands) {
        let staff = matches!(command.by, Actor::Staff(_));
        assert_eq!(command.head, staff.then_some(head));
    }
}

#[test]
fn a_story_begins_when_it_is_told_to_and_its_clock_follows_the_journal() {
    let start = filodiretto::qa::Timestamp(1000);
    let mut story = new().starting(start);
    tell(&mut story, EVENING);
    assert_eq!(story.now(), start);
    tell(&mut story, "wait 90s");
    assert_eq!(story.now(), start.plus_seconds(90));
    assert_eq!(story.session().last_at(), start);
}
