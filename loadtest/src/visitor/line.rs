//! The line between a page and its server: a socket, or server-sent events with a request for each
//! command. The page above does not notice which.

use std::time::Duration;

use anyhow::Context as _;
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::{Error as SocketError, Message};

use crate::history::Seat;
use crate::http::{Events, Request, Server};

/// How long a line may take to stand.
const PATIENCE: Duration = Duration::from_secs(20);

/// By which way a visitor comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Way {
    /// A WebSocket.
    #[default]
    Socket,
    /// Server-sent events, and one POST for each command.
    Events,
}

/// What a visitor shows at the door.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Ticket {
    /// Nothing: they only look.
    #[default]
    None,
    /// A token that a program puts into a header.
    Bearer(String),
    /// A cookie that a browser sends by itself, with its page's origin.
    Cookie(String),
}

impl Ticket {
    /// The headers that show it.
    pub fn headers(&self, server: &Server) -> Vec<(&'static str, String)> {
        match self {
            Self::None => Vec::new(),
            Self::Bearer(token) => vec![("authorization", format!("Bearer {token}"))],
            Self::Cookie(cookie) => vec![("cookie", cookie.clone()), ("origin", server.origin())],
        }
    }

    /// A request that shows it.
    #[must_use]
    pub fn on(&self, request: Request, server: &Server) -> Request {
        self.headers(server).into_iter().fold(request, |r, (name, value)| r.with(name, &value))
    }
}

/// Where a visitor wants to sit.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) server: Server,
    pub(super) session: String,
    pub(super) seat: Seat,
    pub(super) ticket: Ticket,
    pub(super) way: Way,
}

/// What came over a line.
pub(super) enum Heard {
    /// A message.
    Text(String),
    /// Nothing to read, and the server lives.
    Beat,
    /// The end.
    Closed(Option<u16>),
}

/// Why there is no line.
pub(super) enum NoLine {
    /// The server said so before it was one.
    Refused { status: u16, said: String, retry_after: Option<Duration> },
    /// Nobody there, or no answer.
    Nobody,
}

pub(super) enum Line {
    Socket(Box<WebSocketStream<TcpStream>>),
    /// Read by a task of its own: half a chunk must not be lost when the page looks elsewhere.
    Events(mpsc::Receiver<Heard>),
}

impl Place {
    pub(super) const fn word(&self) -> &'static str {
        match self.seat {
            Seat::Citizen => "citizen",
            Seat::Desk => "desk",
            Seat::Stage => "stage",
            Seat::Overlay => "overlay",
        }
    }

    /// Opens a line, to go on after a cursor.
    pub(super) async fn open(&self, after: Option<&str>) -> Result<Line, NoLine> {
        let opened = timeout(PATIENCE, async {
            match self.way {
                Way::Socket => self.socket(after).await,
                Way::Events => self.events(after).await,
            }
        });
        opened.await.unwrap_or(Err(NoLine::Nobody))
    }

    fn query(&self, after: Option<&str>) -> String {
        let after = after.map(|after| format!("&after={after}")).unwrap_or_default();
        format!("as={}{after}", self.word())
    }

    async fn socket(&self, after: Option<&str>) -> Result<Line, NoLine> {
        let (host, slug) = (self.server.authority(), &self.session);
        let url = format!("ws://{host}/ws/v1/sessions/{slug}?{}", self.query(after));
        let mut request = url.into_client_request().map_err(|_| NoLine::Nobody)?;
        for (name, value) in self.ticket.headers(&self.server) {
            let value = HeaderValue::from_str(&value).map_err(|_| NoLine::Nobody)?;
            request.headers_mut().insert(name, value);
        }
        let stream = self.server.connect().await.map_err(|_| NoLine::Nobody)?;
        match tokio_tungstenite::client_async(request, stream).await {
            Ok((socket, _)) => Ok(Line::Socket(Box::new(socket))),
            Err(SocketError::Http(answer)) => {
                let header = answer.headers().get("retry-after");
                let retry_after = header.and_then(|value| value.to_str().ok()?.parse().ok());
                let body = answer.body().as_deref().unwrap_or_default();
                let said = format!("{:?}\n{}", answer.headers(), String::from_utf8_lossy(body));
                let status = answer.status().as_u16();
                let retry_after = retry_after.map(Duration::from_secs);
                Err(NoLine::Refused { status, said, retry_after })
            }
            Err(_) => Err(NoLine::Nobody),
        }
    }

    async fn events(&self, after: Option<&str>) -> Result<Line, NoLine> {
        let path = format!("/api/v1/sessions/{}/events?{}", self.session, self.query(after));
        let request = Request::new("GET", &path).with("accept", "text/event-stream");
        let request = self.ticket.on(request, &self.server);
        match Events::open(&self.server, &request).await {
            Ok(Ok(events)) => Ok(Line::Events(read(events))),
            Ok(Err(answer)) => {
                let retry_after = answer.header("retry-after").and_then(|text| text.parse().ok());
                let retry_after = retry_after.map(Duration::from_secs);
                let (status, said) = (answer.status, format!("{}{}", answer.head, answer.body));
                Err(NoLine::Refused { status, said, retry_after })
            }
            Err(_) => Err(NoLine::Nobody),
        }
    }

    /// Where a command goes that does not go over a socket.
    pub(super) fn post(&self, command: &Value) -> Request {
        let path = format!("/api/v1/sessions/{}/commands?as={}", self.session, self.word());
        self.ticket.on(Request::json("POST", &path, command), &self.server)
    }
}

impl Line {
    /// What comes next. Cancel-safe.
    pub(super) async fn next(&mut self) -> Heard {
        match self {
            Self::Socket(socket) => match socket.next().await {
                Some(Ok(Message::Text(text))) => Heard::Text(text.as_str().to_owned()),
                Some(Ok(Message::Close(frame))) => {
                    Heard::Closed(frame.map(|frame| u16::from(frame.code)))
                }
                Some(Ok(_)) => Heard::Beat,
                Some(Err(_)) | None => Heard::Closed(None),
            },
            Self::Events(events) => events.recv().await.unwrap_or(Heard::Closed(None)),
        }
    }

    /// Says something over a socket; `false` where that is not the way.
    pub(super) async fn say(&mut self, text: &str) -> anyhow::Result<bool> {
        let Self::Socket(socket) = self else { return Ok(false) };
        let said = timeout(PATIENCE, socket.send(Message::text(text))).await;
        said.context("nobody takes what is said")??;
        Ok(true)
    }

    /// Ends it as a page does that is closed.
    pub(super) async fn close(self) {
        if let Self::Socket(socket) = self {
            let mut socket = *socket;
            // The server may have gone; then there is nobody to say it to.
            let _ = timeout(Duration::from_secs(2), socket.close(None)).await;
        }
    }
}

/// Reads until nobody listens any more or the stream ends.
fn read(mut events: Events) -> mpsc::Receiver<Heard> {
    let (sender, heard) = mpsc::channel(16);
    tokio::spawn(async move {
        loop {
            let next = tokio::select! {
                () = sender.closed() => return,
                next = events.next() => next,
            };
            let next = match next {
                Ok(Some(text)) if text.is_empty() => Heard::Beat,
                Ok(Some(text)) => Heard::Text(text),
                Ok(None) | Err(_) => return,
            };
            if sender.send(next).await.is_err() {
                return;
            }
        }
    });
    heard
}
