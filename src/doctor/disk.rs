//! The disk: how much is left, and how long it takes to keep a promise.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use super::{Line, Said, kernel};

/// Below this an evening may not fit: a question with its votes takes some kilobytes, and the
/// journal's copies while it is backed up as much again.
const RED_BYTES: u64 = 512 << 20;
const YELLOW_BYTES: u64 = 2 << 30;
/// And this part of the whole, since a disk that is nearly full is slow.
const YELLOW_PERCENT: u64 = 10;

/// Writes that are timed.
const WRITES: usize = 40;
/// No longer than this, on a disk that is not fit at all.
const PATIENCE: Duration = Duration::from_secs(5);
/// Every command waits for one of these, so a person feels what is slower than `YELLOW`, and the
/// crowd of a busy evening waits in line behind what is slower than `RED`.
const YELLOW: Duration = Duration::from_millis(25);
const RED: Duration = Duration::from_millis(150);
/// No disk is that fast: something answers in its place, such as memory, and forgets at a power cut.
const TOO_FAST: Duration = Duration::from_micros(15);

/// Where one may not keep a record: what is gone at the next start, and what does not keep SQLite's
/// locks.
const UNFIT: [&str; 9] =
    ["tmpfs", "ramfs", "nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs"];

/// Space for the record.
pub(super) fn free(data: &Path) -> Line {
    let check = "disk";
    let Ok(volume) = rustix::fs::statvfs(data) else {
        return Line::red(
            check,
            Said::new(
                format!("La cartella {} non si può leggere.", data.display()),
                format!("The folder {} cannot be read.", data.display()),
            ),
            Said::new(
                "Controlla `data` nelle impostazioni e i permessi.",
                "Check the setting `data`, and the permissions.",
            ),
        );
    };
    let (free, all) = (volume.f_bavail * volume.f_frsize, volume.f_blocks * volume.f_frsize);
    let percent = (free * 100).checked_div(all).unwrap_or_default();
    let (gib, percent_said) = (tenths(free), format!("{percent} %"));
    let says = Said::new(
        format!("Spazio libero per i dati: {} GiB ({percent_said}).", gib.replace('.', ",")),
        format!("Free space for the data: {gib} GiB ({percent_said})."),
    );
    let todo = Said::new(
        "Fai spazio o ingrandisci il disco prima della serata: a disco pieno nessuna domanda si può registrare.",
        "Make room or enlarge the disk before the evening: on a full disk no question can be recorded.",
    );
    match free {
        ..RED_BYTES => Line::red(check, says, todo),
        RED_BYTES..YELLOW_BYTES => Line::yellow(check, says, todo),
        _ if percent < YELLOW_PERCENT => Line::yellow(check, says, todo),
        _ => Line::green(check, says),
    }
}

/// How long it takes until the disk says that something is kept.
pub(super) fn sync(data: &Path) -> Line {
    let check = "fsync";
    if let Some(kind) = file_system(data)
        && UNFIT.contains(&kind.as_str())
    {
        return Line::red(
            check,
            Said::new(
                format!("La cartella dei dati sta su {kind}, che non conserva ciò che promette."),
                format!("The data folder is on {kind}, which does not keep what it promises."),
            ),
            Said::new(
                "Sposta i dati su un disco locale (ext4, xfs).",
                "Move the data to a local disk (ext4, xfs).",
            ),
        );
    }
    let mut took = match timed(data) {
        Ok(took) => took,
        Err(error) => {
            return Line::red(
                check,
                Said::new(
                    format!("Nella cartella dei dati non si può scrivere: {error}."),
                    format!("The data folder cannot be written to: {error}."),
                ),
                Said::new(
                    "Guarda spazio, permessi e lo stato del disco (`dmesg`).",
                    "Look at space, permissions and the state of the disk (`dmesg`).",
                ),
            );
        }
    };
    took.sort_unstable();
    let at = |percent: usize| took.get((took.len() * percent / 100).min(took.len() - 1)).copied();
    let (middle, late) = (at(50).unwrap_or_default(), at(99).unwrap_or_default());
    let says = Said::new(
        format!(
            "Il disco conferma una scrittura in {} ms (mediana), {} ms (99 %), su {} prove.",
            ms(middle).replace('.', ","),
            ms(late).replace('.', ","),
            took.len()
        ),
        format!(
            "The disk confirms a write in {} ms (median), {} ms (99 %), of {} tried.",
            ms(middle),
            ms(late),
            took.len()
        ),
    );
    if middle < TOO_FAST {
        return Line::yellow(
            check,
            says,
            Said::new(
                "È troppo veloce per un disco: può essere che le conferme non siano vere e che un \
                 calo di corrente le perda. Chiedi a chi gestisce la macchina.",
                "That is too fast for a disk: it may confirm what it has not kept, and lose it in \
                 a power cut. Ask whoever runs the machine.",
            ),
        );
    }
    let todo = Said::new(
        "Ogni comando aspetta questa conferma. Usa un disco SSD locale, e niente di pesante accanto.",
        "Every command waits for this. Use a local SSD, with nothing heavy beside it.",
    );
    match (middle, late) {
        (middle, _) if middle > RED => Line::red(check, says, todo),
        (middle, late) if middle > YELLOW || late > RED => Line::yellow(check, says, todo),
        _ => Line::green(check, says),
    }
}

/// A page and its fsync, as the journal's are, again and again.
#[expect(clippy::disallowed_methods, reason = "a stopwatch")]
fn timed(data: &Path) -> io::Result<Vec<Duration>> {
    let path = data.join(format!("doctor-probe-{}", std::process::id()));
    let times = || {
        let mut file = File::create(&path)?;
        let (start, mut took) = (Instant::now(), Vec::with_capacity(WRITES));
        while took.len() < WRITES && (took.is_empty() || start.elapsed() < PATIENCE) {
            let begin = Instant::now();
            file.write_all(&[0x46; 4096])?;
            file.sync_data()?;
            took.push(begin.elapsed());
        }
        Ok(took)
    };
    let took = times();
    // One that was not made cannot be removed.
    let _ = fs::remove_file(&path);
    took
}

/// The kind of the file system that this folder is on: of the mounts above it the longest.
fn file_system(data: &Path) -> Option<String> {
    let data = data.canonicalize().ok()?;
    let mounts = kernel("/proc/self/mountinfo")?;
    let mounts = mounts.lines().filter_map(|line| {
        let (left, right) = line.split_once(" - ")?;
        let at = left.split(' ').nth(4)?.replace("\\040", " ");
        data.starts_with(&at).then(|| (at.len(), right.split(' ').next().map(str::to_owned)))
    });
    mounts.max_by_key(|(length, _)| *length)?.1
}

fn ms(time: Duration) -> String {
    format!("{:.2}", time.as_secs_f64() * 1_000.0)
}

/// Bytes as GiB with one decimal.
pub(super) fn tenths(bytes: u64) -> String {
    let tenths = bytes / ((1 << 30) / 10);
    format!("{}.{}", tenths / 10, tenths % 10)
}
