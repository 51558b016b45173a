//! The certificate with which this server encrypts by itself, where no proxy does it.
//!
//! Two PEM files: the certificate with those that vouch for it, ours first, and its private key.
//! They are checked whole before anybody meets them: what does not do is a [`TlsFault`] that says
//! which file and what to do. A renewed certificate takes the place of the old one for the
//! handshakes to come; connections that stand go on. One that does not do leaves the old in place.
//!
//! TLS 1.2 and 1.3, HTTP/1.1 alone, rustls with *ring*: nothing of the machine's OpenSSL.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::pem::{self, PemObject as _};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::server::{ClientHello, ParsedCertificate, ResolvesServerCert};
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::{self, InconsistentKeys, ServerConfig};
use x509_cert::Certificate;
use x509_cert::der::Decode as _;

use crate::qa::Timestamp;

/// Where they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// Ours first, then those that vouch for it.
    pub certificate: PathBuf,
    /// The private key of the first.
    pub key: PathBuf,
}

/// Why nothing can be encrypted with them.
#[derive(Debug, thiserror::Error)]
pub enum TlsFault {
    /// The machine says no.
    #[error("{} cannot be read; the user this server runs as must be able to", path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// It is something else, or damaged.
    #[error("{} holds no {expected}", path.display())]
    NotThat {
        /// Which one.
        path: PathBuf,
        /// What should stand there, and how it begins.
        expected: &'static str,
    },
    /// rustls has no use for it.
    #[error("{} cannot be used", path.display())]
    Unusable {
        /// Which one.
        path: PathBuf,
        /// What rustls says.
        source: rustls::Error,
    },
    /// Two that do not belong together.
    #[error(
        "the key in {} is not that of the first certificate in {}: name the two that were made \
         together, and let the server's own certificate stand before those that vouch for it",
        files.key.display(), files.certificate.display()
    )]
    Mismatch {
        /// Both.
        files: TlsFiles,
    },
    /// Browsers turn away from it.
    #[error("the certificate in {} {what} on {}: renew it, or set the clock", path.display(), day(*at))]
    Date {
        /// Which one.
        path: PathBuf,
        /// Too early or too late.
        what: &'static str,
        /// The day.
        at: Timestamp,
    },
    /// The machine gives no random numbers.
    #[error("failed to prepare TLS")]
    Prepare(#[from] rustls::Error),
}

const CERTIFICATE: &str = "certificate in PEM (`-----BEGIN CERTIFICATE-----`)";
const KEY: &str = "private key in PEM without a password (`-----BEGIN PRIVATE KEY-----`)";

/// What handshakes are made with.
#[derive(Debug)]
pub struct Tls {
    files: TlsFiles,
    config: Arc<ServerConfig>,
    current: Arc<Current>,
}

impl Tls {
    /// Reads both files and checks them.
    ///
    /// # Errors
    /// See [`TlsFault`].
    pub fn load(files: TlsFiles, now: Timestamp) -> Result<Self, TlsFault> {
        let stamp = Stamp::of(&files);
        let shown = Shown::read(&files, now)?;
        let current = Arc::new(Current(Mutex::new((Arc::new(shown), stamp))));
        let mut config = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(&current) as Arc<dyn ResolvesServerCert>);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        // A phone that wakes resumes without a signature of ours, and we remember nothing of it.
        config.ticketer = ring::Ticketer::new()?;
        Ok(Self { files, config: Arc::new(config), current })
    }

    /// Looks again. Whatever comes of it, what was there goes on until something better is.
    ///
    /// # Errors
    /// See [`TlsFault`].
    pub fn reload(&self, now: Timestamp) -> Result<(), TlsFault> {
        let stamp = Stamp::of(&self.files);
        let shown = Shown::read(&self.files, now);
        let mut current = self.current.held();
        // Also after a fault: the same files are not complained of again.
        current.1 = stamp;
        current.0 = Arc::new(shown?);
        Ok(())
    }

    /// Whether the files are others than when they were last read.
    pub fn has_changed(&self) -> bool {
        Stamp::of(&self.files) != self.current.held().1
    }

    /// Makes handshakes, with the certificate that is in force when each begins.
    pub fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.config))
    }

    /// When the certificate in force ends.
    pub fn ends(&self) -> Timestamp {
        self.current.held().0.ends
    }

    /// Whether the certificate in force is one for this host. What cannot be a host is not asked of
    /// a certificate.
    pub fn is_for(&self, host: &str) -> bool {
        let shown = Arc::clone(&self.current.held().0);
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let Ok(name) = ServerName::try_from(host) else { return true };
        let parsed = shown.key.end_entity_cert().and_then(ParsedCertificate::try_from);
        parsed.is_ok_and(|own| rustls::client::verify_server_name(&own, &name).is_ok())
    }
}

