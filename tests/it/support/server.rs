//! A server as an operator runs it: a process, a folder, a port that the system chooses.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
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
    folder: Folder,
    start: Start,
    log: Arc<Mutex<String>>,
}

/// Where it keeps its record: a folder that goes with it, or somebody's own.
enum Folder {
    Own(tempfile::TempDir),
    Kept(PathBuf),
}

impl Folder {
    fn path(&self) -> &Path {
        match self {
            Self::Own(folder) => folder.path(),
            Self::Kept(folder) => folder,
        }
    }
}

/// How it is started.
struct Start {
    command: &'static str,
    flags: Vec<String>,
    /// A line of shell before it: limits, signals.
    under: String,
    /// Where it listens.
    listen: String,
}

impl Server {
    /// With nothing but defaults.
    pub(crate) async fn start() -> Self {
        Self::with(&[]).await
    }

    /// With these flags beside a free port and a folder of its own.
    pub(crate) async fn with(flags: &[&str]) -> Self {
        Self::under("", flags).await
    }

    /// With these flags, after a line of shell such as `ulimit -n 256`.
    pub(crate) async fn under(under: &str, flags: &[&str]) -> Self {
        Self::run("serve", under, "127.0.0.1:0", flags).await
    }

    /// At this address, with these flags.
    pub(crate) async fn at(listen: &str, flags: &[&str]) -> Self {
        Self::run("serve", "", listen, flags).await
    }

    /// A rehearsal.
    pub(crate) async fn rehearsal(flags: &[&str]) -> Self {
        Self::run("rehearse", "", "127.0.0.1:0", flags).await
    }

    async fn run(command: &'static str, under: &str, listen: &str, flags: &[&str]) -> Self {
        let flags: Vec<String> = flags.iter().map(|flag| (*flag).to_owned()).collect();
        let folder = Folder::Own(tempfile::tempdir().expect("a folder"));
        Self::run_in(folder, command, under, listen, flags).await
    }

    /// On a folder that is there, and stays.
    pub(crate) async fn start_in(folder: &Path) -> Self {
        Self::run_in(Folder::Kept(folder.to_owned()), "serve", "", "127.0.0.1:0", Vec::new()).await
    }

    async fn run_in(
        folder: Folder,
        command: &'static str,
        under: &str,
        listen: &str,
        flags: Vec<String>,
    ) -> Self {
        let log = Arc::new(Mutex::new(String::new()));
        let (under, listen) = (under.to_owned(), listen.to_owned());
        let start = Start { command, flags, under, listen };
        let (child, address) = spawn(folder.path(), &start, &log).await;
        Self { child, address, folder, start, log }
    }

    /// Its folder.
    pub(crate) fn data(&self) -> std::path::PathBuf {
        self.folder.path().to_owned()
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

    /// Every whole line that it has logged so far, in all its lives.
    pub(crate) fn log(&self) -> String {
        let mut log = self.log.lock().expect("no reader panics").clone();
        log.truncate(log.rfind('\n').map_or(0, |end| end + 1));
        log
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
        let (child, address) = spawn(self.folder.path(), &self.start, &self.log).await;
        (self.child, self.address) = (child, address);
    }

    /// Starts it again where it was, so that its people find it by themselves.
    pub(crate) async fn comes_back(&mut self) {
        self.start.listen = self.address.to_string();
        self.restart().await;
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

async fn spawn(folder: &Path, start: &Start, log: &Arc<Mutex<String>>) -> (Child, SocketAddr) {
    let server = env!("CARGO_BIN_EXE_filodiretto");
    let mut command = match start.under.as_str() {
        "" => Command::new(server),
        under => {
            let mut shell = Command::new("sh");
            shell.args(["-c", &format!("{under}; exec \"$0\" \"$@\""), server]);
            shell
        }
    };
    let mut child = command
        .args([start.command, "--listen", &start.listen, "--data"])
        .arg(folder)
        .args(&start.flags)
        .env("FILODIRETTO_ADMIN_TOKEN", ADMIN)
        // A slow machine is not what is tried; where it is, a flag says so.
        .env("FILODIRETTO_SHED", "off")
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
    let spoken = ["listening on http://", "listening on https://"];
    let address =
        spoken.iter().find_map(|said| line.trim().strip_prefix(said)).unwrap_or_else(|| {
            panic!("it did not start: {line:?} {}", log.lock().expect("no reader panics"))
        });
    (child, address.parse().expect("an address"))
}
