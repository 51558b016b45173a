//! Sends back every message, heard and framed as the server's seats do it: what `tests/autobahn`
//! holds against the standard.
//!
//! One bound is wider than a seat's, since some of the cases send 16 MiB at once: how long a message
//! may be. How a broken connection ends is a seat's way: close 1008, and the other side's close is
//! waited for.

#![expect(clippy::print_stdout, reason = "it says where it listens")]

use std::io::Write as _;
use std::time::Duration;

use filodiretto::hub::{Garbled, Heard, Inbound};
use filodiretto::qa::Language;
use filodiretto::wire::Close;
use filodiretto::wire::frame::framed;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Control, Data, OpCode};

/// The largest message of the cases.
const MOST: usize = 16 << 20;

/// How long the other side's close is waited for.
const PARTING: Duration = Duration::from_secs(1);

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("ws://{}", listener.local_addr()?);
    std::io::stdout().flush()?;
    loop {
        let (stream, _) = listener.accept().await?;
        // What went wrong on one connection is what the cases are about.
        tokio::spawn(async move { drop(echo(BufReader::new(stream)).await) });
    }
}

async fn echo(mut stream: BufReader<TcpStream>) -> anyhow::Result<()> {
    shakes_hands(&mut stream).await?;
    let mut inbound = Inbound::new(MOST);
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = stream.read(&mut buffer).await?;
        if read == 0 {
            return Ok(());
        }
        inbound.push(&buffer[..read]);
        loop {
            let answer = match inbound.hear() {
                Ok(None) => break,
                Ok(Some(Heard::Text(text))) => framed(OpCode::Data(Data::Text), text.as_bytes()),
                Ok(Some(Heard::Binary(bytes))) => framed(OpCode::Data(Data::Binary), &bytes),
                Ok(Some(Heard::Ping(bytes))) => framed(OpCode::Control(Control::Pong), &bytes),
                Ok(Some(Heard::Pong)) => continue,
                Ok(Some(Heard::Close(code))) => {
                    let code = code.map(u16::to_be_bytes);
                    let code = code.as_ref().map_or(&[][..], |code| &code[..]);
                    let close = framed(OpCode::Control(Control::Close), code);
                    stream.write_all(&close).await?;
                    return Ok(());
                }
                Err(Garbled::Broken | Garbled::TooLarge) => {
                    let mut reason = Close::Broken.code().to_be_bytes().to_vec();
                    reason.extend_from_slice(Close::Broken.reason(Language::English).as_bytes());
                    stream.write_all(&framed(OpCode::Control(Control::Close), &reason)).await?;
                    let parting = async {
                        while stream.read(&mut buffer).await? > 0 {}
                        Ok(())
                    };
                    let parted: Result<std::io::Result<()>, _> =
                        tokio::time::timeout(PARTING, parting).await;
                    drop(parted);
                    return Ok(());
                }
            };
            stream.write_all(&answer).await?;
        }
    }
}

/// Answers the request for a socket; the cases' client asks for nothing else.
async fn shakes_hands(stream: &mut BufReader<TcpStream>) -> anyhow::Result<()> {
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
    Ok(())
}
