//! A server that encrypts by itself: who gets in, who does not, and a new certificate on the way.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use rcgen::{CertificateParams, KeyPair};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use crate::support::server::ADMIN;
use crate::support::{Answer, Ask, PATIENCE, Server, id, until};

/// A folder with a certificate for this machine and its key.
struct Files(tempfile::TempDir);

impl Files {
    /// With the first certificate, and what a client must trust to accept it.
    fn new() -> (Self, CertificateDer<'static>) {
        let files = Self(tempfile::tempdir().expect("a folder"));
        let trusted = files.renew();
        (files, trusted)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Others in their place.
    fn renew(&self) -> CertificateDer<'static> {
        let params = CertificateParams::new(["127.0.0.1".to_owned()]).expect("a name");
        let key = KeyPair::generate().expect("a key");
        let own = params.self_signed(&key).expect("signed");
        std::fs::write(self.path("cert.pem"), own.pem()).expect("written");
        std::fs::write(self.path("key.pem"), key.serialize_pem()).expect("written");
        own.der().clone()
    }

    fn flags(&self) -> [String; 4] {
        let text = |name| self.path(name).display().to_string();
        ["--tls-cert".into(), text("cert.pem"), "--tls-key".into(), text("key.pem")]
    }

    async fn server(&self) -> Server {
        Server::with(&self.flags().each_ref().map(String::as_str)).await
    }
}

/// Who trusts this certificate alone, and offers what is named.
fn client(
    trusted: &CertificateDer<'static>,
    version: &'static SupportedProtocolVersion,
    protocol: &str,
) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).expect("a certificate");
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let config = config.with_protocol_versions(&[version]).expect("it is known");
    let mut config = config.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![protocol.into()];
    TlsConnector::from(Arc::new(config))
}

fn modern(trusted: &CertificateDer<'static>) -> TlsConnector {
    client(trusted, &TLS13, "http/1.1")
}

async fn line(server: &Server, client: &TlsConnector) -> std::io::Result<TlsStream<TcpStream>> {
    let stream = TcpStream::connect(server.address()).await?;
    let name = "127.0.0.1".try_into().expect("a name");
    timeout(PATIENCE, client.connect(name, stream)).await.expect("in time")
}

async fn sent(server: &Server, client: &TlsConnector, ask: Ask) -> Answer {
    let mut line = line(server, client).await.expect("a handshake");
    line.write_all(&ask.bytes()).await.expect("it takes a request");
    let mut bytes = Vec::new();
    timeout(PATIENCE, line.read_to_end(&mut bytes))
        .await
        .expect("in time")
        .expect("closed in order");
    Answer::read(&bytes, "over TLS")
}

#[tokio::test]
async fn pages_writes_and_cookies_go_over_it_and_nothing_in_clear() {
    let (files, trusted) = Files::new();
    let server = files.server().await;
    for client in [modern(&trusted), client(&trusted, &TLS12, "http/1.1")] {
        sent(&server, &client, server.ask("GET", "/readyz")).await.must(200);
    }
    let h2 = line(&server, &client(&trusted, &TLS13, "h2")).await;
    assert!(h2.is_err(), "only HTTP/1.1 is spoken");

    let me =
        |origin: &str| server.ask("POST", "/api/v1/me").header("origin", origin).json(&json!({}));
    let ours = format!("https://{}", server.address());
    let made = sent(&server, &modern(&trusted), me(&ours)).await.must(204);
    let cookie = made.header("set-cookie").expect("a cookie");
    assert!(cookie.starts_with("__Host-filodiretto=") && cookie.contains("Secure;"), "{cookie}");
    assert_eq!(made.header("strict-transport-security"), None, "others use 127.0.0.1, too");
    let foreign = format!("http://{}", server.address());
    sent(&server, &modern(&trusted), me(&foreign).cookie("x=y")).await.must(403);

    let clear = server.ask("GET", "/").sent().await.must(400);
    assert!(clear.body.contains("https://"), "{}", clear.body);
}

