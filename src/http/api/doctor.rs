//! `/doctor`: how it stands with the machine, for who runs the house.

use std::sync::Arc;
use std::time::Duration;

use axum::response::Response;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::{Call, json};
use crate::doctor::{self, Case, Line, Said, State};
use crate::http::error::No;
use crate::hub::{Load, Shed};
use crate::qa::Refusal;
use crate::wire::body::{HealthBody, HealthLine, SeenBody};

/// For how long what was found is good enough: a page may ask as often as it likes.
const GOOD_FOR: Duration = Duration::from_secs(60);

/// Looks at the machine, one look at a time, on a thread that may block.
pub(in crate::http) struct Surgery {
    case: Case,
    last: Mutex<Option<(Instant, Arc<Vec<Line>>)>>,
}

impl Surgery {
    pub(in crate::http) const fn new(case: Case) -> Self {
        Self { case, last: Mutex::const_new(None) }
    }

    async fn lines(&self) -> Result<Arc<Vec<Line>>, No> {
        // Who comes meanwhile waits for the same look.
        let mut last = self.last.lock().await;
        if let Some((at, lines)) = &*last
            && at.elapsed() < GOOD_FOR
        {
            return Ok(Arc::clone(lines));
        }
        let case = self.case.clone();
        let looked = tokio::task::spawn_blocking(move || doctor::here(&case)).await;
        let lines = Arc::new(looked.map_err(|_| No::busy())?);
        *last = Some((Instant::now(), Arc::clone(&lines)));
        Ok(lines)
    }
}

/// What was found, and how this request arrived.
pub(in crate::http) async fn health(call: Call) -> Result<Response, No> {
    let asker = call.reader().await?;
    call.counts(&asker)?;
    let front = &call.front;
    front.house_person(&asker).await?.ok_or(Refusal::Unauthenticated)?;
    front.administrator(&asker).await?.ok_or(Refusal::NotAllowed)?;
    let found = front.surgery.lines().await?;
    let seen = front.addresses.seen(call.peer.address, &call.headers);
    let language = call.spoken.language;
    let line = |line: &Line| HealthLine {
        check: line.check.to_owned(),
        state: state(line.state).to_owned(),
        says: line.says.spoken(language).to_owned(),
        todo: line.todo.as_ref().map(|todo| todo.spoken(language).to_owned()),
    };
    Ok(json(&HealthBody {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        lines: found.iter().chain([&load(front.hub.load())]).map(line).collect(),
        seen: SeenBody {
            peer: seen.peer.to_string(),
            client: seen.client.to_string(),
            believed: seen.believed,
            forwarded: seen.forwarded,
            client_is_proxy: seen.client_is_proxy,
        },
    }))
}

/// Whether something is left out this moment.
fn load(load: &Load) -> Line {
    let (level, (lag, wait)) = (load.level(), load.seen());
    let (lag, wait, most) = (lag.as_millis(), wait.as_millis(), Shed::ALL.len());
    let state = match level {
        0 => State::Green,
        _ if load.sheds(Shed::Viewers) => State::Red,
        _ => State::Yellow,
    };
    let seen_it = format!("ritardo {lag} ms, attesa {wait} ms");
    let seen_en = format!("late by {lag} ms, waiting {wait} ms");
    let says = match state {
        State::Green => Said {
            it: format!("Carico: niente è sospeso ({seen_it})."),
            en: format!("Load: nothing is left out ({seen_en})."),
        },
        State::Yellow | State::Red => Said {
            it: format!("Troppo da fare: sospese {level} cose su {most} ({seen_it})."),
            en: format!("Too much to do: left out are {} ({seen_en}).", load.left_out().join(", ")),
        },
    };
    let todo = (state != State::Green).then(|| Said {
        it: "Torna tutto da sé quando c’è calma. `docs/operations.md`, «Too much at once»."
            .to_owned(),
        en: "All of it comes back by itself when it is calm. `docs/operations.md`, \"Too much at once\"."
            .to_owned(),
    });
    Line { check: "load", state, says, todo }
}

const fn state(state: State) -> &'static str {
    match state {
        State::Green => "green",
        State::Yellow => "yellow",
        State::Red => "red",
    }
}
