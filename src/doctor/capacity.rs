//! How many viewers this machine carries, and what says so.

use super::machine::{Process, memory_bytes};
use super::{Case, Line, Said, kernel};
use crate::config::OWN_DESCRIPTORS;

/// What the server takes before anybody comes, with a long evening in memory. An estimate.
pub(super) const BASE_BYTES: u64 = 256 << 20;
/// What a seat takes, in the server and in the kernel: an estimate on the safe side, not a
/// measurement. See `docs/operations.md`, "Capacity".
pub(super) const SEAT_BYTES: u64 = 48 << 10;
/// The largest crowd that was tried, and on how many cores.
const TRIED: (usize, usize) = (5_000, 2);

/// The smallest of what descriptors, memory, settings and ports allow.
pub(super) fn viewers(process: &Process, case: &Case) -> Line {
    let check = "viewers";
    let descriptors = process.descriptors().map(|all| all.saturating_sub(OWN_DESCRIPTORS));
    let memory = memory_bytes().saturating_sub(BASE_BYTES) / SEAT_BYTES;
    let memory = usize::try_from(memory).ok();
    let bounds = [
        (Some(case.seats), "`seats`", "`seats`"),
        (Some(case.connections), "`connections`", "`connections`"),
        (descriptors, "i descrittori", "descriptors"),
        (memory, "la memoria", "memory"),
        (
            ports().filter(|_| case.behind_proxy),
            "le porte tra proxy e server",
            "ports between proxy and server",
        ),
    ];
    let bounds = bounds.into_iter().filter_map(|(most, it, en)| Some((most?, it, en)));
    let Some((most, it, en)) = bounds.min_by_key(|(most, ..)| *most) else {
        unreachable!("`seats` is a number");
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let (tried, on) = TRIED;
    let says = Said::new(
        format!(
            "Spettatori: {most} al massimo (limite: {it}); core: {cores}. Provati: {tried} su {on} core."
        ),
        format!(
            "Viewers: {most} at most (bound by {en}); cores: {cores}. Tried: {tried} on {on} cores."
        ),
    );
    if most >= tried && cores >= on {
        return Line::green(check, says);
    }
    Line::yellow(
        check,
        says,
        Said::new(
            "Se aspettate più persone, alzate il limite indicato; altrimenti va bene così.",
            "If you expect more people, raise the bound that is named; else leave it.",
        ),
    )
}

/// From one address of a proxy to one address of ours there are no more connections than ports.
fn ports() -> Option<usize> {
    let range = kernel("/proc/sys/net/ipv4/ip_local_port_range")?;
    let mut ends = range.split_whitespace().filter_map(|end| end.parse::<usize>().ok());
    let (first, last) = (ends.next()?, ends.next()?);
    Some((last + 1).saturating_sub(first))
}
