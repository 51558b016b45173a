//! The machine: descriptors, clock, memory, the kernel's limits.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::disk::tenths;
use super::{Case, Line, Said, capacity, kernel};

/// The server of a data folder, if one runs and we may look at it; else this process.
pub(super) struct Process {
    at: PathBuf,
    /// Whether it is that server.
    pub(super) serves: bool,
}

impl Process {
    /// Whoever holds the lock of this folder's journal.
    pub(super) fn of(case: &Case) -> Self {
        if case.serves {
            return Self { at: PathBuf::from("/proc/self"), serves: true };
        }
        let found = holder(&case.data.join("journal.lock"));
        let at = found.map(|pid| PathBuf::from(format!("/proc/{pid}")));
        match at.filter(|at| kernel(at.join("limits")).is_some()) {
            Some(at) => Self { at, serves: true },
            None => Self { at: PathBuf::from("/proc/self"), serves: false },
        }
    }

    /// How many descriptors it may hold.
    pub(super) fn descriptors(&self) -> Option<usize> {
        let limits = kernel(self.at.join("limits"))?;
        let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
        line.split_whitespace().next()?.parse().ok()
    }
}

/// The process that holds the lock of this file.
fn holder(lock: &Path) -> Option<u32> {
    let inode = std::fs::metadata(lock).ok()?.ino();
    let locks = kernel("/proc/locks")?;
    locks.lines().find_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let is_it = words.get(1) == Some(&"FLOCK")
            && words.get(5)?.rsplit(':').next()?.parse() == Ok(inode);
        words.get(4).filter(|_| is_it)?.parse().ok()
    })
}

/// Enough descriptors for the connections that the settings allow.
pub(super) fn descriptors(process: &Process, case: &Case) -> Line {
    let check = "descriptors";
    let wanted = case.connections + crate::config::OWN_DESCRIPTORS;
    let Some(limit) = process.descriptors() else {
        return unknown(check, "/proc/self/limits");
    };
    let (whose_it, whose_en) = match process.serves {
        true => ("del server", "the server's"),
        false => ("di questo comando", "this command's"),
    };
    let connections = case.connections;
    let says = Said::new(
        format!(
            "Descrittori: {limit} ({whose_it}); servono {wanted} per {connections} connessioni."
        ),
        format!("Descriptors: {limit} ({whose_en}); {connections} connections need {wanted}."),
    );
    let todo = if process.serves {
        Said::new(
            format!(
                "Il server accetta meno connessioni. `LimitNOFILE={wanted}` nell’unità di systemd, o abbassa `connections`."
            ),
            format!(
                "The server accepts fewer connections. `LimitNOFILE={wanted}` in the systemd unit, or lower `connections`."
            ),
        )
    } else {
        Said::new(
            "Conta il limite del server, non di questo comando: avvia il server e prova da root.",
            "The server's limit counts, not this command's: start the server, and try as root.",
        )
    };
    match limit {
        limit if limit >= wanted => Line::green(check, says),
        ..1024 if process.serves => Line::red(check, says, todo),
        _ => Line::yellow(check, says, todo),
    }
}

/// Whether the time can be right.
#[expect(clippy::disallowed_methods, reason = "it is the clock that is looked at")]
pub(super) fn clock(data: &Path) -> Line {
    let check = "clock";
    let now = SystemTime::now();
    let written = ["journal.db", "journal.db-wal", "keys.db"].into_iter();
    let written = written.filter_map(|name| data.join(name).metadata().ok()?.modified().ok());
    let ahead = written.filter_map(|at| at.duration_since(now).ok()).max().unwrap_or_default();
    if ahead > Duration::from_secs(60) {
        let seconds = ahead.as_secs();
        return Line::red(
            check,
            Said::new(
                format!("L’orologio è indietro: il verbale è di {seconds} secondi nel futuro."),
                format!(
                    "The clock is behind: the journal is from {seconds} seconds in the future."
                ),
            ),
            Said::new("Regola l’orologio, e accendi NTP.", "Set the clock, and turn NTP on."),
        );
    }
    // What says so without asking anybody: the marks of the usual time services.
    let said_by = [
        ("systemd-timesyncd", "/run/systemd/timesync/synchronized"),
        ("chrony", "/run/chrony"),
        ("chrony", "/run/chronyd.pid"),
        ("ntpd", "/run/ntpd.pid"),
    ];
    match said_by.iter().find(|(_, mark)| Path::new(mark).exists()) {
        Some((who, _)) => Line::green(
            check,
            Said::new(format!("{who} regola l’orologio."), format!("{who} keeps the clock right.")),
        ),
        None => Line::yellow(
            check,
            Said::new(
                "Nessun servizio noto regola l’orologio (in un contenitore può farlo l’ospite).",
                "No known service keeps the clock right (in a container the host may).",
            ),
            Said::new(
                "`timedatectl set-ntp true`; gli orari del verbale vengono da qui.",
                "`timedatectl set-ntp true`; the times in the record come from here.",
            ),
        ),
    }
}

