//! What systemd is told, or whatever has set `NOTIFY_SOCKET`: that this server listens, that it
//! lives, that it takes in a new certificate, that it stops. Without that variable nobody is told.
//!
//! "It lives" is a promise, for where it fails to come the manager ends the process and starts it
//! again, in the middle of an evening perhaps. It is given only when
//!
//! - the runtime runs this task, in its turn,
//! - the task that accepts connections is there,
//! - the thread that writes the record has come by and taken up its next work.
//!
//! A full or failing disk is not death: the thread is told so by the system, at once, and comes by.
//! A write that never ends is: nothing would be acknowledged any more. A single session that does
//! not answer is not seen here.

use std::time::Duration;

use sd_notify::NotifyState::{self, Ready, Reloading, Status, Stopping, Watchdog};
use tokio::task::AbortHandle;
use tokio::time::{sleep, timeout};

use super::Reception;

/// How often the status is told at least, for whoever types `systemctl status`.
const STATUS: Duration = Duration::from_secs(15);

/// It listens, and lets people in.
pub(super) fn ready() {
    tell(&[Ready]);
}

/// It goes on, and is busy with something new.
pub(super) fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => tell(&[Reloading, now]),
        Err(_) => tell(&[Reloading]),
    }
}

/// It lets nobody in any more.
pub(super) fn stopping() {
    tell(&[Stopping, Status("stopping: everybody is told to come back")]);
}

/// Tells that it lives, as often as the manager wants to hear it, three times over.
pub(super) async fn beat(front: &Reception, accepting: AbortHandle) {
    let wanted = sd_notify::watchdog_enabled();
    let every = wanted.map_or(STATUS, |wanted| STATUS.min(wanted / 3));
    loop {
        let journal = timeout(every, front.hub.journal().beats());
        match journal.await {
            Ok(Ok(())) if !accepting.is_finished() => {
                let status = status(front);
                let alive = [Watchdog, Status(&status)];
                tell(if wanted.is_some() { &alive } else { &alive[1..] });
            }
            Ok(Ok(())) => tracing::error!("connections are not accepted any more"),
            Ok(Err(fault)) => tracing::error!(error = %fault, "nothing can be recorded any more"),
            Err(_) => tracing::error!(
                "the thread that writes the record has not come by for {} ms: the disk hangs",
                every.as_millis()
            ),
        }
        sleep(every).await;
    }
}

fn status(front: &Reception) -> String {
    let (seats, connections) = (front.seats.taken(), front.doors.taken());
    let sessions = front.hub.house().now().sessions().len();
    let mut status = format!("seats: {seats}, connections: {connections}, sessions: {sessions}");
    let shed = front.hub.load().left_out();
    if !shed.is_empty() {
        status += &format!(", too much to do, left out: {}", shed.join(", "));
    }
    status
}

fn tell(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::warn!(%error, "the service manager cannot be told how this server is");
    }
}
