//! The server that cities run, in a process of its own on a core of its own, and what stands in it
//! before anything is measured.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use anyhow::Context as _;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::SERVERS;
use super::process::Beside;
use crate::history::Recorder;
use crate::host::{Evening, Host};
use crate::http::{Line, Request, Server};
use crate::screening::speed::question;
use crate::visitor::{Manner, Ticket};

/// The administrator's token of the server that is started here.
const TOKEN: &str = "bench-administrator-0123456789abcdefghij";
/// Over how many connections something is made ready.
const LINES: usize = 32;

/// A server that was started here; it ends with this.
#[derive(Debug)]
pub(super) struct Ours {
    pub(super) server: Beside,
    pub(super) host: Host,
    pub(super) address: SocketAddr,
}

impl Ours {
    /// With its defaults; what is off are the limits by person and network, since the whole crowd
    /// stands behind one address.
    pub(super) fn start(folder: &Path) -> anyhow::Result<Self> {
        let program = std::env::var("FILODIRETTO_BIN");
        let program = program.unwrap_or_else(|_| "target/release/filodiretto".to_owned());
        let mut command = Command::new(&program);
        command.args(["serve", "--log", "error", "--listen", "127.0.0.1:0", "--data"]).arg(folder);
        // Too much is what is measured here.
        command.args(["--shed", "off"]);
        command.env("FILODIRETTO_ADMIN_TOKEN", TOKEN);
        for limit in ["JOINS", "REQUESTS", "MESSAGES"] {
            for whose in ["PERSON", "STAFF", "NETWORK"] {
                command.env(format!("FILODIRETTO_LIMIT_{limit}_PER_{whose}"), "off");
            }
        }
        command.env("FILODIRETTO_LIMIT_NEW_PERSONS_PER_NETWORK", "off");
        command.env("FILODIRETTO_SEATS_PER_NETWORK", "50000");
        let mut server = Beside::start(&mut command, SERVERS)
            .context("build the server first: cargo build --release --bin filodiretto")?;
        let url = server.until("listening on ")?;
        let host = Host::new(Server::at(&url)?, TOKEN);
        let address = host.server.authority().parse()?;
        Ok(Self { server, host, address })
    }

    /// An open session.
    pub(super) async fn evening(&self, slug: &str, policy: Value) -> anyhow::Result<Evening> {
        let evening = self.host.evening(slug, policy, Recorder::in_memory()).await?;
        let desk = evening.moderator("moderator-0", &Manner::default()).await?;
        desk.must(json!({"type": "open"})).await?;
        Ok(evening)
    }

    /// Makes so many persons, over one connection.
    pub(super) async fn persons(&self, count: usize) -> anyhow::Result<Vec<String>> {
        let mut line = Line::to(&self.host.server);
        let request = Request::json("POST", "/api/v1/me", &json!({"embed": true}));
        let mut tokens = Vec::with_capacity(count);
        for _ in 0..count {
            let made = line.ask(&request).await?.good()?;
            tokens.push(made["token"].as_str().context("a token is expected")?.to_owned());
        }
        Ok(tokens)
    }
}

/// The token of a new member of staff.
pub(super) async fn staff(evening: &Evening, role: &str, name: &str) -> anyhow::Result<String> {
    match evening.invites(role, name).await? {
        Ticket::Bearer(token) => Ok(token),
        other => anyhow::bail!("a token is expected, not {other:?}"),
    }
}

/// Has the desk enter so many questions, which are public at once; returns their ids.
pub(super) async fn enter(evening: &Evening, count: usize) -> anyhow::Result<Vec<String>> {
    let mut tokens = Vec::new();
    for number in 0..LINES {
        tokens.push(staff(evening, "moderator", &format!("typist-{number}")).await?);
    }
    let ids: Vec<_> = (0..count).map(|_| ulid::Ulid::generate().to_string()).collect();
    let wishes = ids.iter().enumerate().map(|(number, id)| {
        let text = question(number as u64);
        let ask = json!({"type": "ask", "id": id, "text": text, "channel": "hall"});
        (tokens[number % LINES].clone(), ask)
    });
    command(evening, "desk", wishes).await?;
    Ok(ids)
}

/// Sends commands over HTTP, some at the same time, each of whom it says; all must be done.
pub(super) async fn command(
    evening: &Evening,
    role: &str,
    wishes: impl Iterator<Item = (String, Value)>,
) -> anyhow::Result<()> {
    let path = evening.path(&format!("/commands?as={role}"));
    let mut shares = vec![Vec::new(); LINES];
    for (number, (token, wish)) in wishes.enumerate() {
        shares[number % LINES].push(Request::json("POST", &path, &wish).bearer(&token));
    }
    let mut lines = JoinSet::new();
    for share in shares {
        let mut line = Line::to(&evening.host.server);
        lines.spawn(async move {
            for request in share {
                line.ask(&request).await?.good()?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(done) = lines.join_next().await {
        done??;
    }
    Ok(())
}
