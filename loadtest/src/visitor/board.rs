//! What a visitor has before their eyes: everything the server said, folded.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// A page's picture of the session. Folding the same message twice changes nothing.
#[derive(Debug, Clone, Default)]
pub struct Board {
    /// Who we are here.
    pub person: Option<String>,
    /// By which right.
    pub role: Option<String>,
    /// A line stands, and everything up to now came over it.
    pub ready: bool,
    /// How often a line stood.
    pub lines: u32,
    /// How often the whole picture was sent.
    pub pictures: u32,
    /// The last close code.
    pub closed: Option<u16>,
    /// We were told to stay away, by a close code or by this status at the door.
    pub away: Option<u16>,
    /// Where we are.
    pub cursor: Option<String>,
    /// The session.
    pub session: Value,
    /// What is on air.
    pub on_air: Option<String>,
    /// The stage's revision.
    pub stage: u64,
    /// On air by the record, and to be confirmed after an unclean stop (desk and stage).
    pub unconfirmed: Option<String>,
    /// The running order.
    pub queue: Vec<String>,
    /// All questions we hold.
    pub questions: BTreeMap<String, Value>,
    /// Our own, in every state.
    pub mine: BTreeMap<String, Value>,
    /// What we support.
    pub votes: BTreeMap<String, bool>,
    /// Counts that came after the question.
    pub tally: BTreeMap<String, u64>,
    /// How many are here.
    pub present: u64,
    /// What must not be on the screen, although it is still said to be on air.
    pub hushed: BTreeSet<String>,
    /// What each screen says it shows.
    pub screens: Value,
}

impl Board {
    /// What is drawn: on air, and not hushed.
    pub fn drawn(&self) -> Option<&str> {
        self.on_air.as_deref().filter(|id| !self.hushed.contains(*id))
    }

    /// A question's state as we hold it.
    pub fn state(&self, id: &str) -> Option<&str> {
        let held = self.questions.get(id).or_else(|| self.mine.get(id))?;
        held["state"].as_str()
    }

    /// A question's revision as we hold it (desk and stage).
    pub fn rev(&self, id: &str) -> u64 {
        self.questions.get(id).and_then(|question| question["rev"].as_u64()).unwrap_or_default()
    }

    /// How many support a question.
    pub fn count(&self, id: &str) -> u64 {
        let held = || self.questions.get(id).and_then(|question| question["votes"].as_u64());
        self.tally.get(id).copied().or_else(held).unwrap_or_default()
    }

    /// Takes in one message.
    pub fn fold(&mut self, message: &Value) {
        match message["type"].as_str().unwrap_or_default() {
            "welcome" => {
                self.person = text(&message["person"]);
                self.role = text(&message["role"]);
                self.session = message["session"].clone();
            }
            "snapshot" => {
                self.pictures += 1;
                self.cursor = text(&message["cursor"]);
                self.session = message["session"].clone();
                self.questions.clear();
                self.tally.clear();
                self.hushed.clear();
                for question in list(&message["questions"]) {
                    self.holds(question);
                }
                self.airs(&message["on_air"]);
                self.queue = list(&message["queue"]).iter().filter_map(text).collect();
            }
            "update" => {
                self.cursor = text(&message["cursor"]);
                list(&message["changes"]).iter().for_each(|change| self.change(change));
            }
            "hush" => self.hushed.extend(text(&message["id"])),
            "mine" => {
                for question in list(&message["questions"]) {
                    self.mine.extend(text(&question["id"]).map(|id| (id, question.clone())));
                }
                let votes = message["votes"].as_object().into_iter().flatten();
                self.votes.extend(votes.map(|(id, on)| (id.clone(), on == true)));
            }
            "tally" => {
                let votes = message["votes"].as_object().into_iter().flatten();
                self.tally.extend(votes.filter_map(|(id, n)| Some((id.clone(), n.as_u64()?))));
                self.present = message["present"].as_u64().unwrap_or_default();
                self.ready = true;
            }
            "screens" => self.screens = message["screens"].clone(),
            _ => {}
        }
    }

    fn change(&mut self, change: &Value) {
        if let Some(question) = change.get("question") {
            self.holds(question);
        } else if let Some(gone) = change["gone"].as_str() {
            self.questions.remove(gone);
        } else if let Some(on_air) = change.get("on_air") {
            self.airs(on_air);
        } else if let Some(queue) = change.get("queue") {
            self.queue = list(queue).iter().filter_map(text).collect();
        } else if let Some(session) = change.get("session") {
            self.session = session.clone();
        }
    }

    fn holds(&mut self, question: &Value) {
        if let Some(id) = text(&question["id"]) {
            self.tally.remove(&id);
            self.questions.insert(id, question.clone());
        }
    }

    /// A new word about the stage ends every hush.
    fn airs(&mut self, on_air: &Value) {
        self.on_air = text(&on_air["id"]);
        self.stage = on_air["rev"].as_u64().unwrap_or_default();
        self.unconfirmed = text(&on_air["unconfirmed"]);
        self.hushed.clear();
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
