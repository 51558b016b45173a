//! Takes in a renewed certificate while people are connected.

use std::time::Duration;

use tokio::signal::unix::Signal;

use super::manager;
use super::run::now;
use crate::gate::tls::Tls;
use crate::telemetry::METRICS;

/// How often files are looked at: a renewer that tells nobody is a common slip, and an expired
/// certificate shuts everybody out.
const LOOK: Duration = Duration::from_secs(60);
/// From here on the log reminds of it once a day. Renewers act thirty days before the end.
const SOON: i64 = 14;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// At each SIGHUP, and whenever the files are others than before.
pub(super) async fn renew(tls: Option<&Tls>, mut hangup: Signal) {
    let mut reminded = None;
    loop {
        remind(tls, &mut reminded);
        let asked = tokio::select! {
            _ = hangup.recv() => true,
            () = tokio::time::sleep(LOOK) => false,
        };
        match tls {
            Some(tls) if asked || tls.has_changed() => {
                manager::reloading();
                take_in(tls);
                manager::ready();
            }
            None if asked => {
                manager::reloading();
                tracing::info!(
                    "asked to reload, but there is no certificate; all else needs a restart"
                );
                manager::ready();
            }
            Some(_) | None => {}
        }
    }
}

fn take_in(tls: &Tls) {
    match tls.reload(now()) {
        Ok(()) => tracing::info!("the certificate was read again; it is shown from now on"),
        Err(fault) => tracing::error!(
            error = &fault as &dyn std::error::Error,
            "the new certificate does not do; the old one goes on"
        ),
    }
}

/// Says once a day that the end is near.
fn remind(tls: Option<&Tls>, reminded: &mut Option<i64>) {
    let Some(tls) = tls else { return };
    METRICS.certificate_ends_seconds.set(tls.ends().0 / 1000);
    let (today, left) = (now().0 / DAY_MS, (tls.ends().0 - now().0) / DAY_MS);
    if left < SOON && *reminded != Some(today) {
        *reminded = Some(today);
        tracing::warn!(left, "the certificate ends in {left} days, and has not been renewed");
    }
}
