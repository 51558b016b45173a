//! Sends back every message, on seats of the server's own: what `tests/autobahn` holds against the
//! standard. Of an evening's seats they have everything but a room to tell them something; a message may be
//! longer, since some of the cases send 16 MiB at once.

#![expect(clippy::print_stdout, reason = "it says where it listens")]

use std::io::Write as _;
use std::sync::Arc;

use filodiretto::hub::{Handle, Hub, RING_FRAMES, echo};
use filodiretto::journal::{Journal, Keys, Memory};
use filodiretto::qa::{SessionId, Timestamp};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

/// The largest message of the cases.
const MOST: usize = 16 << 20;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let journal = Journal::new(Arc::new(Memory::new()), Arc::new(Keys::in_memory()));
    let hub = Hub::open(journal, || Timestamp(0), None, RING_FRAMES).await?;
    let room = hub.session(SessionId::from_u128(1)).await?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("ws://{}", listener.local_addr()?);
    std::io::stdout().flush()?;
    loop {
        let (stream, _) = listener.accept().await?;
        // What went wrong on one connection is what the cases are about.
        tokio::spawn(sits(BufReader::new(stream), room.clone()));
    }
}

/// Answers the request for a socket; the cases' client asks for nothing else.
async fn sits(mut stream: BufReader<TcpStream>, room: Handle) -> anyhow::Result<()> {
    let mut key = String::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await?;
        match line.split_once(':') {
            Some((name, value)) if name.eq_ignore_ascii_case("sec-websocket-key") => {
                value.trim().clone_into(&mut key);
            }
            Some(_) => {}
            None if line.trim().is_empty() => break,
            None => {}
        }
    }
    let accept = derive_accept_key(key.as_bytes());
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\
         sec-websocket-accept: {accept}\r\n\r\n"
    );
    stream.write_all(answer.as_bytes()).await?;
    let early = stream.buffer().to_vec();
    Ok(echo(&room, stream.into_inner(), early, MOST)?)
}
