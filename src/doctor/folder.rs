//! The data folder: who can read it, and whether everything is there.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use super::{Line, Said};
use crate::gate::keys::{ADMIN_TOKEN, IDENTITY_KEY};

/// Whether others can read what is theirs neither to read nor to keep.
pub(super) fn permissions(data: &Path) -> Line {
    let check = "permissions";
    let secret = ["keys.db", "journal.db", IDENTITY_KEY, ADMIN_TOKEN];
    let open = |path: &Path| {
        std::fs::metadata(path).is_ok_and(|file| file.permissions().mode() & 0o077 != 0)
    };
    if open(data) {
        let names: Vec<_> = secret.into_iter().filter(|name| open(&data.join(name))).collect();
        let at = data.display();
        let todo = Said::new(format!("`chmod 700 {at}`"), format!("`chmod 700 {at}`"));
        if names.is_empty() {
            return Line::yellow(
                check,
                Said::new(
                    "Altri utenti della macchina possono entrare nella cartella dei dati.",
                    "Other users of the machine can enter the data folder.",
                ),
                todo,
            );
        }
        let names = names.join(", ");
        return Line::red(
            check,
            Said::new(
                format!("Altri utenti della macchina possono leggere {names}."),
                format!("Other users of the machine can read {names}."),
            ),
            todo,
        );
    }
    let owners: Vec<_> = ["", "keys.db", "journal.db"]
        .iter()
        .filter_map(|name| std::fs::metadata(data.join(name)).ok().map(|file| file.uid()))
        .collect();
    if owners.windows(2).any(|pair| pair[0] != pair[1]) {
        let at = data.display();
        return Line::red(
            check,
            Said::new(
                "Cartella e file appartengono a utenti diversi: il server non potrà aprirli.",
                "Folder and files belong to different users: the server will not open them.",
            ),
            Said::new(
                format!("`chown -R --reference={at} {at}`"),
                format!("`chown -R --reference={at} {at}`"),
            ),
        );
    }
    Line::green(
        check,
        Said::new(
            "Solo l’utente del server legge la cartella dei dati.",
            "Only the server's user reads the data folder.",
        ),
    )
}

/// A journal without its keys, or keys without their journal.
pub(super) fn pair(data: &Path) -> Line {
    let check = "record";
    let has = |name: &str| data.join(name).is_file();
    let both = Said::new("Verbale e chiavi ci sono.", "Journal and keys are there.");
    match (has("journal.db"), has("keys.db")) {
        (true, true) => Line::green(check, both),
        (false, false) => Line::yellow(
            check,
            Said::new(
                format!("In {} non c’è ancora niente.", data.display()),
                format!("There is nothing in {} yet.", data.display()),
            ),
            Said::new(
                "Normale prima del primo avvio; altrimenti `data` indica la cartella sbagliata.",
                "That is so before the first start; else `data` names the wrong folder.",
            ),
        ),
        (journal, _) => {
            let (missing, there) =
                if journal { ("keys.db", "journal.db") } else { ("journal.db", "keys.db") };
            Line::red(
                check,
                Said::new(
                    format!("C’è {there}, ma manca {missing}."),
                    format!("{there} is there, but {missing} is missing."),
                ),
                Said::new(
                    "Non avviare il server. Ripristina da una copia: docs/operations.md, «Restore».",
                    "Do not start the server. Restore a backup: docs/operations.md, \"Restore\".",
                ),
            )
        }
    }
}
