//! The first words on a connection that this server encrypts by itself.
//!
//! Bound: one handshake is one task and the buffers of rustls, for five seconds at most; whoever
//! says nothing, or trickles, is closed then, as over plain HTTP. It is counted at the doors before.

use std::io;
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::telemetry::METRICS;

/// From the connection to the end of the handshake: three ways there and back, on a bad network.
const HANDSHAKE: Duration = Duration::from_secs(5);

/// To who speaks plain HTTP here, such as a person who typed the port and not `https`.
const IN_CLEAR: &[u8] = b"HTTP/1.1 400 Bad Request\r\n\
    content-type: text/plain; charset=utf-8\r\n\
    content-language: it, en\r\n\
    connection: close\r\n\
    \r\n\
    Questo indirizzo comincia con https://, non con http://.\n\
    The address of this page begins with https://, and not with http://.\n";

/// Brings TLS about. `None`: it was too slow, speaks something else, or has gone.
pub(super) async fn handshake(
    stream: TcpStream,
    acceptor: &TlsAcceptor,
) -> Option<TlsStream<TcpStream>> {
    let begun = async {
        let mut first = [0];
        // A handshake begins with the byte 22, a request with a letter.
        if stream.peek(&mut first).await? == 1 && first[0].is_ascii_alphabetic() {
            decline(stream).await?;
            return Err(io::ErrorKind::InvalidData.into());
        }
        acceptor.accept(stream).await
    };
    match timeout(HANDSHAKE, begun).await {
        Ok(Ok(stream)) => Some(stream),
        Ok(Err(_)) => {
            METRICS.tls_failures_total.add();
            None
        }
        Err(_) => {
            METRICS.connections_too_slow_total.add();
            None
        }
    }
}

/// Says how to come in instead.
async fn decline(mut stream: TcpStream) -> io::Result<()> {
    // What was sent is taken first: a connection closed over unread bytes is reset, and the answer
    // with it.
    let _ = stream.try_read(&mut [0; 4096]);
    stream.write_all(IN_CLEAR).await?;
    stream.shutdown().await
}
