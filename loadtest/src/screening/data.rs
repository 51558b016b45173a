//! The folder of texts, read where it is.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// The folder.
pub(crate) struct Data(PathBuf);

/// A file of it, or that it is not there.
pub(crate) type File<T> = Result<Vec<T>, String>;

/// Anything that has a text.
#[derive(Debug, Deserialize)]
pub(crate) struct Text {
    pub text: String,
}

/// A question to a town hall; those of one cluster ask the same.
#[derive(Debug, Deserialize)]
pub(crate) struct Municipal {
    pub text: String,
    pub cluster: String,
}

/// A civic statement with what its moderators decided.
#[derive(Debug, Deserialize)]
pub(crate) struct Statement {
    pub text: String,
    pub author: String,
    /// 1: accepted, -1: rejected, 0: nobody decided.
    pub moderated: i8,
}

/// A word in one of its disguises.
#[derive(Debug, Deserialize)]
pub(crate) struct Disguised {
    pub text: String,
    pub trick: String,
}

/// A test of HateCheck.
#[derive(Debug, Deserialize)]
pub(crate) struct Hate {
    pub text: String,
    pub functionality: String,
    pub label: String,
}

/// A sentence with or without a link.
#[derive(Debug, Deserialize)]
pub(crate) struct Link {
    pub text: String,
    pub link: u8,
}

/// A sentence with the personal data in it.
#[derive(Debug, Deserialize)]
pub(crate) struct Datum {
    pub text: String,
    pub pii: Vec<Stretch>,
}

/// Personal data as it stands there.
#[derive(Debug, Deserialize)]
pub(crate) struct Stretch {
    pub span: String,
}

/// Two questions.
#[derive(Debug, Deserialize)]
pub(crate) struct Pair {
    pub a: String,
    pub b: String,
    /// 1: they ask the same; 0: they only look like it.
    pub same: u8,
}

impl Data {
    /// The folder, which need not be there.
    pub(crate) fn of(folder: &Path) -> Self {
        Self(folder.to_owned())
    }

    /// The JSON lines of a file, or the sentence that it is missing.
    ///
    /// # Errors
    /// It is there, and holds something else.
    pub(crate) fn read<T: DeserializeOwned>(&self, file: &str) -> anyhow::Result<File<T>> {
        let path = self.0.join(file);
        let Ok(text) = std::fs::read_to_string(&path) else {
            return Ok(Err(format!("{file} is not in the folder of texts")));
        };
        let rows = text.lines().enumerate().map(|(n, line)| {
            let place = || format!("line {} of {} is something else", n + 1, path.display());
            serde_json::from_str(line).with_context(place)
        });
        rows.collect::<anyhow::Result<_>>().map(Ok)
    }

    /// Civic statements that moderators decided on: the files of one language.
    ///
    /// # Errors
    /// One is there, and holds something else.
    pub(crate) fn civic(&self, language: &str) -> anyhow::Result<File<Statement>> {
        let ends = format!(".{language}.comments.jsonl");
        let Ok(files) = std::fs::read_dir(self.0.join("polis")) else {
            return Ok(Err("polis is not in the folder of texts".to_owned()));
        };
        let names = files.filter_map(|file| file.ok()?.file_name().into_string().ok());
        let mut names: Vec<String> = names.filter(|name| name.ends_with(&ends)).collect();
        names.sort();
        let mut all = Vec::new();
        for name in names {
            match self.read(&format!("polis/{name}"))? {
                Ok(statements) => all.extend(statements),
                Err(missing) => return Ok(Err(missing)),
            }
        }
        Ok(if all.is_empty() { Err(format!("polis has no file *{ends}")) } else { Ok(all) })
    }
}
