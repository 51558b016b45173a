//! A restart in the middle of an evening, with everybody there.

use std::path::{Path, PathBuf};

use super::Scale;
use crate::bench::Row;
use crate::upgrade::{self, Plan};

/// Entries that the journal has.
const ENTRIES: usize = 100_000;

/// Measures: as an upgrade does, with the same program before and after.
pub(super) async fn run(rows: &mut Vec<Row>, scale: Scale, folder: &Path) -> anyhow::Result<()> {
    let program = std::env::var("FILODIRETTO_BIN");
    let program = PathBuf::from(program.as_deref().unwrap_or("target/release/filodiretto"));
    let plan = Plan {
        before: program.clone(),
        after: program,
        data: folder.to_owned(),
        seats: scale.viewers,
        entries: ENTRIES,
        without_snapshot: false,
        seed: 1,
    };
    let upgraded = upgrade::run(&plan).await?;
    anyhow::ensure!(upgraded.report.is_clean(), "after a restart: {}", upgraded.report);
    let of = format!(
        "{} viewers, journal of {ENTRIES} entries; ended {:.1} s, serving {:.1} s after the signal; \
         half of them back in {:.1} s; they come at moments spread over 5 s; both cores for both",
        scale.viewers,
        upgraded.ended.as_secs_f64(),
        upgraded.serving.as_secs_f64(),
        upgraded.back.p50_ms / 1e3,
    );
    let last = upgraded.last.as_secs_f64();
    rows.push(Row::new("restart, until everybody is seated again", last, "s", of));
    Ok(())
}
