//! What somebody costs who has no seat: CPU time of the server's process for each look at the board.
//!
//! A server of its own, on its core; the visitors are threads of this process on another, over
//! connections that stay open, as a phone's does between two looks.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, bail};
use rustix::thread::{CpuSet, sched_setaffinity};
use serde_json::json;

use super::ours::{Ours, enter};
use super::people::LOOK;
use super::process::cpu;
use super::{CROWDS, Scale};
use crate::bench::{Bar, Row, now};

/// Published questions: more than a board holds.
const QUESTIONS: usize = 100;
/// Connections, each with one request at a time; enough that the server does not rest between two.
const VISITORS: usize = 64;
/// Requests of one run, for each second that a run is to take; three runs of each kind.
const REQUESTS: f64 = 10_000.0;
const TURNS: usize = 3;
/// Without an answer for this long, the run has failed.
const PATIENCE: Duration = Duration::from_secs(10);
/// What every phone sends beside.
const PHONE: &str = "accept: */*\r\naccept-language: it-IT,it;q=0.9,en;q=0.8\r\nuser-agent: \
                     Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) \
                     Chrome/130.0.0.0 Mobile Safari/537.36\r\n";

/// Measures.
///
/// # Errors
/// The server does not start, or does not answer as it should.
pub(super) async fn run(rows: &mut Vec<Row>, scale: Scale, folder: &Path) -> anyhow::Result<()> {
    let ours = Ours::start(folder)?;
    let evening = ours.evening("bacheca", json!({})).await?;
    enter(&evening, QUESTIONS).await?;
    let (at, process) = (ours.address, ours.server.id());
    let requests = (REQUESTS * scale.seconds) as usize;
    let measured = std::thread::spawn(move || crowd(at, process, requests));
    let [plain, packed, known] =
        measured.join().map_err(|_| anyhow::anyhow!("a visitor stumbled"))??;
    let detail = format!(
        "in gzip, {:.1} kB with its head; {:.1} µs plain ({:.1} kB), {:.1} µs for who has it",
        packed.bytes as f64 / 1e3,
        plain.micros,
        plain.bytes as f64 / 1e3,
        known.micros,
    );
    let bar = Bar::AtMost(20.0);
    let measure = "a visitor on the board, per request";
    rows.push(Row::with_bar(measure, packed.micros, "µs CPU", detail, bar));
    Ok(())
}

/// One kind of request.
struct Kind {
    /// Of the server, for each.
    micros: f64,
    /// Of an answer.
    bytes: usize,
}

/// As it is, in gzip, and with the tag of the latter.
fn crowd(at: SocketAddr, process: u32, requests: usize) -> anyhow::Result<[Kind; 3]> {
    let mut core = CpuSet::new();
    core.set(CROWDS);
    sched_setaffinity(None, &core)?;
    let mut visitors =
        (0..VISITORS).map(|_| TcpStream::connect(at)).collect::<Result<Vec<_>, _>>()?;
    for visitor in &visitors {
        visitor.set_nodelay(true)?;
        visitor.set_read_timeout(Some(PATIENCE))?;
    }
    let request = |more: &str| {
        format!("GET /api/v1/sessions/bacheca/board HTTP/1.1\r\nhost: {at}\r\n{PHONE}{more}\r\n")
    };
    let gzip = "accept-encoding: gzip, deflate, br\r\n";
    let (head, _) = first(&mut visitors[0], &request(gzip))?;
    let tag = head.lines().find_map(|line| line.strip_prefix("etag: ")).context("a tag")?;
    let known = format!("{gzip}if-none-match: {tag}\r\n");
    let mut kinds = ["", gzip, &known].map(|more| (request(more), Vec::new(), 0));
    for _ in 0..TURNS {
        for (request, costs, bytes) in &mut kinds {
            *bytes = first(&mut visitors[0], request)?.1;
            let before = cpu(process)?;
            let mut answered = 0;
            while answered < requests {
                for visitor in &mut visitors {
                    visitor.write_all(request.as_bytes())?;
                }
                let mut answer = vec![0; *bytes];
                for visitor in &mut visitors {
                    looks(visitor, &mut answer)?;
                    anyhow::ensure!(answer.starts_with(b"HTTP/1.1 "), "answers of one length");
                    answered += 1;
                }
            }
            costs.push((cpu(process)? - before).as_secs_f64() * 1e6 / answered as f64);
        }
    }
    Ok(kinds.map(|(_, mut costs, bytes)| {
        costs.sort_by(f64::total_cmp);
        Kind { micros: costs[TURNS / 2], bytes }
    }))
}

/// Reads all of an answer. Nobody sleeps on the socket: waking them would count as the server's work.
fn looks(visitor: &mut TcpStream, answer: &mut [u8]) -> anyhow::Result<()> {
    visitor.set_nonblocking(true)?;
    let (mut held, start) = (0, now());
    while held < answer.len() {
        match visitor.read(&mut answer[held..]) {
            Ok(0) => bail!("the server hung up on a visitor"),
            Ok(read) => held += read,
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                anyhow::ensure!(start.elapsed() < PATIENCE, "a visitor has no answer");
                std::thread::sleep(LOOK);
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(visitor.set_nonblocking(false)?)
}

/// The head of an answer, and its length with it.
fn first(visitor: &mut TcpStream, request: &str) -> anyhow::Result<(String, usize)> {
    visitor.write_all(request.as_bytes())?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        visitor.read_exact(&mut byte)?;
        head.extend(byte);
    }
    let head = String::from_utf8(head)?;
    let good = head.starts_with("HTTP/1.1 200") || head.starts_with("HTTP/1.1 304");
    anyhow::ensure!(good, "the board answers {head}");
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let length: usize = length.map_or(Ok(0), str::parse)?;
    std::io::copy(&mut visitor.take(length as u64), &mut std::io::sink())?;
    let whole = head.len() + length;
    Ok((head, whole))
}
