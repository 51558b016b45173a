//! An honest evening for the tests: a server of a hundred lines that does everything right, so
//! that each test can spoil one thing.

mod acts;

use serde_json::{Value, json};
use ulid::Ulid;

use super::{Case, Dump, Kind, Report, check};
use crate::history::{Event, History, Record, Seat};

pub(super) const SLUG: &str = "ponte";
pub(super) const CANARY: &str = "kanarino7";

/// An evening as it happens: what the clients saw and what the journal holds.
#[derive(Clone)]
pub(super) struct Evening {
    pub(super) records: Vec<Record>,
    pub(super) entries: Vec<Value>,
    pub(super) board: Value,
    pub(super) q1: String,
    pub(super) q2: String,
    pub(super) q3: String,
    seats: Vec<(String, Seat, String)>,
    places: [u64; 2],
    revs: std::collections::BTreeMap<String, u64>,
    stage: u64,
    ids: u128,
}

impl Evening {
    /// A session with a moderator and three citizens, before anything was asked.
    pub(super) fn opened() -> Self {
        let mut evening = Self {
            records: Vec::new(),
            entries: Vec::new(),
            board: json!({"type": "snapshot", "cursor": "c1-0", "session": {"slug": SLUG},
                "on_air": {"id": null, "since": null, "rev": 0}, "queue": [], "questions": [],
                "total": {}}),
            q1: String::new(),
            q2: String::new(),
            q3: String::new(),
            seats: Vec::new(),
            places: [0, 0],
            revs: std::collections::BTreeMap::new(),
            stage: 0,
            ids: 0,
        };
        let created = json!({"type": "session_created", "slug": SLUG, "rehearsal": true,
            "about": {"title": "Il ponte", "language": "it"},
            "policy": {"version": 1, "moderation": "pre"}});
        let id = evening.id();
        evening.journal(&json!("house"), &id, &[], &[created, json!({"type": "session_opened"})]);
        for (name, seat) in [
            ("mod", Seat::Desk),
            ("ana", Seat::Citizen),
            ("bob", Seat::Citizen),
            ("cleo", Seat::Citizen),
        ] {
            evening.joins(name, seat);
        }
        evening
    }

    pub(super) fn id(&mut self) -> String {
        self.ids += 1;
        Ulid::from_parts(1_795_300_000_000, self.ids).to_string()
    }

    pub(super) fn person(&self, name: &str) -> String {
        self.seats.iter().find(|seat| seat.0 == name).map_or_else(String::new, |s| s.2.clone())
    }

    pub(super) fn joins(&mut self, name: &str, seat: Seat) {
        let person = Ulid::from_parts(1, 1000 + self.seats.len() as u128).to_string();
        self.seats.push((name.to_owned(), seat, person.clone()));
        self.note(name, Event::Connected(None));
        self.gets(name, json!({"type": "welcome", "person": person, "session": SLUG}));
        if seat == Seat::Citizen {
            self.gets(name, json!({"type": "mine", "questions": [], "votes": {}}));
        }
        let mut snapshot = self.board.clone();
        snapshot["cursor"] = self.cursor(seat).into();
        self.gets(name, snapshot);
    }

    pub(super) fn note(&mut self, name: &str, event: Event) {
        let seat = self.seats.iter().find(|seat| seat.0 == name);
        self.records.push(Record {
            client: name.into(),
            person: None,
            seat: seat.map_or(Seat::Overlay, |seat| seat.1),
            session: SLUG.into(),
            t: 1_795_300_000_000 + 10 * self.records.len() as u64,
            event,
        });
    }

    pub(super) fn gets(&mut self, name: &str, message: Value) {
        self.note(name, Event::Received(message.into()));
    }

    pub(super) fn sends(&mut self, name: &str, command: &Value) {
        self.note(name, Event::Sent(command.clone().into()));
    }

    pub(super) fn done(&mut self, name: &str, id: &str) {
        self.gets(name, json!({"type": "done", "id": id}));
    }

    pub(super) fn refused(&mut self, name: &str, id: &str, code: &str) {
        self.gets(
            name,
            json!({"type": "refused", "id": id, "code": code, "title": "No",
            "detail": "Non si può."}),
        );
    }