#[tokio::test]
async fn a_renewed_certificate_ends_nobodys_connection_and_a_broken_one_changes_nothing() {
    let (files, first) = Files::new();
    let server = files.server().await;
    let old = modern(&first);
    let open = json!({"slug": "sera", "title": "Una sera", "language": "it", "rehearsal": true});
    let ask = server.ask("POST", "/api/v1/sessions").bearer(ADMIN).json(&open);
    sent(&server, &old, ask).await.must(201);
    let url = format!("wss://{}/ws/v1/sessions/sera?as=desk", server.address());
    let mut request = url.into_client_request().expect("an address");
    let bearer = format!("Bearer {ADMIN}").parse().expect("a value");
    request.headers_mut().insert("authorization", bearer);
    let stream = line(&server, &old).await.expect("a handshake");
    let (mut desk, _) = client_async(request, stream).await.expect("a socket");

    let second = files.renew();
    server.signal("HUP");
    let new = modern(&second);
    until("the new one is shown", async || line(&server, &new).await.is_ok()).await;
    // Not `old`, which resumes what it has begun.
    assert!(line(&server, &modern(&first)).await.is_err(), "the old one is not shown any more");

    // The key has come, its certificate has not.
    let key = KeyPair::generate().expect("a key").serialize_pem();
    std::fs::write(files.path("key.pem"), key).expect("written");
    server.signal("HUP");
    until("it is said", async || server.log().contains("the old one goes on")).await;
    assert!(server.log().contains("is not that of the first certificate"), "{}", server.log());
    sent(&server, &new, server.ask("GET", "/healthz")).await.must(200);

    let open = json!({"type": "open", "id": id()}).to_string();
    desk.send(Message::text(open)).await.expect("the line stands");
    let done = async {
        loop {
            let message = desk.next().await.expect("the line stands").expect("a message");
            if message.to_text().is_ok_and(|text| text.contains("\"done\"")) {
                return;
            }
        }
    };
    timeout(PATIENCE, done).await.expect("a reply over the line of before");
}

/// Silence, the beginning of a handshake, and one that trickles: each holds a place at the doors
/// for seconds, not for an evening.
#[tokio::test]
async fn who_does_not_come_to_a_handshake_is_closed() {
    let (files, trusted) = Files::new();
    let server = files.server().await;
    let stays = async |bytes: &[u8], every: Duration| {
        let start = Instant::now();
        let mut stream = TcpStream::connect(server.address()).await.expect("it listens");
        let mut bytes = bytes.iter();
        let mut answer = [0; 64];
        while !matches!(timeout(every, stream.read(&mut answer)).await, Ok(Ok(0) | Err(_))) {
            assert!(start.elapsed() < PATIENCE, "never closed");
            if let Some(byte) = bytes.next() {
                let _ = stream.write_all(&[*byte]).await;
            }
        }
        start.elapsed()
    };
    // A record that promises 512 bytes of a handshake.
    let mut hello = vec![0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3];
    hello.resize(500, 0);
    let (silent, begun, trickled) = tokio::join!(
        stays(b"", PATIENCE),
        stays(&hello[..4], Duration::from_millis(1)),
        stays(&hello, Duration::from_millis(50)),
    );
    for (what, took) in [("silent", silent), ("begun", begun), ("trickled", trickled)] {
        assert!((4.5..15.0).contains(&took.as_secs_f64()), "{what}: {took:?}");
    }
    let figures = server.ask("GET", "/metrics").bearer(ADMIN);
    let figures = sent(&server, &modern(&trusted), figures).await.must(200).body;
    for figure in ["connections_too_slow_total 3", "connections 1"] {
        assert!(figures.contains(&format!("\nfilodiretto_{figure}\n")), "{figure}: {figures}");
    }
}

/// At the start, and where an operator looks before it.
#[test]
fn files_that_do_not_do_are_named_before_anybody_is_let_in() {
    let (files, _) = Files::new();
    let (others, _) = Files::new();
    std::fs::copy(others.path("key.pem"), files.path("key.pem")).expect("copied");
    let data = tempfile::tempdir().expect("a folder");
    let run = |command: &str, flags: &[String]| {
        let mut run = Command::new(env!("CARGO_BIN_EXE_filodiretto"));
        run.args([command, "--listen", "127.0.0.1:0", "--data"]).arg(data.path()).args(flags);
        let output = run.output().expect("it starts");
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&said).into_owned())
    };
    for command in ["serve", "check-config"] {
        let (well, said) = run(command, &files.flags());
        assert!(
            !well && said.contains("is not that of the first certificate"),
            "{command}: {said}"
        );
        assert!(!said.contains("PRIVATE"), "{said}");
    }
    let (well, said) = run("check-config", &files.flags()[..2]);
    assert!(!well && said.contains("`tls_key` from default: none does not do"), "{said}");
    let (well, said) = run("check-config", &others.flags());
    assert!(well && said.contains("key.pem can be read by every user"), "{said}");
}
