//! A small HTTP/1.1 client: what a page's `fetch` and `EventSource` need, and nothing more.
//!
//! Written by hand on purpose. It sends exactly what it is told, also what no library would, and
//! shows every byte that came back: the tests search them.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long an answer may take. The server itself gives up after 20 s.
const PATIENCE: Duration = Duration::from_secs(30);

/// Bound: bytes of an answer's head, and of one chunk.
const MOST: usize = 16 << 20;

/// Where a server listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server(Arc<str>);

/// What is asked.
#[derive(Debug, Clone, Default)]
pub struct Request {
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: String,
}

/// What was answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Status line and headers as they came.
    pub head: String,
    /// The whole body.
    pub body: String,
}

impl Server {
    /// The server at an address such as `http://127.0.0.1:8080`.
    ///
    /// # Errors
    /// When it is no such address.
    pub fn at(url: &str) -> anyhow::Result<Self> {
        let authority = url.strip_prefix("http://").context("an http:// address is expected")?;
        let authority = authority.split('/').next().unwrap_or_default();
        if authority.is_empty() {
            bail!("`{url}` names no host");
        }
        let port = if authority.contains(':') { "" } else { ":80" };
        Ok(Self(format!("{authority}{port}").into()))
    }

    /// Host and port.
    pub fn authority(&self) -> &str {
        &self.0
    }

    /// Its own origin, as a browser would name it.
    pub fn origin(&self) -> String {
        format!("http://{}", self.0)
    }

    /// A bare connection.
    ///
    /// # Errors
    /// When nobody listens there.
    pub async fn connect(&self) -> std::io::Result<TcpStream> {
        let stream = TcpStream::connect(&*self.0).await?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    /// Asks once, on a connection of its own.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn ask(&self, request: &Request) -> anyhow::Result<Answer> {
        Line::to(self).ask(&request.clone().with("connection", "close")).await
    }
}

impl Request {
    /// A request without a body.
    pub fn new(method: &str, path: &str) -> Self {
        Self { method: method.to_owned(), path: path.to_owned(), ..Self::default() }
    }

    /// A request that sends JSON.
    pub fn json(method: &str, path: &str, body: &Value) -> Self {
        let body = body.to_string();
        Self { body, ..Self::new(method, path) }.with("content-type", "application/json")
    }

    /// With a header more.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With a body as it is.
    #[must_use]
    pub fn with_body(mut self, body: &str) -> Self {
        body.clone_into(&mut self.body);
        self
    }

    /// With a bearer token.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.with("authorization", &format!("Bearer {token}"))
    }

    fn bytes(&self, server: &Server) -> String {
        let mut text = format!("{} {} HTTP/1.1\r\n", self.method, self.path);
        let mut headers = self.headers.clone();
        let has = |name: &str| self.headers.iter().any(|(known, _)| known == name);
        if !has("host") {
            headers.push(("host".to_owned(), server.authority().to_owned()));
        }
        if !has("content-length") && (!self.body.is_empty() || self.method != "GET") {
            headers.push(("content-length".to_owned(), self.body.len().to_string()));
        }
        for (name, value) in headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text + "\r\n" + &self.body
    }
}

impl Answer {
    /// The value of a header, if it was sent.
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.head, name)
    }

    /// The body as JSON, or null.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// The body as JSON, if the status says that all went well.
    ///
    /// # Errors
    /// When it does not; with what the server said.
    pub fn good(&self) -> anyhow::Result<Value> {
        if !(200..400).contains(&self.status) {
            bail!("the server answered {}: {}", self.status, self.body);
        }
        Ok(self.json())
    }
}

/// A connection that is kept for the next request.
#[derive(Debug)]
pub struct Line {
    server: Server,
    kept: Option<BufReader<TcpStream>>,
}

impl Line {
    /// A line that is opened when it is used first.
    pub fn to(server: &Server) -> Self {
        Self { server: server.clone(), kept: None }
    }

    /// Asks, and reads the whole answer. A connection that was kept and is dead is opened anew:
    /// everything we send may be sent twice.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn ask(&mut self, request: &Request) -> anyhow::Result<Answer> {
        if let Some(kept) = self.kept.take()
            && let Ok(answer) = self.once(kept, request).await
        {
            return Ok(answer);
        }
        let fresh = BufReader::new(self.server.connect().await?);
        self.once(fresh, request).await
    }

    async fn once(
        &mut self,
        mut stream: BufReader<TcpStream>,
        request: &Request,
    ) -> anyhow::Result<Answer> {
        let answer = timeout(PATIENCE, async {
            stream.get_mut().write_all(request.bytes(&self.server).as_bytes()).await?;
            let (status, head) = head(&mut stream).await?;
            let mut body = Body::of(stream, &head);
            let mut bytes = Vec::new();
            while let Some(more) = body.next().await? {
                bytes.extend(more);
            }
            if body.can_go_on && header(&head, "connection").is_none_or(|word| word != "close") {
                self.kept = Some(body.stream);
            }
            let body = String::from_utf8_lossy(&bytes).into_owned();
            anyhow::Ok(Answer { status, head, body })
        });
        answer.await.context("no answer in time")?
    }
}

