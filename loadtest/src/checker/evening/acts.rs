//! What people do in the tests' evening, and what the honest server makes of it.

use serde_json::{Value, json};

use super::super::people::hash_of;
use super::{CANARY, Evening};
use crate::history::Seat;

impl Evening {
    /// The whole evening.
    pub(in super::super) fn honest() -> Self {
        Self::whole(false)
    }

    /// The same evening with somebody beside it whose questions are all refused.
    pub(in super::super) fn with_background() -> Self {
        Self::whole(true)
    }

    fn whole(background: bool) -> Self {
        let mut evening = Self::opened();
        if background {
            evening.joins("noise", Seat::Citizen);
            evening.asks("noise", "Comprate il mio libro, costa poco!", None);
        }
        evening.q1 = evening.asks("ana", "Quando riapre il ponte sul fiume?", Some("Ana Bianchi"));
        evening.q2 =
            evening.asks("bob", &format!("Perché {CANARY} è sempre chiuso?"), Some("Bob Neri"));
        let (q1, q2) = (evening.q1.clone(), evening.q2.clone());
        evening.approves(&q1, true);
        evening.votes("bob", &q1, true);
        evening.votes("cleo", &q1, true);
        evening.tally(&q1, 2);
        evening.dismisses(&q2);
        if background {
            let noise = evening.asks("noise", "Comprate anche il secondo!", None);
            evening.dismisses(&noise);
        }
        evening.q3 = evening.asks("cleo", "Chi paga la nuova piscina comunale?", None);
        let q3 = evening.q3.clone();
        evening.approves(&q3, false);
        evening.puts_on_air(&q1);
        evening.puts_on_air(&q3);
        evening.takes_off_air();
        evening
    }

    pub(in super::super) fn asks(
        &mut self,
        name: &str,
        text: &str,
        as_name: Option<&str>,
    ) -> String {
        let id = self.id();
        self.sends(name, &json!({"type": "ask", "id": id, "text": text, "name": as_name}));
        let mut asked = json!({"type": "question_asked", "text": text,
            "screened": {"verdict": "pass", "findings": [], "policy": 1}});
        if let Some(as_name) = as_name {
            asked["name"] = as_name.into();
        }
        let by = json!({"citizen": self.person(name)});
        self.journal(&by, &id, &[], &[asked]);
        self.revs.insert(id.clone(), 0);
        let question = json!({"id": id, "state": "pending", "text": text, "name": as_name});
        self.update(true, &[json!({"question": question})]);
        self.gets(name, json!({"type": "mine", "questions": [question], "votes": {}}));
        self.done(name, &id);
        id
    }

    /// From now on questions are shown unread, under this version of the policy.
    pub(in super::super) fn moderates_afterwards(&mut self, version: u64) {
        let policy = json!({"version": version, "moderation": "post"});
        let id = self.id();
        let changed = json!({"type": "policy_changed", "policy": policy});
        self.journal(&json!("house"), &id, &[], &[changed]);
    }

    /// A question that is shown at once, as screened under this version of the policy.
    pub(in super::super) fn asks_unread(&mut self, name: &str, text: &str, policy: u64) -> String {
        let id = self.id();
        self.sends(name, &json!({"type": "ask", "id": id, "text": text}));
        let asked = json!({"type": "question_asked", "text": text, "shown": text,
            "screened": {"verdict": "pass", "findings": [], "policy": policy}});
        self.journal(&json!({"citizen": self.person(name)}), &id, &[], &[asked]);
        let question = json!({"id": id, "number": 1, "text": text, "name": null, "votes": null,
            "state": "approved"});
        self.update(false, &[json!({"question": question})]);
        self.gets(name, json!({"type": "mine", "questions": [question], "votes": {}}));
        self.done(name, &id);
        id
    }

    /// The moderator's command on a question: sent, recorded, shown, done.
    pub(in super::super) fn moderates(
        &mut self,
        command: &str,
        question: &str,
        event: &Value,
        to_public: &[Value],
    ) -> String {
        let id = self.id();
        let rev = self.revs[question];
        self.sends("mod", &json!({"type": command, "id": id, "question": question, "rev": rev}));
        let on = [json!({"question": [question, rev]})];
        let by = json!({"staff": self.person("mod")});
        self.journal(&by, &id, &on, std::slice::from_ref(event));
        *self.revs.get_mut(question).expect("a question") += 1;
        if !to_public.is_empty() {
            self.update(false, to_public);
        }
        if to_public.iter().any(|change| change.get("question").is_some()) {
            self.update(true, to_public);
        } else {
            let state = if command == "dismiss" { "dismissed" } else { "pending" };
            let shown = json!({"id": question, "state": state, "text": self.asked(question).0});
            self.update(true, &[json!({"question": shown})]);
        }
        self.done("mod", &id);
        id
    }

