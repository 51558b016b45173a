//! What systemd hears of a server, and when it hears nothing any more.

use std::collections::VecDeque;
use std::path::Path;
use std::time::Duration;

use serde_json::json;
use tokio::net::UnixDatagram;
use tokio::time::{Instant, timeout};

use crate::faults::shim;
use crate::support::{PATIENCE, Server};
use crate::wire_disk::SMALL_DISK;

/// The manager wants to hear from it this often; it tells three times as often.
const WATCHDOG: Duration = Duration::from_millis(900);

/// What systemd would be: a socket to which a server tells how it is.
struct Manager {
    socket: UnixDatagram,
    folder: tempfile::TempDir,
    /// Lines of one message that nobody has asked for yet.
    lines: VecDeque<String>,
}

impl Manager {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let socket = UnixDatagram::bind(folder.path().join("notify")).expect("a socket");
        Self { socket, folder, lines: VecDeque::new() }
    }

    fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Shell that has a server tell this one.
    fn env(&self) -> String {
        let socket = self.folder().join("notify");
        let (socket, micros) = (socket.display(), WATCHDOG.as_micros());
        format!("export NOTIFY_SOCKET={socket} WATCHDOG_USEC={micros}")
    }

    async fn next(&mut self) -> String {
        while self.lines.is_empty() {
            let mut bytes = [0; 4096];
            let length = self.socket.recv(&mut bytes).await.expect("a message");
            let text = std::str::from_utf8(&bytes[..length]).expect("text");
            self.lines.extend(text.lines().map(str::to_owned));
        }
        self.lines.pop_front().expect("a line")
    }

    /// Waits for a line that begins so.
    async fn hears(&mut self, start: &str) -> String {
        let heard = async {
            loop {
                let line = self.next().await;
                if line.starts_with(start) {
                    return line;
                }
            }
        };
        timeout(PATIENCE, heard).await.unwrap_or_else(|_| panic!("never told: {start}"))
    }

    /// Waits until nothing at all has come for as long as the manager would bear.
    async fn hears_nothing(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        while timeout(WATCHDOG, self.next()).await.is_ok() {
            assert!(Instant::now() < deadline, "it still says that it lives");
        }
    }
}

#[tokio::test]
async fn it_is_told_ready_alive_reloading_stopping() {
    let mut manager = Manager::new();
    let mut server = Server::under(&manager.env(), &[]).await;
    assert_eq!(manager.next().await, "READY=1", "before anything else");
    manager.hears("WATCHDOG=1").await;
    assert_eq!(manager.next().await, "STATUS=seats: 0, connections: 0, sessions: 0");
    server.opens("sera", json!({})).await;
    let line = server.citizen().await.sits("sera", "citizen").await;
    manager.hears("STATUS=seats: 1, connections: 1, sessions: 1").await;
    drop(line);
    server.signal("HUP");
    manager.hears("RELOADING=1").await;
    assert!(manager.next().await.starts_with("MONOTONIC_USEC="), "systemd 253 needs it");
    // Its pulse goes on beside that, and may come between.
    manager.hears("READY=1").await;
    manager.hears("WATCHDOG=1").await;
    server.signal("TERM");
    manager.hears("STOPPING=1").await;
    assert!(server.ends().await.0.success());
}

/// A disk that hangs: nothing would be acknowledged any more, and everything else looks well.
#[tokio::test]
async fn it_is_not_told_alive_while_what_writes_the_record_hangs() {
    let mut manager = Manager::new();
    let hang = manager.folder().join("hang");
    let shim = shim(manager.folder());
    let (shim, gate) = (shim.display(), hang.display());
    let preload = format!("LD_PRELOAD={shim} FAIL_FILE=journal.db HANG_WHILE={gate}");
    let server = Server::under(&format!("{} {preload}", manager.env()), &[]).await;
    server.opens("sera", json!({})).await;
    let ana = server.citizen().await;
    manager.hears("WATCHDOG=1").await;

    std::fs::write(&hang, b"").expect("written");
    let ask = json!({"type": "ask", "text": "Il disco è ancora vivo?"});
    let asked = tokio::spawn(async move { ana.sends("sera", "citizen", ask).await });
    manager.hears_nothing().await;
    assert!(server.log().contains("has not come by for 300 ms"), "{}", server.log());
    server.ask("GET", "/healthz").sent().await.must(200);

    std::fs::remove_file(&hang).expect("removed");
    manager.hears("WATCHDOG=1").await;
    asked.await.expect("no panic").must(200);
}

/// A full disk is told to whoever asks, and is no reason to be ended in the middle of an evening.
#[tokio::test]
async fn it_is_told_alive_while_the_disk_is_full() {
    use std::io::Write as _;
    let mut manager = Manager::new();
    let server = Server::under(&format!("{}; {SMALL_DISK}", manager.env()), &[]).await;
    server.opens("sera", json!({})).await;
    let ana = server.citizen().await;
    let disk = format!("/proc/{}/root{}/fill", server.pid(), server.data().display());
    let mut fill = std::fs::File::create(disk).expect("there is room yet");
    while fill.write_all(&[0; 4096]).is_ok() {}
    let ask = json!({"type": "ask", "text": "Il disco è ancora vuoto?"});
    ana.sends("sera", "citizen", ask).await.refuses(503, "busy");
    // What was told before the refusal is not what counts.
    while timeout(Duration::ZERO, manager.next()).await.is_ok() {}
    for _ in 0..3 {
        manager.hears("WATCHDOG=1").await;
    }
}