/// An event stream: `data:` after `data:`.
#[derive(Debug)]
pub struct Events {
    body: Body,
    rest: String,
}

impl Events {
    /// Opens a stream. The inner error is the server's answer, where it said no.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn open(server: &Server, request: &Request) -> anyhow::Result<Result<Self, Answer>> {
        let mut stream = BufReader::new(server.connect().await?);
        stream.get_mut().write_all(request.bytes(server).as_bytes()).await?;
        let (status, head) = timeout(PATIENCE, head(&mut stream)).await??;
        let mut body = Body::of(stream, &head);
        if status == 200 {
            return Ok(Ok(Self { body, rest: String::new() }));
        }
        let mut bytes = Vec::new();
        while let Some(more) = timeout(PATIENCE, body.next()).await?? {
            bytes.extend(more);
        }
        let body = String::from_utf8_lossy(&bytes).into_owned();
        Ok(Err(Answer { status, head, body }))
    }

    /// The next event's data; an empty text for a comment; `None` at the end.
    ///
    /// Cancel-safe but for a chunk that is torn in two, after which the stream ends.
    ///
    /// # Errors
    /// When the connection breaks.
    pub async fn next(&mut self) -> std::io::Result<Option<String>> {
        loop {
            if let Some(end) = self.rest.find("\n\n") {
                let event: String = self.rest.drain(..end + 2).collect();
                let data = event.lines().filter_map(|line| line.strip_prefix("data:"));
                let data: Vec<_> =
                    data.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
                return Ok(Some(data.join("\n")));
            }
            match self.body.next().await? {
                Some(bytes) => self.rest.push_str(&String::from_utf8_lossy(&bytes)),
                None => return Ok(None),
            }
        }
    }
}

/// How an answer's end is known.
#[derive(Debug, Clone, Copy)]
enum Left {
    Bytes(usize),
    Chunks,
    UntilClosed,
}

#[derive(Debug)]
struct Body {
    stream: BufReader<TcpStream>,
    left: Left,
    can_go_on: bool,
}

impl Body {
    fn of(stream: BufReader<TcpStream>, head: &str) -> Self {
        let length = header(head, "content-length").and_then(|length| length.parse().ok());
        let chunked = header(head, "transfer-encoding").is_some_and(|word| word == "chunked");
        let bare = head.starts_with("HTTP/1.1 204") || head.starts_with("HTTP/1.1 304");
        let left = match length {
            _ if bare => Left::Bytes(0),
            _ if chunked => Left::Chunks,
            Some(length) => Left::Bytes(length),
            None => Left::UntilClosed,
        };
        Self { stream, left, can_go_on: false }
    }

    /// Some bytes more, or `None` at the end.
    async fn next(&mut self) -> std::io::Result<Option<Vec<u8>>> {
        match self.left {
            Left::Bytes(0) => {
                self.can_go_on = true;
                Ok(None)
            }
            Left::Bytes(length) => {
                let mut bytes = vec![0; length];
                self.stream.read_exact(&mut bytes).await?;
                self.left = Left::Bytes(0);
                Ok(Some(bytes))
            }
            Left::Chunks => {
                let mut line = String::new();
                if self.stream.read_line(&mut line).await? == 0 {
                    return Err(std::io::ErrorKind::UnexpectedEof.into());
                }
                let length = usize::from_str_radix(line.trim(), 16).ok();
                let length = length.filter(|length| *length <= MOST);
                let length = length.ok_or(std::io::ErrorKind::InvalidData)?;
                let mut bytes = vec![0; length + 2];
                self.stream.read_exact(&mut bytes).await?;
                bytes.truncate(length);
                if length == 0 {
                    self.left = Left::Bytes(0);
                    self.can_go_on = true;
                    return Ok(None);
                }
                Ok(Some(bytes))
            }
            Left::UntilClosed => {
                let mut bytes = Vec::new();
                self.stream.read_to_end(&mut bytes).await?;
                Ok((!bytes.is_empty()).then_some(bytes))
            }
        }
    }
}

async fn head(stream: &mut BufReader<TcpStream>) -> anyhow::Result<(u16, String)> {
    let mut head = String::new();
    loop {
        let before = head.len();
        if stream.read_line(&mut head).await? == 0 || head.len() > MOST {
            bail!("the connection ended before the answer");
        }
        if head[before..].trim().is_empty() {
            break;
        }
    }
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    Ok((status.context("an answer without a status")?, head))
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let lines = head.lines().filter_map(|line| line.split_once(':'));
    lines
        .filter(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim())
        .next()
}