    /// What was asked, and by what name.
    pub(in super::super) fn asked(&self, question: &str) -> (String, Option<String>) {
        let mut commands = self.entries.iter().map(|entry| &entry["commands"][0]);
        let command = commands.rfind(|command| command["id"] == question);
        let event = &command.expect("it was asked")["events"][0];
        let word = |field: &str| event[field].as_str().map(str::to_owned);
        (word("text").unwrap_or_default(), word("name"))
    }

    /// A question as the public sees it.
    pub(in super::super) fn public(&self, question: &str, state: &str) -> Value {
        let named = self.board["questions"].as_array().into_iter().flatten();
        let old = named.into_iter().find(|old| old["id"] == question);
        let name = old.map_or(Value::Null, |old| old["name"].clone());
        json!({"id": question, "number": 1, "text": self.asked(question).0, "name": name,
            "votes": null, "state": state})
    }

    pub(in super::super) fn approves(&mut self, question: &str, with_name: bool) -> String {
        let (text, name) = self.asked(question);
        let event = json!({"type": "question_approved", "question": question, "version": 0,
            "text": text, "with_name": with_name});
        let mut shown = self.public(question, "approved");
        shown["name"] = json!(name.filter(|_| with_name));
        self.moderates("approve", question, &event, &[json!({"question": shown})])
    }

    pub(in super::super) fn dismisses(&mut self, question: &str) -> String {
        let event = json!({"type": "question_dismissed", "question": question, "reason": "other"});
        let held = self.board.to_string().contains(question);
        let gone = [json!({"gone": question})];
        self.moderates("dismiss", question, &event, if held { &gone } else { &[] })
    }

    pub(in super::super) fn votes(&mut self, name: &str, question: &str, on: bool) -> String {
        let id = self.id();
        self.sends(name, &json!({"type": "vote", "id": id, "question": question, "on": on}));
        self.vote_row(name, question, on, &id);
        self.done(name, &id);
        id
    }

    pub(in super::super) fn vote_row(&mut self, name: &str, question: &str, on: bool, id: &str) {
        let row = json!([self.person(name), question, u8::from(on), hash_of(id)]);
        let crowd = self.id();
        let cast = json!({"type": "votes_cast", "rows": [row]});
        self.journal(&json!("crowd"), &crowd, &[], &[cast]);
    }

    pub(in super::super) fn tally(&mut self, question: &str, votes: u64) {
        for name in ["ana", "bob", "cleo"] {
            self.gets(name, json!({"type": "tally", "votes": {question: votes}, "present": 4}));
        }
        for shown in self.board["questions"].as_array_mut().expect("a list") {
            if shown["id"] == question {
                shown["votes"] = votes.into();
            }
        }
    }

    pub(in super::super) fn puts_on_air(&mut self, question: &str) -> String {
        let before = self.board["on_air"]["id"].as_str().map(str::to_owned);
        let event = json!({"type": "question_put_on_air", "question": question,
            "displaced": "requeued"});
        self.stage += 1;
        let mut changes = Vec::new();
        if let Some(before) = before {
            changes.push(json!({"question": self.public(&before, "queued")}));
        }
        changes.push(json!({"question": self.public(question, "on_air")}));
        changes.push(json!({"on_air": {"id": question, "since": 1, "rev": self.stage}}));
        self.moderates("on_air", question, &event, &changes)
    }

    pub(in super::super) fn takes_off_air(&mut self) -> String {
        let id = self.id();
        self.sends("mod", &json!({"type": "off_air", "id": id}));
        if let Some(live) = self.board["on_air"]["id"].as_str().map(str::to_owned) {
            let by = json!({"staff": self.person("mod")});
            self.journal(&by, &id, &[], &[json!({"type": "taken_off_air"})]);
            self.stage += 1;
            let off = json!({"on_air": {"id": null, "since": null, "rev": self.stage}});
            let back = json!({"question": self.public(&live, "approved")});
            self.update(false, &[back.clone(), off.clone()]);
            self.update(true, &[back, off]);
        }
        self.done("mod", &id);
        id
    }
}
