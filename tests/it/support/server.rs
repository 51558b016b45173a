//! A server as an operator runs it: a process, a folder, a port that the system chooses.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::Instant;

use super::{Ask, PATIENCE, Visitor};

/// The administrator's token of every server that a test starts.
pub(crate) const ADMIN: &str = "test-administrator-0123456789abcdefgh";

/// A running server. It is killed when this is dropped; its folder goes with it.
pub(crate) struct Server {
    child: Child,
    address: SocketAddr,
    folder: tempfile::TempDir,
    how: How,
    log: Arc<Mutex<String>>,
}

/// How a server is started.
#[derive(Debug, Clone)]
struct How {
    command: &'static str,
    flags: Vec<String>,
    /// Descriptors that the process may have; `None`: as many as we.
    descriptors: Option<u32>,
}

impl Server {
    /// With nothing but defaults.
    pub(crate) async fn start() -> Self {
        Self::with(&[]).await
    }

    /// With these flags beside a free port and a folder of its own.
    pub(crate) async fn with(flags: &[&str]) -> Self {
        Self::run("serve", flags, None).await
    }

    /// As [`with`](Self::with), on a machine that gives no more than these descriptors.
    pub(crate) async fn within(descriptors: u32, flags: &[&str]) -> Self {
        Self::run("serve", flags, Some(descriptors)).await
    }

    /// A rehearsal.
    pub(crate) async fn rehearsal(flags: &[&str]) -> Self {
        Self::run("rehearse", flags, None).await
    }

    async fn run(command: &'static str, flags: &[&str], descriptors: Option<u32>) -> Self {
        let flags = flags.iter().map(|flag| (*flag).to_owned()).collect();
        let how = How { command, flags, descriptors };
        let folder = tempfile::tempdir().expect("a folder");
        let log = Arc::new(Mutex::new(String::new()));
        let (child, address) = spawn(folder.path(), &how, &log).await;
        Self { child, address, folder, how, log }
    }

    /// Where it listens.
    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its address as a browser has it, without a path.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Everything it has logged so far, in all its lives.
    pub(crate) fn log(&self) -> String {
        self.log.lock().expect("no reader panics").clone()
    }

    /// A request to it.
    pub(crate) fn ask(&self, method: &str, path: &str) -> Ask {
        Ask::new(self.address, method, path)
    }

    /// The operator.
    pub(crate) fn operator(&self) -> Visitor {
        Visitor::with_token(self.address, ADMIN)
    }

    /// A new person.
    pub(crate) async fn citizen(&self) -> Visitor {
        Visitor::new(self.address).await
    }

    /// A session that is open, as a rehearsal: it needs no city.
    pub(crate) async fn opens(&self, slug: &str, policy: serde_json::Value) {
        let body = serde_json::json!({
            "slug": slug, "title": "Una sera", "language": "it", "rehearsal": true, "policy": policy,
        });
        let path = "/api/v1/sessions";
        self.ask("POST", path).bearer(ADMIN).json(&body).sent().await.must(201);
        let open = serde_json::json!({"type": "open"});
        self.operator().sends(slug, "desk", open).await.must(200);
    }

    /// Somebody with a role: an invitation made for them, as a bearer token.
    pub(crate) async fn invites(&self, slug: &str, role: &str, name: &str) -> (Visitor, String) {
        let body = serde_json::json!({"role": role, "name": name});
        let path = format!("/api/v1/sessions/{slug}/invitations");
        let made = self.ask("POST", &path).bearer(ADMIN).json(&body).sent().await.must(201).json();
        let text = |field: &str| made[field].as_str().expect("a text").to_owned();
        (Visitor::with_token(self.address, &text("token")), text("id"))
    }

    /// Pulls the plug.
    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("it is ours");
        self.child.wait().expect("it is ours");
    }

    /// Starts it again in the same folder, on another port.
    pub(crate) async fn restart(&mut self) {
        let (child, address) = spawn(self.folder.path(), &self.how, &self.log).await;
        (self.child, self.address) = (child, address);
    }

    /// Sends a signal by its name.
    pub(crate) fn signal(&self, name: &str) {
        let mut kill = Command::new("kill");
        kill.args([&format!("-{name}"), &self.pid().to_string()]);
        assert!(kill.status().expect("kill(1)").success());
    }

    /// Waits for its end.
    pub(crate) async fn ends(&mut self) -> (ExitStatus, Duration) {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("it is ours") {
                return (status, start.elapsed());
            }
            assert!(start.elapsed() < PATIENCE, "it never ends");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn spawn(folder: &Path, how: &How, log: &Arc<Mutex<String>>) -> (Child, SocketAddr) {
    let mut command = match how.descriptors {
        None => Command::new(env!("CARGO_BIN_EXE_filodiretto")),
        Some(descriptors) => {
            let mut shell = Command::new("sh");
            shell.args(["-c", &format!("ulimit -n {descriptors}; exec \"$@\""), "sh"]);
            shell.arg(env!("CARGO_BIN_EXE_filodiretto"));
            shell
        }
    };
    let mut child = command
        .args([how.command, "--listen", "127.0.0.1:0", "--data"])
        .arg(folder)
        .args(&how.flags)
        .env("FILODIRETTO_ADMIN_TOKEN", ADMIN)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the server starts");
    let mut errors = child.stderr.take().expect("a pipe");
    let kept = Arc::clone(log);
    std::thread::spawn(move || {
        let mut bytes = [0; 4096];
        while let Ok(count @ 1..) = errors.read(&mut bytes) {
            let text = String::from_utf8_lossy(&bytes[..count]).into_owned();
            kept.lock().expect("no reader panics").push_str(&text);
        }
    });
    let out = child.stdout.take().expect("a pipe");
    let line = tokio::task::spawn_blocking(move || {
        let mut lines = BufReader::new(out).lines().map_while(Result::ok);
        // A rehearsal says more before.
        lines.find(|line| line.starts_with("listening ")).unwrap_or_default()
    });
    let line = tokio::time::timeout(PATIENCE, line).await.expect("it says that it listens");
    let line = line.expect("a thread");
    let address = line.trim().strip_prefix("listening on http://").unwrap_or_else(|| {
        panic!("it did not start: {line:?} {}", log.lock().expect("no reader panics"))
    });
    (child, address.parse().expect("an address"))
}
