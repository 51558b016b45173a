//! The files of the gate: the key that signs identities, and the administrator's token.
//!
//! Both are made at the first start, readable by their user alone. The key's file holds one key a
//! line, 64 hexadecimal digits: the first signs, the others still verify. So a key is changed by
//! writing a new line above the old ones; who is known stays known.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use super::identity::Identities;
use super::secret::{ADMIN_PREFIX, Secret, is_token, key_from_hex, new_token, random, to_hex};

/// Of the key file, in the data directory.
pub const IDENTITY_KEY: &str = "identity-key";
/// Of the file with the administrator's token, in the data directory.
pub const ADMIN_TOKEN: &str = "admin-token";
/// Characters that an administrator's token must have at least.
pub const ADMIN_TOKEN_MIN: usize = 32;

/// Why the gate has no keys.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read or made.
    #[error("cannot read or make `{}`", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The key file holds something else.
    #[error(
        "line {line} of `{}` is no key: 64 hexadecimal digits are expected \
         (to start anew, remove the file; everybody then becomes a new person)",
        path.display()
    )]
    NotAKey {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
    },
    /// The administrator's token does not serve as one.
    #[error("the administrator's token from {origin} {problem}")]
    AdminToken {
        /// Where it comes from.
        origin: String,
        /// What is wrong with it.
        problem: WeakToken,
    },
}

/// Why a text cannot be the administrator's token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WeakToken {
    /// It could be guessed.
    #[error("has {0} characters; 32 or more are needed (`openssl rand -hex 32` makes one)")]
    Short(usize),
    /// It could not travel in every header and address.
    #[error(
        "may consist of A-Z, a-z, 0-9, - and _ only, at most 256 of them (`openssl rand -hex 32` makes one)"
    )]
    Characters,
}

/// Whether a text can be the administrator's token.
pub fn check_admin_token(text: &str) -> Result<(), WeakToken> {
    let length = text.chars().count();
    if length < ADMIN_TOKEN_MIN {
        Err(WeakToken::Short(length))
    } else if !is_token(text) {
        Err(WeakToken::Characters)
    } else {
        Ok(())
    }
}

/// The key file's keys; at the first start it makes one.
pub fn identities(data: &Path) -> Result<Identities, KeyError> {
    let path = data.join(IDENTITY_KEY);
    let text = read_or_make(&path, || format!("{}\n", to_hex(&random::<32>())))?;
    parse_keys(&text).map_err(|line| KeyError::NotAKey { path, line })
}

/// Keys as the key file holds them; else the line (from 1) that is none.
pub fn parse_keys(text: &str) -> Result<Identities, usize> {
    let mut identities: Option<Identities> = None;
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let key = key_from_hex(line.trim()).ok_or(index + 1)?;
        identities = Some(match identities {
            None => Identities::new(key),
            Some(newer) => newer.with_old(key),
        });
    }
    identities.ok_or(1)
}

/// The administrator's token: the one that was set, else the one in its file, which the first start
/// makes.
pub fn admin_token(set: Option<&Secret>, data: &Path) -> Result<Secret, KeyError> {
    let (token, origin) = match set {
        Some(token) => (token.clone(), "the settings".to_owned()),
        None => {
            let path = data.join(ADMIN_TOKEN);
            let text = read_or_make(&path, || {
                format!("{}\n", new_token(ADMIN_PREFIX, random()).expose())
            })?;
            (Secret::new(text.trim().to_owned()), format!("`{}`", path.display()))
        }
    };
    check_admin_token(token.expose())
        .map_err(|problem| KeyError::AdminToken { origin, problem })?;
    Ok(token)
}

fn read_or_make(path: &Path, make: impl FnOnce() -> String) -> Result<String, KeyError> {
    let read = || {
        close_to_others(path)?;
        fs::read_to_string(path)
    };
    let found = match read() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            write_once(path, &make()).and_then(|()| read())
        }
        found => found,
    };
    found.map_err(|source| KeyError::File { path: path.to_owned(), source })
}

/// Writes a file that only its user can read: whole or not at all, and never over another. If
/// another process was faster, its file stands, and is what we then read.
fn write_once(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    fs::create_dir_all(folder)?;
    let draft = folder.join(format!(".new-{}", to_hex(&random::<8>())));
    let written = (|| {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        match fs::hard_link(&draft, path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
            _ => Ok(()),
        }
    })();
    let removed = fs::remove_file(&draft);
    written.and(removed)?;
    File::open(folder)?.sync_all()
}

