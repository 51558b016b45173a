//! People: who they are, what they send, and what they see on a socket.

use std::collections::VecDeque;
use std::net::SocketAddr;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::{WebSocketStream, client_async};

use super::{Answer, Ask, PATIENCE, id, schema};

/// Somebody with a token.
#[derive(Debug, Clone)]
pub(crate) struct Visitor {
    address: SocketAddr,
    token: Option<String>,
}

impl Visitor {
    /// A new person.
    pub(crate) async fn new(address: SocketAddr) -> Self {
        let made = Ask::new(address, "POST", "/api/v1/me").json(&json!({"embed": true})).sent();
        let token = made.await.must(200).json()["token"].as_str().expect("a token").to_owned();
        Self { address, token: Some(token) }
    }

    /// Who holds this token.
    pub(crate) fn with_token(address: SocketAddr, token: &str) -> Self {
        Self { address, token: Some(token.to_owned()) }
    }

    /// Who is nobody.
    pub(crate) const fn nobody(address: SocketAddr) -> Self {
        Self { address, token: None }
    }

    /// The same person at a server that was started again.
    pub(crate) fn at(&self, address: SocketAddr) -> Self {
        Self { address, token: self.token.clone() }
    }

    pub(crate) fn token(&self) -> &str {
        self.token.as_deref().expect("somebody")
    }

    /// A request by them.
    pub(crate) fn asks(&self, method: &str, path: &str) -> Ask {
        let ask = Ask::new(self.address, method, path);
        match &self.token {
            Some(token) => ask.bearer(token),
            None => ask,
        }
    }

    /// A command over HTTP; an id is added where there is none.
    pub(crate) async fn sends(&self, slug: &str, capacity: &str, mut command: Value) -> Answer {
        if command.get("id").is_none() {
            command["id"] = id().into();
        }
        let path = format!("/api/v1/sessions/{slug}/commands?as={capacity}");
        self.asks("POST", &path).json(&command).sent().await
    }

    /// Opens a socket.
    pub(crate) async fn sits(&self, slug: &str, capacity: &str) -> Line {
        self.sits_after(slug, capacity, "").await
    }

    /// Opens a socket where one ended before.
    pub(crate) async fn sits_after(&self, slug: &str, capacity: &str, after: &str) -> Line {
        let after = if after.is_empty() { String::new() } else { format!("&after={after}") };
        let path = format!("/ws/v1/sessions/{slug}?as={capacity}{after}");
        let bearer = self.token.as_ref().map(|token| ("authorization", format!("Bearer {token}")));
        let line = Line::open(self.address, &path, &Vec::from_iter(bearer)).await;
        line.unwrap_or_else(|status| panic!("{path}: refused with {status}"))
    }
}

/// A socket.
pub(crate) struct Line {
    socket: WebSocketStream<TcpStream>,
    /// What came while something else was waited for.
    waiting: VecDeque<Value>,
    /// The close code, once it is closed.
    pub(crate) closed: Option<u16>,
    /// How many binary frames came.
    pub(crate) binary: usize,
    /// Every byte that came, for who looks for what must not be there.
    pub(crate) heard: String,
}

