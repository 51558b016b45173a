//! A site, asked as a browser would: TCP, TLS by the system's certificates, HTTP/1.1.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use http::header::HOST;
use http::{HeaderMap, Request, Response, Uri};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::client::danger::ServerCertVerifier as _;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::{CertificateError, ClientConfig, Error as TlsError, RootCertStore};

use crate::doctor::{Line, Said};

/// No healthy site takes longer for anything that is asked here.
const PATIENCE: Duration = Duration::from_secs(15);
/// Bound: bytes of an answer that are read.
const MOST: usize = 4 << 20;
/// Days before the end of a certificate from which it is yellow: those that renew themselves do so
/// a month before.
const SOON_DAYS: u64 = 14;

/// Why it did not come to an answer, in the middle of a sentence.
pub(super) struct Failed {
    pub(super) it: String,
    pub(super) en: String,
}

impl Failed {
    fn new(it: &str, en: &str, why: impl std::fmt::Display) -> Self {
        Self { it: format!("{it} ({why})"), en: format!("{en} ({why})") }
    }
}

/// What was answered.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: String,
    headers: HeaderMap,
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// A connection, with or without TLS.
pub(super) trait Wire: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Wire for T {}

/// Where it is, and whom to believe that it is it.
pub(super) struct Site {
    host: String,
    port: u16,
    /// As it stands in `Host`.
    authority: String,
    tls: Option<Tls>,
}

struct Tls {
    connector: TlsConnector,
    verifier: Arc<WebPkiServerVerifier>,
    name: ServerName<'static>,
}

impl Site {
    pub(super) fn new(url: &Uri, ca: Option<&Path>) -> Result<Self, Failed> {
        let wrong =
            |why: &str| Failed::new("l’indirizzo non va bene", "the address does not do", why);
        let host = url.host().ok_or_else(|| wrong("https://domande.comune.example"))?.to_owned();
        let encrypted = match url.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(wrong("https://…, http://…")),
        };
        let port = url.port_u16().unwrap_or(if encrypted { 443 } else { 80 });
        let authority = url.authority().map_or(host.clone(), |authority| authority.to_string());
        let bare = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let tls = encrypted.then(|| Tls::new(&bare, ca)).transpose()?;
        Ok(Self { host: bare, port, authority, tls })
    }

    pub(super) const fn is_encrypted(&self) -> bool {
        self.tls.is_some()
    }

    pub(super) fn origin(&self) -> String {
        format!("{}://{}", if self.is_encrypted() { "https" } else { "http" }, self.authority)
    }

    /// The same name on port 80.
    pub(super) fn without_encryption(&self) -> Option<Uri> {
        format!("http://{}/", self.host).parse().ok()
    }

    /// Connects, and says how it stands with the certificate.
    pub(super) async fn certificate(&self) -> Result<Line, Failed> {
        let check = "certificate";
        let Some(tls) = &self.tls else {
            self.tcp().await?;
            return Ok(Line::yellow(
                check,
                Said::new("Non c’è nessun certificato.", "There is no certificate."),
                Said::new("Usa https.", "Use https."),
            ));
        };
        let stream = self.tcp().await?;
        let greeted = timeout(PATIENCE, tls.connector.connect(tls.name.clone(), stream)).await;
        let stream = match greeted {
            Err(_) => return Err(Failed::new("il proxy non saluta", "no TLS greeting", "TLS")),
            Ok(Err(error)) => return Ok(untrusted(&error)),
            Ok(Ok(stream)) => stream,
        };
        let shown = stream.get_ref().1.peer_certificates().unwrap_or_default();
        let days = shown.split_first().map_or(0, |(first, rest)| tls.days(first, rest));
        let says = Said::new(
            format!("Il certificato è valido per altri {days} giorni."),
            format!("The certificate is valid for another {days} days."),
        );
        if days >= SOON_DAYS {
            return Ok(Line::green(check, says));
        }
        Ok(Line::yellow(
            check,
            says,
            Said::new(
                "Rinnovalo adesso (`certbot renew`), e guarda perché non si è rinnovato da solo.",
                "Renew it now (`certbot renew`), and see why it was not renewed by itself.",
            ),
        ))
    }

    async fn tcp(&self) -> Result<TcpStream, Failed> {
        let connected =
            timeout(PATIENCE, TcpStream::connect((self.host.as_str(), self.port))).await;
        let none = |why: String| Failed::new("nessuna connessione", "no connection", why);
        connected
            .map_err(|_| none(format!("{} s", PATIENCE.as_secs())))?
            .map_err(|error| none(error.to_string()))
    }

    /// A connection on which requests can be made.
    pub(super) async fn connect(&self) -> Result<Box<dyn Wire>, Failed> {
        let stream = self.tcp().await?;
        let Some(tls) = &self.tls else { return Ok(Box::new(stream)) };
        let greeted = timeout(PATIENCE, tls.connector.connect(tls.name.clone(), stream)).await;
        let stream = greeted
            .map_err(|_| Failed::new("il proxy non saluta", "no TLS greeting", "TLS"))?
            .map_err(|error| Failed::new("TLS non riesce", "TLS fails", error))?;
        Ok(Box::new(stream))
    }

    /// Sends a request on a connection of its own; the head of the answer, its body to come.
    pub(super) async fn send(
        &self,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Result<Response<Incoming>, Failed> {
        let wire = TokioIo::new(self.connect().await?);
        let broken = |error: hyper::Error| {
            Failed::new("la risposta non è HTTP", "the answer is not HTTP", error)
        };
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(wire).await.map_err(broken)?;
        // It ends with the answer, or when that is dropped.
        tokio::spawn(connection.with_upgrades());
        let mut request = Request::get(path).header(HOST, &self.authority);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::empty()).map_err(|error| {
            Failed::new("la richiesta non va bene", "the request does not do", error)
        })?;
        let late =
            || Failed::new("nessuna risposta", "no answer", format!("{} s", PATIENCE.as_secs()));
        let answer = timeout(PATIENCE, sender.send_request(request)).await;
        answer.map_err(|_| late())?.map_err(broken)
    }

    /// Asks, and reads the whole answer.
    pub(super) async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Result<Answer, Failed> {
        let (head, body) = self.send(path, headers).await?.into_parts();
        let read = timeout(PATIENCE, to_bytes(Body::new(body), MOST)).await;
        let cut =
            |why: String| Failed::new("la risposta si interrompe", "the answer breaks off", why);
        let bytes = read
            .map_err(|_| cut(format!("{} s", PATIENCE.as_secs())))?
            .map_err(|error| cut(error.to_string()))?;
        let body = String::from_utf8_lossy(&bytes).into_owned();
        Ok(Answer { status: head.status.as_u16(), body, headers: head.headers })
    }
}

