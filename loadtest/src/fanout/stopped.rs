//! Some viewers stop reading, without a word: what the others notice of it, and what it costs.

use super::Scale;
use super::deliveries::{STEADY, Side};
use super::process::{kernel, resident};
use super::turns::median;
use super::wish::Wish;
use crate::bench::{Bar, Row};

/// How many stop. Of 10,000 that is one in a hundred.
pub(super) const STOP: usize = 100;
/// Characters that an update is longer with which their sockets are filled: a hundred kilobytes in
/// a few seconds.
const LONGER: usize = 800;
/// How long that takes at most: a seat that takes nothing for ten seconds is given up, and the
/// measure comes before.
const FILL: f64 = 4.0;

/// What came of it.
struct Turn {
    none: f64,
    some: f64,
    /// What the server grows by while all read, divided by as many.
    reading: f64,
    memory: f64,
    kernel: f64,
}

/// Measures, and returns how many updates went wrong for those who read on.
pub(super) fn run(rows: &mut Vec<Row>, scale: Scale, hub: &mut Side) -> anyhow::Result<u64> {
    let per_second = STEADY / scale.viewers as f64;
    let pace = Wish::Pace { per_second, seconds: scale.seconds.max(1.0) };
    let (mut turns, mut wrong) = (Vec::new(), 0);
    for _ in 0..scale.turns {
        hub.does(Wish::Join { viewers: STOP, narrow: true })?;
        let fill = Wish::Window { updates: 32, seconds: FILL, longer: LONGER };
        wrong += hub.run(fill)?.wrong;
        // Everybody reads, and then the same again while some do not. What is sent is recorded, so a server
        // grows by it in both: only by how much more it does has to do with who stopped.
        let begun = (resident(hub.server.id())?, kernel()?);
        wrong += hub.run(fill)?.wrong;
        let none = hub.run(pace)?;
        let before = (resident(hub.server.id())?, kernel()?);
        hub.does(Wish::Stop { viewers: STOP })?;
        wrong += hub.run(fill)?.wrong;
        let some = hub.run(pace)?;
        let after = (resident(hub.server.id())?, kernel()?);
        wrong += none.wrong + some.wrong;
        let each = |from: u64, to: u64| (to as f64 - from as f64) / 1024.0 / STOP as f64;
        let reading = each(begun.0, before.0);
        let memory = each(before.0, after.0) - reading;
        let kernel = each(before.1, after.1);
        turns.push(Turn { none: none.p99_ms, some: some.p99_ms, reading, memory, kernel });
    }
    hub.does(Wish::Dropped)?;
    let of = |figure: fn(&Turn) -> f64| median(&turns, figure);
    rows.push(Row::with_bar(
        "p99 of the others, some stopped, against none",
        of(|turn| turn.some) / of(|turn| turn.none),
        "x",
        format!(
            "{STOP} of {} stop reading, at 50,000 deliveries/s: {:.1} ms, none {:.1} ms; all that \
             stopped were given up",
            scale.viewers + STOP,
            of(|turn| turn.some),
            of(|turn| turn.none),
        ),
        Bar::AtMost(1.1),
    ));
    // What the first ones cost is given back and used again for the next.
    let first = &turns[0];
    rows.push(Row::with_bar(
        "memory per viewer that stopped",
        first.memory,
        "KiB",
        format!(
            "resident, beyond the {:.0} KiB by which the server grows while all read; the kernel's sockets \
             beside: {:.0} KiB",
            first.reading, first.kernel
        ),
        Bar::AtMost(64.0),
    ));
    Ok(wrong)
}