    pub(super) fn journal(&mut self, by: &Value, id: &str, on: &[Value], events: &[Value]) {
        let n = self.entries.len() + 1;
        let at = 1_795_300_000_000 + 10 * self.records.len() as u64;
        let command = json!({"id": id, "by": by, "at": at, "on": on, "events": events});
        self.entries.push(json!({"n": n, "v": 1, "id": format!("entry {n}"),
            "commands": [command], "void": []}));
    }

    fn cursor(&self, seat: Seat) -> String {
        format!("c1-{}", self.places[usize::from(seat == Seat::Desk)])
    }

    /// One frame to everybody of an audience; the board holds the same.
    pub(super) fn update(&mut self, desk: bool, changes: &[Value]) {
        self.places[usize::from(desk)] += 1;
        let cursor = self.cursor(if desk { Seat::Desk } else { Seat::Citizen });
        let update = json!({"type": "update", "cursor": cursor, "at": 1, "changes": changes});
        for (name, seat, _) in self.seats.clone() {
            if desk == (seat == Seat::Desk) {
                self.gets(&name, update.clone());
            }
        }
        if !desk {
            self.board["cursor"] = cursor.into();
            for change in changes {
                self.fold(change);
            }
        }
    }

    fn fold(&mut self, change: &Value) {
        if let Some(on_air) = change.get("on_air") {
            self.board["on_air"] = on_air.clone();
        }
        let gone = change["gone"].as_str().or(change["question"]["id"].as_str());
        let questions = self.board["questions"].as_array_mut().expect("a list");
        let old = questions.iter().position(|question| question["id"].as_str() == gone);
        let old = old.map(|old| questions.remove(old));
        if let Some(question) = change.get("question") {
            let mut question = question.clone();
            question["votes"] = old.map_or(json!(0), |old| old["votes"].clone());
            questions.push(question);
        }
        self.board["total"] = json!({"approved": self.board["questions"].as_array().map(Vec::len)});
    }

    /// The index of the first record of a client of which this is true.
    pub(super) fn find(&self, name: &str, is: impl Fn(&Value) -> bool) -> usize {
        let found = self.records.iter().position(|record| match &record.event {
            Event::Received(message) | Event::Sent(message) => {
                &*record.client == name && is(message.value())
            }
            _ => false,
        });
        found.expect("the evening has such a record")
    }

    /// Changes the message of one record.
    pub(super) fn spoil(&mut self, index: usize, change: impl FnOnce(&mut Value)) {
        let (Event::Received(message) | Event::Sent(message)) = &mut self.records[index].event
        else {
            panic!("this record has no message");
        };
        let mut value = message.value().clone();
        change(&mut value);
        *message = value.into();
    }

    pub(super) fn judge(&self) -> Report {
        let cursors = |cursor: &str| {
            let (epoch, place) = cursor.strip_prefix('c')?.split_once('-')?;
            Some((epoch.parse().ok()?, place.parse().ok()?))
        };
        let journal = json!({"session": SLUG, "entries": self.entries});
        let journal: Dump = serde_json::from_value(journal).expect("a journal");
        // Through its written form, so that every test also reads and writes a history.
        let lines = self.records.iter().map(|record| serde_json::to_string(record).expect("JSON"));
        let lines = lines.collect::<Vec<_>>().join("\n");
        let history = History::read(lines.as_bytes()).expect("a history");
        let mut case = Case::new(&history, &journal);
        case.board = Some(&self.board);
        case.rules.cursors = Some(&cursors);
        case.rules.canaries = vec![CANARY.to_owned()];
        check(&case)
    }

    /// Exactly this kind is found, and it names the right thing.
    #[track_caller]
    pub(super) fn is_found_as(&self, kind: Kind, names: &str) {
        let report = self.judge();
        assert_eq!(report.kinds(), [kind], "{report}");
        let named = report.violations.iter().any(|violation| violation.to_string().contains(names));
        assert!(named, "nothing names {names}:\n{report}");
    }

    #[track_caller]
    pub(super) fn is_clean(&self) {
        let report = self.judge();
        assert!(report.is_clean(), "{report}");
    }
}
