//! What black-box tests share: a real process, a plain HTTP client, and people on sockets.

pub(crate) mod ask;
pub(crate) mod folder;
pub(crate) mod schema;
pub(crate) mod server;
pub(crate) mod visitor;

pub(crate) use ask::{Answer, Ask};
pub(crate) use server::Server;
pub(crate) use visitor::{Line, Visitor};

use std::time::Duration;

/// Nothing that a test waits for takes this long, even on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A new command's id.
pub(crate) fn id() -> String {
    ulid::Ulid::generate().to_string()
}

/// Waits until something holds.
pub(crate) async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    while !holds().await {
        assert!(tokio::time::Instant::now() < deadline, "never: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
