//! An evening that goes on while somebody attacks it, and what attackers have at hand: bare
//! connections, frames as they like them, and a look at what they cost.

use std::sync::Arc;
use std::time::Duration;

use loadtest::host::Evening;
use loadtest::percentiles::{Figures, Percentiles};
use loadtest::visitor::{Manner, Ticket, Visitor};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use crate::support::{Server, id};
use crate::wire_ground::evening;

/// How often something happens on the evening beside.
const PACE: Duration = Duration::from_millis(150);

/// An evening with somebody at the desk and somebody who asks.
pub(crate) struct Beside {
    pub(crate) evening: Evening,
    pub(crate) ana: Visitor,
    pub(crate) desk: Visitor,
}

/// An evening that goes on by itself.
pub(crate) struct Running {
    over: CancellationToken,
    task: JoinHandle<Percentiles>,
}

impl Beside {
    pub(crate) async fn opens(server: &Server) -> Arc<Self> {
        let policy = json!({"slow_s": null, "open_questions": null, "questions": null});
        let evening = evening(server, "sera", policy).await;
        let desk = evening.moderator("desk", &Manner::default()).await.expect("a desk");
        desk.must(json!({"type": "open"})).await.expect("open");
        let ana = evening.citizen("ana", &Manner::default()).await.expect("a page");
        Arc::new(Self { evening, ana, desk })
    }

    /// The evening goes on: a question is asked and approved; how long that took.
    pub(crate) async fn goes_on(&self) -> Duration {
        let start = Instant::now();
        // Nobody asks the same thing twice.
        let text = format!("Va avanti la serata, comunque? {}", id());
        let question = self.ana.asks(&text).await.expect("asked");
        self.desk.judges("approve", &question, json!({})).await.expect("approved");
        start.elapsed()
    }

    /// The evening goes on by itself until it [`ends`](Running::ends).
    pub(crate) fn runs(self: &Arc<Self>) -> Running {
        let over = CancellationToken::new();
        let (until, beside) = (over.clone(), Arc::clone(self));
        let task = tokio::spawn(async move {
            let mut took = Percentiles::default();
            while !until.is_cancelled() {
                took.add(beside.goes_on().await);
                tokio::time::sleep(PACE).await;
            }
            took
        });
        Running { over, task }
    }

    /// The token of a new person.
    pub(crate) async fn token(&self) -> String {
        match self.evening.host.person().await.expect("a person") {
            Ticket::Bearer(token) => token,
            Ticket::None | Ticket::Cookie(_) => unreachable!("a program gets a token"),
        }
    }

    /// A bare socket of a new person, right after the upgrade.
    pub(crate) async fn socket(&self) -> TcpStream {
        let token = self.token().await;
        let server = &self.evening.host.server;
        let stream = server.connect().await.expect("it listens");
        upgraded(stream, server.authority(), &token).await.expect("a socket")
    }
}

impl Running {
    /// It goes on no more. How long a question took from its asking to its approval.
    pub(crate) async fn ends(self) -> Figures {
        self.over.cancel();
        self.task.await.expect("the evening goes on").figures()
    }
}

/// Makes a connection a citizen's socket; `None`: the server did not want it.
pub(crate) async fn upgraded(mut stream: TcpStream, host: &str, token: &str) -> Option<TcpStream> {
    let request = format!(
        "GET /ws/v1/sessions/sera?as=citizen HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer \
         {token}\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
         sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.ok()?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    head.starts_with(b"HTTP/1.1 101").then_some(stream)
}

/// A masked frame (with a mask of zeros, so that it reads as it is).
pub(crate) fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = head(first, payload.len());
    bytes.extend(payload);
    bytes
}

/// What stands before a payload of this length.
pub(crate) fn head(first: u8, length: usize) -> Vec<u8> {
    let mut bytes = vec![first];
    match length {
        short @ 0..126 => bytes.push(0x80 | short as u8),
        long @ 126..65536 => {
            bytes.push(0x80 | 126);
            bytes.extend((long as u16).to_be_bytes());
        }
        longer => {
            bytes.push(0x80 | 127);
            bytes.extend((longer as u64).to_be_bytes());
        }
    }
    bytes.extend([0; 4]);
    bytes
}

/// What the server sent over a socket: each frame's first byte and its payload.
pub(crate) fn frames(mut bytes: &[u8]) -> Vec<(u8, &[u8])> {
    let mut all = Vec::new();
    while let [first, short, rest @ ..] = bytes {
        let (length, rest) = match (short, rest) {
            (126, [a, b, rest @ ..]) => (usize::from(u16::from_be_bytes([*a, *b])), rest),
            (127, [a, b, c, d, e, f, g, h, rest @ ..]) => {
                (u64::from_be_bytes([*a, *b, *c, *d, *e, *f, *g, *h]) as usize, rest)
            }
            (short, rest) => (usize::from(*short), rest),
        };
        let Some((payload, rest)) = rest.split_at_checked(length) else { break };
        all.push((*first, payload));
        bytes = rest;
    }
    all
}

/// How a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct End {
    /// The close code; 0: the server went without a word.
    pub(crate) code: u16,
    pub(crate) after: Duration,
}

/// Sends until it is closed: what `next` gives, at this pace; `None` is silence from then on.
pub(crate) async fn thrown_out(
    mut stream: TcpStream,
    pace: Duration,
    mut next: impl FnMut() -> Option<Vec<u8>>,
) -> End {
    let start = Instant::now();
    let (mut reader, mut writer) = stream.split();
    let sends = async {
        while let Some(bytes) = next() {
            if writer.write_all(&bytes).await.is_err() {
                break;
            }
            if !pace.is_zero() {
                tokio::time::sleep(pace).await;
            }
        }
        std::future::pending::<()>().await;
    };
    let reads = async {
        let (mut all, mut some) = (Vec::new(), [0; 4096]);
        while let Ok(count @ 1..) = reader.read(&mut some).await {
            all.extend(&some[..count]);
        }
        all
    };
    let all = timeout(Duration::from_secs(60), async {
        tokio::select! { () = sends => unreachable!("it never ends"), all = reads => all }
    });
    let all = all.await.expect("it is thrown out");
    let code = match frames(&all).last() {
        Some((0x88, [a, b, ..])) => u16::from_be_bytes([*a, *b]),
        _ => 0,
    };
    End { code, after: start.elapsed() }
}

/// Processor time that a process has used.
pub(crate) fn processor(pid: u32) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).expect("it runs");
    let (_, fields) = stat.rsplit_once(')').expect("a name in brackets");
    let ticks = fields.split_whitespace().skip(11).take(2);
    let ticks: u64 = ticks.map(|ticks| ticks.parse::<u64>().expect("a number")).sum();
    // USER_HZ is 100 on every Linux that we run on.
    Duration::from_millis(ticks * 10)
}
