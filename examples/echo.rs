//! Sends back every message, on sockets that are set up as the server's seats are: what
//! `tests/autobahn` holds against the standard.
//!
//! Two bounds are wider than a seat's, since some of the cases send 16 MiB at once: how long a
//! message may be, and how much may wait to be written. How a broken connection ends is a seat's
//! way: close 1008, and the other side's close is waited for.

#![expect(clippy::print_stdout, reason = "it says where it listens")]

use std::io::Write as _;
use std::time::Duration;

use filodiretto::hub::socket_settings;
use filodiretto::qa::Language;
use filodiretto::wire::Close;
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::accept_async_with_config;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

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
        tokio::spawn(async move { drop(echo(stream).await) });
    }
}

async fn echo(stream: TcpStream) -> Result<(), Error> {
    let settings = socket_settings()
        .max_message_size(Some(MOST))
        .max_frame_size(Some(MOST))
        .max_write_buffer_size(2 * MOST);
    let mut socket = accept_async_with_config(stream, Some(settings)).await?;
    while let Some(message) = socket.next().await {
        match message {
            Ok(message) if message.is_text() || message.is_binary() => socket.send(message).await?,
            Ok(_) => {}
            Err(Error::Protocol(_) | Error::Utf8(_)) => {
                let (code, reason) =
                    (Close::Broken.code(), Close::Broken.reason(Language::English));
                let frame = CloseFrame { code: code.into(), reason: reason.into() };
                socket.close(Some(frame)).await?;
                let parting = async { while let Some(Ok(_)) = socket.next().await {} };
                drop(tokio::time::timeout(PARTING, parting).await);
                return Ok(());
            }
            Err(gone) => return Err(gone),
        }
    }
    Ok(())
}