impl Line {
    /// Opens a socket with these headers; a refusal gives its status.
    pub(crate) async fn open(
        address: SocketAddr,
        path: &str,
        headers: &[(&'static str, String)],
    ) -> Result<Self, u16> {
        let mut request =
            format!("ws://{address}{path}").into_client_request().expect("an address");
        for (name, value) in headers {
            request.headers_mut().append(*name, value.parse().expect("a value"));
        }
        let stream = TcpStream::connect(address).await.expect("it listens");
        let opened = timeout(PATIENCE, client_async(request, stream)).await.expect("in time");
        match opened {
            Ok((socket, _)) => {
                let (waiting, heard) = (VecDeque::new(), String::new());
                Ok(Self { socket, waiting, closed: None, binary: 0, heard })
            }
            Err(tokio_tungstenite::tungstenite::Error::Http(answer)) => {
                Err(answer.status().as_u16())
            }
            Err(error) => panic!("{path}: {error}"),
        }
    }

    /// The next message; `None` when it is closed.
    pub(crate) async fn next(&mut self) -> Option<Value> {
        if let Some(waiting) = self.waiting.pop_front() {
            return Some(waiting);
        }
        self.read().await
    }

    async fn read(&mut self) -> Option<Value> {
        loop {
            let message = timeout(PATIENCE, self.socket.next()).await.expect("a message in time");
            match message {
                Some(Ok(Message::Text(text))) => {
                    self.heard.push_str(&text);
                    self.heard.push('\n');
                    return Some(heard(&text));
                }
                Some(Ok(Message::Binary(bytes))) => {
                    self.binary += 1;
                    let text = miniz_oxide::inflate::decompress_to_vec(&bytes);
                    let text = String::from_utf8(text.expect("raw deflate")).expect("UTF-8");
                    self.heard.push_str(&text);
                    self.heard.push('\n');
                    return Some(heard(&text));
                }
                Some(Ok(Message::Close(frame))) => {
                    self.closed = Some(frame.map_or(1005, |frame| frame.code.into()));
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => {
                    self.closed.get_or_insert(1006);
                    return None;
                }
            }
        }
    }

    /// Waits for a message of a type; what comes before it stays for later.
    pub(crate) async fn sees(&mut self, kind: &str) -> Value {
        self.sees_one(kind, |message| message["type"] == kind).await
    }

    /// Waits for a message that fits; what comes before it stays for later.
    pub(crate) async fn sees_one(&mut self, what: &str, fits: impl Fn(&Value) -> bool) -> Value {
        if let Some(at) = self.waiting.iter().position(&fits) {
            return self.waiting.remove(at).expect("it is there");
        }
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            assert!(tokio::time::Instant::now() < deadline, "never: {what}");
            let message = self.read().await;
            let message =
                message.unwrap_or_else(|| panic!("closed before {what}: {:?}", self.closed));
            if fits(&message) {
                return message;
            }
            self.waiting.push_back(message);
        }
    }

    /// Waits for an update with a change that fits, and gives that change.
    pub(crate) async fn told(&mut self, what: &str, fits: impl Fn(&Value) -> bool) -> Value {
        let changes = |message: &Value| message["changes"].as_array().cloned().unwrap_or_default();
        let update = self.sees_one(what, |message| changes(message).iter().any(&fits)).await;
        changes(&update).into_iter().find(fits).expect("it fits")
    }

    /// Waits for the end, and gives the close code.
    pub(crate) async fn ends(&mut self) -> u16 {
        // It may have much to say until then, but not for ever.
        let ends = async { while self.read().await.is_some() {} };
        timeout(PATIENCE, ends).await.expect("it ends in time");
        self.closed.expect("it is closed")
    }

    /// Sends a text as it is.
    pub(crate) async fn says(&mut self, text: &str) {
        self.socket.send(Message::text(text)).await.expect("it is open");
    }

    /// Sends any message; whether it could be sent.
    pub(crate) async fn tries(&mut self, message: Message) -> bool {
        self.socket.send(message).await.is_ok()
    }

    /// Sends a command, and gives its id.
    pub(crate) async fn wishes(&mut self, mut command: Value) -> String {
        let id = match command["id"].as_str() {
            Some(id) => id.to_owned(),
            None => id(),
        };
        command["id"] = id.clone().into();
        self.says(&command.to_string()).await;
        id
    }

    /// Sends a command and waits for its reply.
    pub(crate) async fn does(&mut self, command: Value) -> Value {
        let id = self.wishes(command).await;
        self.sees_one("a reply", |message| {
            let replies = ["done", "checked", "refused"];
            message["id"] == id && replies.iter().any(|kind| message["type"] == *kind)
        })
        .await
    }

    /// The same, and it counts.
    pub(crate) async fn did(&mut self, mut command: Value) -> Value {
        let reply = self.does(command.clone()).await;
        assert_eq!(reply["type"], "done", "{command}: {reply}");
        command["id"] = reply["id"].clone();
        schema::counted(&command);
        reply
    }

    /// The same, and it is refused with this code.
    pub(crate) async fn refused(&mut self, command: Value, code: &str) -> Value {
        let reply = self.does(command.clone()).await;
        assert_eq!(reply["code"], code, "{command}: {reply}");
        reply
    }
}

/// A message as it came, which fits the schema.
fn heard(text: &str) -> Value {
    let message = serde_json::from_str(text).expect("JSON");
    schema::said(&message);
    message
}