impl Tls {
    fn new(host: &str, ca: Option<&Path>) -> Result<Self, Failed> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if let Some(path) = ca {
            let unreadable =
                |why: String| Failed::new("--ca non si legge", "--ca cannot be read", why);
            let read =
                CertificateDer::pem_file_iter(path).map_err(|e| unreadable(e.to_string()))?;
            for certificate in read {
                let certificate = certificate.map_err(|error| unreadable(error.to_string()))?;
                roots.add(certificate).map_err(|error| unreadable(error.to_string()))?;
            }
        }
        let none = |why: String| {
            Failed::new(
                "nessun certificato di sistema",
                "no system certificates (install `ca-certificates`)",
                why,
            )
        };
        let (roots, provider) = (Arc::new(roots), Arc::new(default_provider()));
        let builder =
            WebPkiServerVerifier::builder_with_provider(Arc::clone(&roots), Arc::clone(&provider));
        let verifier = builder.build().map_err(|error| none(error.to_string()))?;
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| none(error.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from(host.to_owned())
            .map_err(|error| Failed::new("il nome non va bene", "the name does not do", error))?;
        Ok(Self { connector: TlsConnector::from(Arc::new(config)), verifier, name })
    }

    /// For how many whole days from now the verifier would still accept what was shown; a thousand
    /// at most. Asking it spares us a reader of certificates, and what it says is what counts.
    fn days(&self, first: &CertificateDer<'_>, rest: &[CertificateDer<'_>]) -> u64 {
        let now = UnixTime::now().as_secs();
        let holds = |days: u64| {
            let then = UnixTime::since_unix_epoch(Duration::from_secs(now + days * 86_400));
            self.verifier.verify_server_cert(first, rest, &self.name, &[], then).is_ok()
        };
        let (mut good, mut bad) = (0_u64, 1_000);
        while bad - good > 1 {
            let middle = good.midpoint(bad);
            if holds(middle) { good = middle } else { bad = middle }
        }
        good
    }
}

/// Why a browser would not show the page.
fn untrusted(error: &std::io::Error) -> Line {
    let inner = error.get_ref().and_then(|error| error.downcast_ref::<TlsError>());
    let renew = Said::new(
        "`certbot renew`, poi ricarica il proxy.",
        "`certbot renew`, then reload the proxy.",
    );
    let (says, todo) = match inner {
        Some(TlsError::InvalidCertificate(
            CertificateError::Expired | CertificateError::ExpiredContext { .. },
        )) => (Said::new("Il certificato è scaduto.", "The certificate has expired."), renew),
        Some(TlsError::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        )) => (
            Said::new("Il certificato è di un altro nome.", "The certificate is for another name."),
            Said::new(
                "Chiedine uno per il nome che le persone scrivono.",
                "Get one for the name that people type.",
            ),
        ),
        Some(TlsError::InvalidCertificate(CertificateError::UnknownIssuer)) => (
            Said::new(
                "Nessuno conosce chi ha firmato il certificato.",
                "Nobody knows who signed the certificate.",
            ),
            Said::new(
                "Il proxy deve mandare anche i certificati intermedi (fullchain.pem); per un’autorità propria: `--ca FILE`.",
                "The proxy must send the intermediate certificates, too (fullchain.pem); for an authority of your own: `--ca FILE`.",
            ),
        ),
        _ => (
            Said::new(format!("TLS non riesce: {error}."), format!("TLS fails: {error}.")),
            Said::new(
                "Guarda la configurazione TLS del proxy.",
                "Look at the proxy's TLS settings.",
            ),
        ),
    };
    Line::red("certificate", says, todo)
}
