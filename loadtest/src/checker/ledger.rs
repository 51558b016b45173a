//! Every command that was sent, with everything that came back for it.

use std::collections::HashMap;

use serde_json::Value;

use super::model::{kind_of, text};
use super::people::{People, hash_of};
use super::report::{Kind, Report};
use crate::history::{Event, History, Record};

/// One command of one person: all its sendings, over all of the person's clients.
pub(crate) struct Wish<'a> {
    pub(crate) id: &'a str,
    pub(crate) client: &'a str,
    pub(crate) command: &'a Value,
    /// Indices of the records that sent it.
    pub(crate) sent: Vec<usize>,
    pub(crate) replies: Vec<Reply<'a>>,
    /// Sendings of which nobody knows what became.
    pub(crate) unknown: usize,
    /// As it stands in rows of votes.
    pub(crate) hash: Option<String>,
}

/// One reply.
#[derive(Clone, Copy)]
pub(crate) struct Reply<'a> {
    pub(crate) index: usize,
    pub(crate) client: &'a str,
    /// `None` for `done` and `checked`.
    pub(crate) refused: Option<&'a str>,
}

impl<'a> Wish<'a> {
    pub(crate) fn kind(&self) -> &'a str {
        text(self.command, "type").unwrap_or_default()
    }

    pub(crate) fn question(&self) -> Option<&'a str> {
        text(self.command, "question")
    }

    pub(crate) fn first_sent(&self) -> usize {
        self.sent.first().copied().unwrap_or_default()
    }

    /// Its first `done`.
    pub(crate) fn done(&self) -> Option<Reply<'a>> {
        self.replies.iter().find(|reply| reply.refused.is_none()).copied()
    }
}

/// All wishes of a run.
#[derive(Default)]
pub(crate) struct Ledger<'a> {
    pub(crate) wishes: Vec<Wish<'a>>,
    by_id: HashMap<&'a str, Vec<usize>>,
    by_key: HashMap<(&'a str, &'a str), usize>,
    /// For each client and id: sendings that wait, and sendings that may still be answered late.
    waiting: HashMap<&'a str, HashMap<&'a str, (usize, usize)>>,
}

impl<'a> Ledger<'a> {
    /// Reads all commands and replies of a session, and holds every client to one reply for each
    /// sending.
    pub(crate) fn read(
        history: &'a History,
        slug: &str,
        people: &People<'a>,
        report: &mut Report,
    ) -> Self {
        let mut ledger = Self::default();
        for (index, record) in history.records.iter().enumerate() {
            if &*record.session == slug {
                ledger.look(index, record, people, report);
            }
        }
        ledger.open_ends(report);
        ledger
    }

    /// Everybody's wishes with this id.
    pub(crate) fn with_id(&self, id: &str) -> impl Iterator<Item = &Wish<'a>> {
        let found = self.by_id.get(id).map_or(&[][..], Vec::as_slice);
        found.iter().map(|&index| &self.wishes[index])
    }

    fn look(&mut self, index: usize, record: &'a Record, people: &People<'a>, report: &mut Report) {
        let client = &*record.client;
        let who = people.who(client);
        match &record.event {
            Event::Sent(command) => {
                let command = command.value();
                // What has no id can get no reply of its own, and `shown` never gets one.
                if let Some(id) = text(command, "id").filter(|_| command["type"] != "shown") {
                    report.checked.sent += 1;
                    self.sent(index, client, (who, id), command, report);
                }
            }
            Event::Received(message) => {
                let message = message.value();
                let refused = match kind_of(message) {
                    Some("done" | "checked") => None,
                    Some("refused") => Some(text(message, "code").unwrap_or_default()),
                    _ => return,
                };
                if let Some(id) = text(message, "id") {
                    report.checked.done += usize::from(message["type"] == "done");
                    report.checked.refused += usize::from(refused.is_some());
                    self.replied(Reply { index, client, refused }, (who, id), report);
                }
            }
            Event::Unknown(id) => self.lost_sight(client, (who, id)),
            Event::Connected(_) | Event::Closed(_) => {
                let waiting = self.waiting.get(client).into_iter().flatten();
                let open: Vec<_> = waiting.filter(|(_, (open, _))| *open > 0).collect();
                let ids: Vec<_> = open.iter().map(|&(&id, &(open, _))| (id, open)).collect();
                for (id, open) in ids {
                    (0..open).for_each(|_| self.lost_sight(client, (who, id)));
                }
            }
            Event::Bytes(_) => {}
        }
    }

    fn sent(
        &mut self,
        index: usize,
        client: &'a str,
        (who, id): (&'a str, &'a str),
        command: &'a Value,
        report: &mut Report,
    ) {
        self.waiting.entry(client).or_default().entry(id).or_default().0 += 1;
        let next = self.wishes.len();
        let known = *self.by_key.entry((who, id)).or_insert(next);
        if known == next {
            self.by_id.entry(id).or_default().push(next);
            let hash = (command["type"] == "vote").then(|| hash_of(id)).flatten();
            let (sent, replies) = (vec![index], Vec::new());
            self.wishes.push(Wish { id, client, command, sent, replies, unknown: 0, hash });
            return;
        }
        let wish = &mut self.wishes[known];
        wish.sent.push(index);
        if wish.command != command {
            if wish.done().is_some() {
                let what = "its id was used, and `done`, for another command before".to_owned();
                report.at(Kind::DoubleId, index, client, Some(id), what);
            }
            // What was refused before was never anything: the newer one is meant.
            wish.command = command;
        }
    }

    fn replied(&mut self, reply: Reply<'a>, key: (&'a str, &'a str), report: &mut Report) {
        let Reply { index, client, .. } = reply;
        let waiting = self.waiting.get_mut(client).and_then(|waiting| waiting.get_mut(key.1));
        match waiting {
            None => {
                let what = "a reply to a command that this client never sent".to_owned();
                return report.at(Kind::Reply, index, client, Some(key.1), what);
            }
            Some((open, _)) if *open > 0 => *open -= 1,
            Some((_, late)) if *late > 0 => *late -= 1,
            Some(_) => {
                let what = "one reply more than it was sent".to_owned();
                report.at(Kind::Reply, index, client, Some(key.1), what);
            }
        }
        if let Some(&wish) = self.by_key.get(&key) {
            let wish = &mut self.wishes[wish];
            // Over HTTP this is how a server says that it does not know.
            wish.unknown += usize::from(reply.refused == Some("unknown_outcome"));
            wish.replies.push(reply);
        }
    }

    fn lost_sight(&mut self, client: &'a str, key: (&'a str, &'a str)) {
        let waiting = self.waiting.get_mut(client).and_then(|waiting| waiting.get_mut(key.1));
        if let Some((open, late)) = waiting.filter(|(open, _)| *open > 0) {
            *open -= 1;
            *late += 1;
            if let Some(&wish) = self.by_key.get(&key) {
                self.wishes[wish].unknown += 1;
            }
        }
    }

    fn open_ends(&mut self, report: &mut Report) {
        let mut open: Vec<_> = Vec::new();
        for (client, waiting) in &self.waiting {
            open.extend(waiting.iter().filter(|(_, (n, _))| *n > 0).map(|(id, _)| (*client, *id)));
        }
        open.sort_unstable();
        for (client, id) in open {
            let sent = self.with_id(id).flat_map(|wish| &wish.sent).max().copied();
            let what = "it got no reply, and its client still waits".to_owned();
            report.at(Kind::Reply, sent.unwrap_or_default(), client, Some(id), what);
        }
        self.waiting = HashMap::new();
    }
}