/// The certificate in force, and the files as they were when it was read.
#[derive(Debug)]
struct Current(Mutex<(Arc<Shown>, Stamp)>);

impl Current {
    fn held(&self) -> std::sync::MutexGuard<'_, (Arc<Shown>, Stamp)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.held().0.key))
    }
}

/// What a visitor is shown.
#[derive(Debug)]
struct Shown {
    key: Arc<CertifiedKey>,
    ends: Timestamp,
}

impl Shown {
    fn read(files: &TlsFiles, now: Timestamp) -> Result<Self, TlsFault> {
        let path = &files.certificate;
        let not_that = |path: &Path, expected| TlsFault::NotThat { path: path.into(), expected };
        let chain = CertificateDer::pem_slice_iter(&text(path)?).collect::<Result<Vec<_>, _>>();
        let chain = chain.map_err(|_: pem::Error| not_that(path, CERTIFICATE))?;
        let own = chain.first().ok_or_else(|| not_that(path, CERTIFICATE))?;
        let own = Certificate::from_der(own).map_err(|_| not_that(path, CERTIFICATE))?;
        let validity = own.tbs_certificate.validity;
        let (begins, ends) = (moment(validity.not_before), moment(validity.not_after));
        let date = |what, at| TlsFault::Date { path: path.clone(), what, at };
        if now < begins {
            return Err(date("begins", begins));
        } else if ends <= now {
            return Err(date("has ended", ends));
        }
        let key = PrivateKeyDer::from_pem_slice(&text(&files.key)?);
        let key = key.map_err(|_| not_that(&files.key, KEY))?;
        let key = CertifiedKey::from_der(chain, key, &provider()).map_err(|why| match why {
            rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
                TlsFault::Mismatch { files: files.clone() }
            }
            source => TlsFault::Unusable { path: files.key.clone(), source },
        })?;
        Ok(Self { key: Arc::new(key), ends })
    }
}

/// One provider, named everywhere: a default of the process would be whatever was first.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

fn text(path: &Path) -> Result<Vec<u8>, TlsFault> {
    fs::read(path).map_err(|source| TlsFault::File { path: path.into(), source })
}

fn moment(time: x509_cert::time::Time) -> Timestamp {
    Timestamp(i64::try_from(time.to_unix_duration().as_millis()).unwrap_or(i64::MAX))
}

fn day(at: Timestamp) -> String {
    let known = jiff::Timestamp::from_millisecond(at.0);
    known.map_or_else(
        |_| "a day beyond any calendar".to_owned(),
        |at| at.strftime("%-d %B %Y").to_string(),
    )
}

/// What tells that a file was replaced or written anew. Renewers put links in place of links, so
/// these are followed.
#[derive(Debug, PartialEq, Eq)]
struct Stamp([Option<(u64, u64, i64, i64)>; 2]);

impl Stamp {
    fn of(files: &TlsFiles) -> Self {
        Self([&files.certificate, &files.key].map(|path| {
            let file = fs::metadata(path).ok()?;
            Some((file.ino(), file.size(), file.mtime(), file.mtime_nsec()))
        }))
    }
}

#[cfg(test)]
#[path = "tls_tests.rs"]
mod tests;
