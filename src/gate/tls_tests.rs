//! Which files do, what is said of those that do not, and what a renewal changes.

use std::error::Error as _;

use rcgen::{CertificateParams, KeyPair, date_time_ymd};

use super::*;

/// 2026-06-01, a noon.
const NOW: Timestamp = Timestamp(1_780_315_200_000);

/// A certificate of its own, and its key.
fn made(from: i32, until: i32) -> (String, String) {
    let mut params = CertificateParams::new(["domande.it".to_owned()]).expect("a name");
    (params.not_before, params.not_after) = (date_time_ymd(from, 1, 1), date_time_ymd(until, 1, 1));
    let key = KeyPair::generate().expect("a key");
    let own = params.self_signed(&key).expect("signed");
    (own.pem(), key.serialize_pem())
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn files(&self) -> TlsFiles {
        TlsFiles { certificate: self.0.path().join("cert.pem"), key: self.0.path().join("key.pem") }
    }

    fn holds(&self, certificate: &str, key: &str) {
        fs::write(self.files().certificate, certificate).expect("written");
        fs::write(self.files().key, key).expect("written");
    }

    fn complaint(&self) -> String {
        let fault = Tls::load(self.files(), NOW).expect_err("it does not do");
        fault.source().map_or(fault.to_string(), |why| format!("{fault}: {why}"))
    }
}

#[test]
fn what_does_not_do_is_said_with_the_file_and_what_to_do() {
    let folder = Folder::new();
    let (certificate, key) = made(2026, 2027);
    let (other, other_key) = made(2026, 2027);
    let locked = key.replace("PRIVATE", "ENCRYPTED PRIVATE");
    let cut = certificate.replace('A', "");
    let table = [
        (
            certificate.as_str(),
            other_key.as_str(),
            "key.pem is not that of the first certificate in",
        ),
        (&format!("{other}{certificate}"), &key, "let the server's own certificate stand before"),
        ("", &key, "cert.pem holds no certificate in PEM"),
        (&key, &key, "cert.pem holds no certificate in PEM"),
        (&cut, &key, "cert.pem holds no certificate in PEM"),
        (&certificate, &certificate, "key.pem holds no private key in PEM without a password"),
        (&certificate, &locked, "key.pem holds no private key in PEM without a password"),
    ];
    for (certificate, key, expected) in table {
        folder.holds(certificate, key);
        let found = folder.complaint();
        assert!(found.contains(expected), "{expected}: {found}");
    }
    for (from, until, expected) in [
        (2020, 2026, "has ended on 1 January 2026: renew it"),
        (2027, 2028, "begins on 1 January 2027: renew it, or set the clock"),
    ] {
        let (certificate, key) = made(from, until);
        folder.holds(&certificate, &key);
        let found = folder.complaint();
        assert!(found.contains(expected), "{expected}: {found}");
    }
    fs::remove_file(folder.files().key).expect("removed");
    folder.holds(&certificate, &key);
    fs::remove_file(folder.files().key).expect("removed");
    let found = folder.complaint();
    assert!(
        found.contains("key.pem cannot be read; the user") && found.contains("No such"),
        "{found}"
    );
}

#[test]
fn a_renewed_one_takes_the_place_and_a_broken_one_does_not() {
    let folder = Folder::new();
    let (certificate, key) = made(2026, 2027);
    folder.holds(&certificate, &key);
    let tls = Tls::load(folder.files(), NOW).expect("they do");
    let first = tls.ends();
    assert!(tls.is_for("domande.it") && !tls.is_for("altro.it") && !tls.is_for("[::1]"));
    assert!(!tls.has_changed());

    // The certificate is there, its key not yet.
    let (certificate, key) = made(2026, 2028);
    fs::write(folder.files().certificate, &certificate).expect("written");
    assert!(tls.has_changed());
    tls.reload(NOW).expect_err("they do not belong together");
    assert!(!tls.has_changed(), "it is complained of once");
    assert_eq!(tls.ends(), first);

    fs::write(folder.files().key, &key).expect("written");
    assert!(tls.has_changed());
    tls.reload(NOW).expect("they do");
    assert!(tls.ends() > first);
}
