//! What people do, chosen from what is before their eyes.

use serde_json::{Value, json};

use super::canary;
use crate::chance::Chance;
use crate::visitor::{Board, Visitor, about};

/// One thing that somebody means to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    /// A question with this citizen's own word in it.
    AskFirst(usize),
    Ask,
    AskTooShort,
    Vote,
    Unvote,
    VoteOwn,
    Edit,
    Withdraw,
    Check,
    Judge,
    Queue,
    Unqueue,
    OnAir,
    Revise,
    DismissPublic,
    Restore,
    Enter,
    Next,
    Answered,
    Answer,
    OffAir,
    Overlay,
}

const WORDS: [&str; 12] = [
    "la biblioteca",
    "il ponte",
    "la scuola",
    "il mercato",
    "la ciclabile",
    "il parco",
    "la palestra",
    "il teatro",
    "la fontana",
    "il cimitero",
    "la stazione",
    "il canile",
];
const ASKS: [&str; 6] = [
    "Quando riapre",
    "Chi paga",
    "Perché è chiusa da mesi",
    "Si può migliorare",
    "Quanto costa tenere",
    "Che cosa pensate di fare per",
];

impl Act {
    pub(crate) fn citizens(chance: &mut Chance) -> Self {
        match chance.below(20) {
            0..=2 => Self::Ask,
            3 => Self::AskTooShort,
            4..=12 => Self::Vote,
            13..=14 => Self::Unvote,
            15 => Self::VoteOwn,
            16..=17 => Self::Edit,
            18 => Self::Withdraw,
            _ => Self::Check,
        }
    }

    pub(crate) fn moderators(chance: &mut Chance) -> Self {
        const ALL: [Act; 12] = [
            Act::Queue,
            Act::Queue,
            Act::Queue,
            Act::Queue,
            Act::Queue,
            Act::Unqueue,
            Act::OnAir,
            Act::Revise,
            Act::DismissPublic,
            Act::Restore,
            Act::Enter,
            Act::OffAir,
        ];
        chance.pick(&ALL).copied().unwrap_or(Self::Queue)
    }

    pub(crate) fn officials(chance: &mut Chance) -> Self {
        const ALL: [Act; 6] =
            [Act::Next, Act::Next, Act::Next, Act::Answered, Act::Answer, Act::OffAir];
        chance.pick(&ALL).copied().unwrap_or(Self::Next)
    }

    pub(crate) fn producers(chance: &mut Chance) -> Self {
        if chance.once_in(3) { Self::OffAir } else { Self::Overlay }
    }

    /// The command, if there is something to do it to.
    pub(crate) fn command(self, who: &Visitor, chance: &mut Chance) -> Option<Value> {
        who.look(|board| self.on(board, chance))
    }

    fn on(self, board: &Board, chance: &mut Chance) -> Option<Value> {
        let of = |kind: &str, id: &str, more: Value| Some(about(kind, id, board.rev(id), more));
        let with = |kind: &str, id: &str| of(kind, id, json!({}));
        match self {
            Self::AskFirst(number) => {
                let text = format!("{} {}?", sentence(chance), canary(number));
                Some(json!({"type": "ask", "text": text, "name": format!("Cittadina {number}")}))
            }
            Self::Ask => Some(json!({"type": "ask", "text": sentence(chance)})),
            Self::AskTooShort => Some(json!({"type": "ask", "text": "boh"})),
            Self::Check => Some(json!({"type": "check", "text": sentence(chance)})),
            Self::Vote | Self::Unvote => {
                let others = |id: &&str| !board.mine.contains_key(*id);
                let public = among(board, &["approved", "queued", "on_air"]);
                let public: Vec<_> = public.into_iter().filter(others).collect();
                let question = chance.pick(&public)?;
                Some(json!({"type": "vote", "question": question, "on": self == Self::Vote}))
            }
            Self::VoteOwn => {
                let question = board.mine.keys().next()?;
                Some(json!({"type": "vote", "question": question, "on": true}))
            }
            Self::Edit => {
                let question = mine(board, "pending")?;
                Some(json!({"type": "edit", "question": question, "text": sentence(chance)}))
            }
            Self::Withdraw => {
                let question = mine(board, "pending")?;
                Some(json!({"type": "withdraw", "question": question}))
            }
            Self::Judge => {
                // The oldest first, so both moderators are at the same one.
                let question = *among(board, &["pending"]).first()?;
                match chance.below(5) {
                    0 => of("dismiss", question, json!({"reason": "off_topic"})),
                    1 => of("approve", question, json!({"name": false})),
                    _ => with("approve", question),
                }
            }
            Self::Queue => with("queue", chance.pick(&among(board, &["approved"]))?),
            Self::Unqueue => with("unqueue", chance.pick(&among(board, &["queued"]))?),
            Self::OnAir => {
                let question = *chance.pick(&among(board, &["approved", "queued"]))?;
                of("on_air", question, json!({"stage": board.stage}))
            }
            Self::Revise => {
                let question = *chance.pick(&among(board, &["pending", "approved", "queued"]))?;
                of("revise", question, json!({"text": sentence(chance)}))
            }
            Self::DismissPublic => {
                let question = *chance.pick(&among(board, &["approved", "queued"]))?;
                of("dismiss", question, json!({"reason": "unverified"}))
            }
            Self::Restore => with("restore", chance.pick(&among(board, &["dismissed"]))?),
            Self::Enter => {
                Some(json!({"type": "ask", "text": sentence(chance), "channel": "hall"}))
            }
            Self::Next => {
                let question = board.queue.first()?;
                Some(json!({"type": "next", "question": question}))
            }
            Self::Answered => with("answered", board.on_air.as_deref()?),
            Self::Answer => {
                of("answer", board.on_air.as_deref()?, json!({"text": "Entro la primavera."}))
            }
            Self::OffAir => Some(json!({"type": "off_air"})),
            Self::Overlay => Some(json!({"type": "overlay", "show": chance.once_in(2)})),
        }
    }
}

fn sentence(chance: &mut Chance) -> String {
    let (ask, word) = (chance.pick(&ASKS).unwrap_or(&""), chance.pick(&WORDS).unwrap_or(&""));
    // Two numbers make each its own: the checker tells texts apart by what they say. One of nine
    // digits would be a telephone's, now and then, and masked.
    let (row, place) = (chance.below(30_000), chance.below(30_000));
    format!("{ask} {word} del quartiere N{row} P{place}?")
}

/// By when they were asked.
fn among<'a>(board: &'a Board, states: &[&str]) -> Vec<&'a str> {
    let is = |state: &Value| state.as_str().is_some_and(|state| states.contains(&state));
    let found = board.questions.iter().filter(|(_, question)| is(&question["state"]));
    let mut found: Vec<_> = found.map(|(id, q)| (q["asked_at"].as_i64(), &**id)).collect();
    found.sort_unstable();
    found.into_iter().map(|(_, id)| id).collect()
}

fn mine<'a>(board: &'a Board, state: &str) -> Option<&'a str> {
    let mut found = board.mine.iter().filter(|(_, question)| question["state"] == state);
    found.next().map(|(id, _)| &**id)
}
