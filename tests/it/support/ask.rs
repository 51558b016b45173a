//! A plain HTTP/1.1 client: it shows what was really sent, header by header.

use std::io::Read as _;
use std::net::SocketAddr;

use flate2::read::GzDecoder;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::{PATIENCE, schema};

/// A request under way.
pub(crate) struct Ask {
    address: SocketAddr,
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Ask {
    pub(crate) fn new(address: SocketAddr, method: &str, path: &str) -> Self {
        let (method, path) = (method.to_owned(), path.to_owned());
        Self { address, method, path, headers: Vec::new(), body: Vec::new() }
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    /// As a page of this server would.
    pub(crate) fn cookie(self, cookie: &str) -> Self {
        let origin = format!("http://{}", self.address);
        self.header("cookie", cookie).header("origin", &origin)
    }

    pub(crate) fn json(mut self, body: &Value) -> Self {
        self.body = body.to_string().into_bytes();
        self.header("content-type", "application/json")
    }

    pub(crate) fn text(self, body: &str) -> Self {
        self.body(body.as_bytes())
    }

    /// Bytes, whatever they are.
    pub(crate) fn body(mut self, body: &[u8]) -> Self {
        self.body = body.to_vec();
        self
    }

    /// The request's bytes.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut head = format!("{} {} HTTP/1.1\r\n", self.method, self.path);
        if !self.headers.iter().any(|(name, _)| name == "host") {
            head += &format!("host: {}\r\n", self.address);
        }
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        if !self.body.is_empty() || self.method != "GET" {
            head += &format!("content-length: {}\r\n", self.body.len());
        }
        if !self.headers.iter().any(|(name, _)| name == "connection") {
            head += "connection: close\r\n";
        }
        let mut bytes = (head + "\r\n").into_bytes();
        bytes.extend_from_slice(&self.body);
        bytes
    }

    /// Sends it and reads the answer to its end.
    pub(crate) async fn sent(self) -> Answer {
        let all = async {
            let mut stream = TcpStream::connect(self.address).await.expect("it listens");
            stream.write_all(&self.bytes()).await.expect("it takes a request");
            let mut bytes = Vec::new();
            // A reset behind a whole answer changes nothing about it.
            let _ = stream.read_to_end(&mut bytes).await;
            bytes
        };
        let bytes = timeout(PATIENCE, all).await.expect("an answer in time");
        Answer::read(&bytes, &format!("{} {}", self.method, self.path))
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) to: String,
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn read(bytes: &[u8], to: &str) -> Self {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
        let end = end.unwrap_or_else(|| panic!("{to}: no whole head in {bytes:?}"));
        let head = std::str::from_utf8(&bytes[..end]).expect("text");
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1));
        let status = status.and_then(|status| status.parse().ok()).expect("a status");
        let header = |line: &str| {
            let (name, value) = line.split_once(": ").expect("a header");
            (name.to_ascii_lowercase(), value.to_owned())
        };
        let headers: Vec<_> = lines.map(header).collect();
        let mut body = bytes[end + 4..].to_vec();
        if headers.iter().any(|(name, value)| name == "transfer-encoding" && value == "chunked") {
            body = unchunked(&body);
        }
        if headers.iter().any(|(name, value)| name == "content-encoding" && value == "gzip") {
            let (packed, mut plain) = (body, Vec::new());
            GzDecoder::new(packed.as_slice()).read_to_end(&mut plain).expect("gzip");
            body = plain;
        }
        let body = String::from_utf8(body).expect("text");
        Self { to: to.to_owned(), status, headers, body }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers.find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body)
            .unwrap_or_else(|error| panic!("{}: {error} in {}", self.to, self.body))
    }

    /// With this status, or the test fails and shows why.
    pub(crate) fn must(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}: {}", self.to, self.body);
        self
    }

    /// A problem with this status and code.
    pub(crate) fn refuses(self, status: u16, code: &str) -> Self {
        let answer = self.must(status);
        assert_eq!(
            answer.header("content-type"),
            Some("application/problem+json"),
            "{}",
            answer.to
        );
        let problem = answer.json();
        schema::refused(&problem);
        assert_eq!(problem["code"], code, "{}: {problem}", answer.to);
        assert_eq!(problem["status"], status, "{}: {problem}", answer.to);
        assert_eq!(problem["type"], format!("urn:filodiretto:{code}"), "{}", answer.to);
        for field in ["title", "detail"] {
            assert!(problem[field].as_str().is_some_and(|text| text.len() > 3), "{problem}");
        }
        answer
    }
}

fn unchunked(mut bytes: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    while let Some(line) = bytes.windows(2).position(|two| two == b"\r\n") {
        let size = std::str::from_utf8(&bytes[..line]).expect("a size");
        let size = usize::from_str_radix(size, 16).expect("a size");
        let rest = &bytes[line + 2..];
        if size == 0 || rest.len() < size + 2 {
            whole.extend_from_slice(&rest[..size.min(rest.len())]);
            break;
        }
        whole.extend_from_slice(&rest[..size]);
        bytes = &rest[size + 2..];
    }
    whole
}
