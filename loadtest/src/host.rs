//! The press office as a program: makes a session, invites its staff, and fetches at the end what
//! everybody may see.

use std::path::Path;

use anyhow::Context as _;
use serde_json::{Value, json};

use crate::checker::{self, Case, Dump, Report};
use crate::dump;
use crate::history::{Recorder, Seat};
use crate::http::{Request, Server};
use crate::visitor::{Invitation, Manner, Ticket, Visitor};

/// Bound: how many questions one page of the list holds.
const PAGES: usize = 1_000;

/// Somebody with the administrator's token.
#[derive(Debug, Clone)]
pub struct Host {
    /// Where.
    pub server: Server,
    token: String,
}

/// A session made for one run, with everything that happens in it on record.
#[derive(Debug, Clone)]
pub struct Evening {
    /// By whom.
    pub host: Host,
    /// How visitors come.
    pub invitation: Invitation,
    /// Whether everybody who does anything comes by that invitation. Where others do, too, nothing
    /// of theirs is held against the server.
    pub everyone_recorded: bool,
}

impl Host {
    /// The press office of a server.
    pub fn new(server: Server, token: &str) -> Self {
        Self { server, token: token.to_owned() }
    }

    /// Makes a rehearsal, since that needs no city to open.
    ///
    /// # Errors
    /// When the server refuses it.
    pub async fn evening(
        &self,
        slug: &str,
        policy: Value,
        recorder: Recorder,
    ) -> anyhow::Result<Evening> {
        let body = json!({
            "slug": slug, "title": "Una sera di prova", "language": "it", "policy": policy,
            "rehearsal": true, "labels": ["Verde", "Strade"],
            "officials": [{"name": "Livia Sorani", "office": "Sindaca"}],
        });
        self.asks(Request::json("POST", "/api/v1/sessions", &body)).await?;
        let server = self.server.clone();
        let invitation = Invitation { server, session: slug.to_owned(), recorder };
        Ok(Evening { host: self.clone(), invitation, everyone_recorded: true })
    }

    /// A request with the administrator's token.
    ///
    /// # Errors
    /// When the server refuses it.
    pub async fn asks(&self, request: Request) -> anyhow::Result<Value> {
        self.server.ask(&request.bearer(&self.token)).await?.good()
    }

    /// Becomes a person, as an embedded page does: a token and no cookie.
    ///
    /// # Errors
    /// When the server refuses it.
    pub async fn person(&self) -> anyhow::Result<Ticket> {
        let request = Request::json("POST", "/api/v1/me", &json!({"embed": true}));
        let token = self.server.ask(&request).await?.good()?;
        Ok(Ticket::Bearer(token["token"].as_str().context("a token is expected")?.to_owned()))
    }

    /// Becomes a person, as a page in a browser does: with a cookie.
    ///
    /// # Errors
    /// When the server refuses it.
    pub async fn browser(&self) -> anyhow::Result<Ticket> {
        let request = Request::new("POST", "/api/v1/me").with("origin", &self.server.origin());
        let answer = self.server.ask(&request).await?;
        answer.good()?;
        let cookie = answer.header("set-cookie").and_then(|cookie| cookie.split(';').next());
        Ok(Ticket::Cookie(cookie.context("a cookie is expected")?.to_owned()))
    }
}

impl Evening {
    /// Invites somebody, and returns their ticket.
    ///
    /// # Errors
    /// When the server refuses it.
    pub async fn invites(&self, role: &str, name: &str) -> anyhow::Result<Ticket> {
        let path = self.path("/invitations");
        let body = json!({"role": role, "name": name});
        let made = self.host.asks(Request::json("POST", &path, &body)).await?;
        Ok(Ticket::Bearer(made["token"].as_str().context("a token is expected")?.to_owned()))
    }

    /// Invites a moderator and opens their desk.
    ///
    /// # Errors
    /// When the server refuses it.
    pub async fn moderator(&self, name: &str, manner: &Manner) -> anyhow::Result<Visitor> {
        let ticket = self.invites("moderator", name).await?;
        self.invitation.visitor(name, Seat::Desk, ticket, manner).ready().await
    }

    /// Invites an official and opens their screen.
    ///
    /// # Errors
    /// When the server refuses it.
    pub async fn official(&self, name: &str, manner: &Manner) -> anyhow::Result<Visitor> {
        let ticket = self.invites("official", name).await?;
        self.invitation.visitor(name, Seat::Stage, ticket, manner).ready().await
    }

    /// A citizen with a page open.
    ///
    /// # Errors
    /// When the server does not let them in.
    pub async fn citizen(&self, name: &str, manner: &Manner) -> anyhow::Result<Visitor> {
        let ticket = self.host.person().await?;
        self.invitation.visitor(name, Seat::Citizen, ticket, manner).ready().await
    }

    /// An overlay that nobody vouches for.
    ///
    /// # Errors
    /// When the server does not let it in.
    pub async fn overlay(&self, name: &str, manner: &Manner) -> anyhow::Result<Visitor> {
        self.invitation.visitor(name, Seat::Overlay, Ticket::None, manner).ready().await
    }

    /// An address of this session's API.
    pub fn path(&self, rest: &str) -> String {
        format!("/api/v1/sessions/{}{rest}", self.invitation.session)
    }

    /// The public board.
    ///
    /// # Errors
    /// When there is none.
    pub async fn board(&self) -> anyhow::Result<Value> {
        self.host.server.ask(&Request::new("GET", &self.path("/board"))).await?.good()
    }

    /// Every question, as the desk sees it.
    ///
    /// # Errors
    /// When the server refuses it.
    pub async fn desk(&self) -> anyhow::Result<Value> {
        let (mut all, mut after) = (Vec::new(), String::new());
        for _ in 0..PAGES {
            let path = self.path(&format!("/questions?as=desk&order=new{after}"));
            let mut page = self.host.asks(Request::new("GET", &path)).await?;
            all.append(page["questions"].as_array_mut().context("questions are expected")?);
            match page["next"].as_str() {
                Some(next) => after = format!("&after={next}"),
                None => return Ok(json!({"questions": all})),
            }
        }
        anyhow::bail!("the list of questions has no end")
    }

    /// Has the checker look at everything: what all clients saw, what the journal in `data` holds,
    /// and what is shown at the end.
    ///
    /// # Errors
    /// When the evidence cannot be had.
    pub async fn judged(&self, data: &Path, canaries: &[String]) -> anyhow::Result<Report> {
        let (board, desk) = (self.board().await?, self.desk().await?);
        let journal = dump::dump(data, &self.invitation.session).await?;
        self.judge(&journal, Some((&board, &desk)), canaries)
    }

    /// The same with a journal and an end that are at hand.
    ///
    /// # Errors
    /// When the history has a hole.
    pub fn judge(
        &self,
        journal: &Dump,
        end: Option<(&Value, &Value)>,
        canaries: &[String],
    ) -> anyhow::Result<Report> {
        let history = self.invitation.recorder.history()?;
        let cursors = dump::cursor;
        let mut case = Case::new(&history, journal);
        (case.board, case.desk) = (end.map(|end| end.0), end.map(|end| end.1));
        case.rules.cursors = Some(&cursors);
        case.rules.canaries = canaries.to_vec();
        case.rules.everyone_recorded = self.everyone_recorded;
        Ok(checker::check(&case))
    }
}