/// Memory for the seats.
pub(super) fn memory(case: &Case) -> Line {
    let check = "memory";
    let bytes = memory_bytes();
    let wanted = capacity::BASE_BYTES + case.seats as u64 * capacity::SEAT_BYTES;
    let (has, needs) = (tenths(bytes), tenths(wanted));
    let seats = case.seats;
    let says = Said::new(
        format!("Memoria: {} GiB; per {seats} posti se ne stimano {}.", comma(&has), comma(&needs)),
        format!("Memory: {has} GiB; {seats} seats are estimated to need {needs}."),
    );
    if bytes >= wanted {
        return Line::green(check, says);
    }
    let fit = bytes.saturating_sub(capacity::BASE_BYTES) / capacity::SEAT_BYTES;
    Line::yellow(
        check,
        says,
        Said::new(
            format!(
                "Abbassa `seats` a {fit}: chi viene dopo ha la pagina senza diretta, non un server che muore."
            ),
            format!(
                "Lower `seats` to {fit}: who comes after gets the page that is not live, and not a server that dies."
            ),
        ),
    )
}

/// What this process may use: the machine's memory, or what its control group leaves of it.
pub(crate) fn memory_bytes() -> u64 {
    // Not from /proc, of which a service sees its own part only.
    let machine = rustix::system::sysinfo();
    let all = (machine.totalram as u64).saturating_mul(u64::from(machine.mem_unit));
    let group = kernel("/proc/self/cgroup").unwrap_or_default();
    let limit = |group: &PathBuf| kernel(group.join("memory.max"))?.parse().ok();
    groups(&group).iter().filter_map(limit).fold(all, u64::min)
}

/// The group of this process (as `/proc/self/cgroup` names it) and those that it is in: a limit of
/// any of them counts. In a container the first one is the container's.
pub(super) fn groups(named: &str) -> Vec<PathBuf> {
    let own = named.lines().find_map(|line| line.strip_prefix("0::/")).unwrap_or_default();
    let (top, own) = (Path::new("/sys/fs/cgroup"), Path::new(own));
    own.ancestors().map(|group| top.join(group)).collect()
}

/// How many may wait to be accepted; nothing where that cannot be read, as in the service.
pub(super) fn backlog() -> Option<Line> {
    let check = "backlog";
    // As many as the listener asks for.
    const WANTED: u64 = 1024;
    let path = "/proc/sys/net/core/somaxconn";
    let most = kernel(path)?.parse::<u64>().ok()?;
    let says = Said::new(
        format!("Connessioni in attesa di essere accolte: fino a {most} (somaxconn)."),
        format!("Connections that may wait to be accepted: {most} (somaxconn)."),
    );
    if most >= WANTED {
        return Some(Line::green(check, says));
    }
    Some(Line::yellow(
        check,
        says,
        Said::new(
            format!(
                "`sysctl -w net.core.somaxconn={WANTED}`: quando una sala torna tutta insieme, il resto aspetta il secondo tentativo."
            ),
            format!(
                "`sysctl -w net.core.somaxconn={WANTED}`: when a hall comes back at once, the rest waits for its second attempt."
            ),
        ),
    ))
}

fn comma(number: &str) -> String {
    number.replace('.', ",")
}

fn unknown(check: &'static str, path: &str) -> Line {
    Line::yellow(
        check,
        Said::new(format!("{path} non si può leggere."), format!("{path} cannot be read.")),
        Said::new(
            "Solo Linux lo dice; altrove guarda a mano.",
            "Only Linux tells; elsewhere look by hand.",
        ),
    )
}
