//! How long things take while the server does half of what it can: from a question to the desk, and
//! from the desk to those who watch.

use std::time::Duration;

use anyhow::Context as _;

use super::asks::Asked;
use super::deliveries::Side;
use super::frames::request;
use super::people::People;
use super::talk::{Talk, WARM};
use super::wish::Wish;
use super::{CROWDS, Scale, process};
use crate::bench::Row;

/// Who ask beside the crowd: each some questions a second.
pub(super) const GUESTS: usize = 16;
/// Of a turn that the questions of no other measure have.
const TURN: usize = 99;
/// So many times as long as other runs: one of a thousand has to come.
const LONGER: f64 = 3.0;

/// Measures, beside a crowd that is told half of `full` deliveries a second.
pub(super) fn run(
    rows: &mut Vec<Row>,
    scale: Scale,
    hub: &mut Side,
    full: f64,
) -> anyhow::Result<()> {
    let seconds = scale.seconds * LONGER;
    let per_second = full / 2.0 / scale.viewers as f64;
    let length = Duration::from_secs_f64(seconds);
    let guests = hub.beside.as_ref().context("a server of ours")?;
    let path = |role| format!("/ws/v1/sessions/{}?as={role}", guests.slug);
    let ask = |token| request(&path("citizen"), Some(token), true);
    let citizens: Vec<_> = guests.citizens.iter().map(|token| ask(token.as_str())).collect();
    let desk = [request(&path("desk"), Some(&guests.moderator), true)];
    let mut asked = Asked::new(TURN, length);
    let mut talk = Talk::new(People::at(guests.address)?, &citizens, &desk)?;
    let server = hub.server.id();
    let seconds = seconds + WARM.as_secs_f64();
    hub.begins(Wish::Pace { per_second, seconds })?;
    let talked = process::on(CROWDS, || talk.go(server, length, &mut asked));
    let run = hub.ends()?;
    let talked = talked??;
    let ms = |part| asked.delays().at(part).as_secs_f64() * 1e3;
    let load = format!(
        "{:.0} deliveries/s to {} viewers",
        run.deliveries as f64 / run.wall,
        scale.viewers
    );
    let of = format!(
        "median; p99 {:.1}, p99.9 {:.1}; {} questions, beside {load}",
        ms(0.99),
        ms(0.999),
        talked.done
    );
    rows.push(Row::new("question to desk at half load", ms(0.5), "ms", of));
    let of = format!(
        "median; p99 {:.1}, p99.9 {:.1}; from the desk's command, on record first, at {load}",
        run.p99_ms, run.p999_ms
    );
    rows.push(Row::new("desk to viewer at half load, as on air is", run.p50_ms, "ms", of));
    Ok(())
}