/// A restored backup may have let others in: closes the door again, and says so.
fn close_to_others(path: &Path) -> io::Result<()> {
    let mode = fs::metadata(path)?.permissions().mode();
    if mode & 0o077 != 0 {
        let shown = path.display();
        tracing::warn!(
            file = %shown,
            "others could read `{shown}`; now only its user can. Think about a new secret"
        );
        fs::set_permissions(path, Permissions::from_mode(0o600))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).expect("it is there").permissions().mode() & 0o777
    }

    #[test]
    fn who_is_known_stays_known_after_a_restart_and_after_a_new_key() {
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().join("not/yet/there");
        let token = identities(&data).expect("made").issue([4; 16]);
        assert_eq!(mode(&data.join(IDENTITY_KEY)), 0o600);
        let again = identities(&data).expect("read");
        assert!(again.verify(token.expose()).is_some());

        let old = fs::read_to_string(data.join(IDENTITY_KEY)).expect("read");
        let new = to_hex(&[9; 32]);
        fs::write(data.join(IDENTITY_KEY), format!("{new}\n{old}")).expect("written");
        let rotated = identities(&data).expect("read");
        assert!(rotated.verify(token.expose()).is_some());
        assert!(again.verify(rotated.issue([5; 16]).expose()).is_none());
        assert_eq!(fs::read_dir(&data).expect("read").count(), 1, "no drafts are left");
    }

    #[test]
    fn a_broken_key_file_names_its_line_and_is_not_replaced() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(IDENTITY_KEY);
        for (text, line) in [("", 1), ("zz\n", 1), (&format!("{}\nno\n", to_hex(&[1; 32])), 2)] {
            fs::write(&path, text).expect("written");
            let error = identities(folder.path()).expect_err("broken").to_string();
            assert!(error.contains(&format!("line {line} ")), "{error}");
            assert!(error.contains("identity-key"), "{error}");
            assert_eq!(fs::read_to_string(&path).expect("read"), text);
        }
    }

    #[test]
    fn the_administrators_token_is_made_once_and_readable_by_its_user_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let token = admin_token(None, folder.path()).expect("made");
        let path = folder.path().join(ADMIN_TOKEN);
        assert_eq!(mode(&path), 0o600);
        fs::set_permissions(&path, Permissions::from_mode(0o644)).expect("opened");
        let again = admin_token(None, folder.path()).expect("read");
        assert_eq!(again.expose(), token.expose());
        assert_eq!(mode(&path), 0o600, "closed again");

        let set = Secret::new("x".repeat(32));
        let chosen = admin_token(Some(&set), folder.path()).expect("set");
        assert_eq!(chosen.expose(), set.expose());
    }

    /// Not even for the moment before it is read.
    #[test]
    fn a_file_is_closed_to_others_from_its_first_byte() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("secret");
        write_once(&path, "one").expect("written");
        assert_eq!(mode(&path), 0o600);
        write_once(&path, "two").expect("no error");
        assert_eq!(fs::read_to_string(&path).expect("read"), "one", "never over another");
    }

    #[test]
    fn a_weak_token_is_refused_with_a_way_out_and_never_shown() {
        let folder = tempfile::tempdir().expect("a folder");
        for weak in ["", "short", &"x".repeat(31), &"à".repeat(40), &"a b ".repeat(10)] {
            let error = admin_token(Some(&Secret::new(weak.to_owned())), folder.path())
                .expect_err("too weak")
                .to_string();
            assert!(error.contains("openssl rand -hex 32"), "{error}");
            assert!(weak.is_empty() || !error.contains(weak), "{error}");
        }
        assert!(!folder.path().join(ADMIN_TOKEN).exists());
    }

    #[test]
    fn of_two_that_start_at_once_both_use_the_same_key() {
        let folder = tempfile::tempdir().expect("a folder");
        let made: Vec<Identities> = std::thread::scope(|scope| {
            let starts: Vec<_> =
                (0..8).map(|_| scope.spawn(|| identities(folder.path()).expect("made"))).collect();
            starts.into_iter().map(|start| start.join().expect("no panic")).collect()
        });
        let token = made[0].issue([1; 16]);
        assert!(made.iter().all(|one| one.verify(token.expose()).is_some()));
    }
}
