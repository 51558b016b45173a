//! `…/export`: the record, as a file; `…/chain`: what it is known by.

use axum::extract::Path;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};

use super::{Call, json};
use crate::archive::Scope;
use crate::archive::csv::{self, Table};
use crate::archive::record::{hex, record};
use crate::http::error::No;
use crate::http::fresh;
use crate::qa::session::SessionState;
use crate::qa::{Event, Role};
use crate::wire::body::ChainBody;

/// Bound: records made at once. Each replays a journal, and holds it in memory.
pub(in crate::http) const AT_ONCE: usize = 2;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Json,
    Csv,
}

/// The public record for staff at any time and for all when it is over; the full one for
/// administrators, and that they took it is on record.
pub(in crate::http) async fn export(Path(slug): Path<String>, call: Call) -> Result<Response, No> {
    let asker = call.reader().await?;
    let here = call.staff(&asker, &slug).await?;
    let Wanted { format, scope, table } = wanted(&call)?;
    match scope {
        Scope::Public if here.room.sign().state == Some(SessionState::Ended) => {}
        Scope::Public => {
            here.must_be(&Role::ALL)?;
        }
        Scope::Full => {
            let person = here.must_be(&[Role::Admin])?;
            let id = fresh();
            let taken = here.room.record(id, vec![Event::FullRecordTaken { person }]).await;
            No::reply(id, taken)?;
        }
    }
    let turn = call.front.exports.acquire().await;
    let record = record(call.front.hub.journal(), here.id, scope).await?;
    let (mut response, ending) = match format {
        Format::Json => (json(&record), "json"),
        Format::Csv => {
            let kind = HeaderValue::from_static("text/csv; charset=utf-8");
            // The session's own language, unless the address chooses another.
            let chosen = call.spoken.chosen.then(|| call.spoken.language.choose("it", "en"));
            (([(CONTENT_TYPE, kind)], csv::csv(&record, table, chosen)).into_response(), "csv")
        }
    };
    drop(turn);
    let of = match (table, scope) {
        (Table::Decisions, _) => "-decisions",
        (Table::Questions, Scope::Full) => "-full",
        (Table::Questions, Scope::Public) => "",
    };
    // A slug has no character that could end the name.
    let name = format!("attachment; filename=\"{slug}{of}.{ending}\"");
    if let Ok(name) = name.parse() {
        response.headers_mut().insert(CONTENT_DISPOSITION, name);
    }
    Ok(response)
}

/// What the address asks for.
struct Wanted {
    format: Format,
    scope: Scope,
    table: Table,
}

fn wanted(call: &Call) -> Result<Wanted, No> {
    let field = |name: &str| call.fields.get(name).map(String::as_str);
    let format = match field("format") {
        None | Some("json") => Format::Json,
        Some("csv") => Format::Csv,
        Some(_) => {
            return Err(No::malformed(
                "`format`: è possibile json, csv.",
                "`format`: json, csv are possible.",
            ));
        }
    };
    let scope = match field("scope") {
        None | Some("public") => Scope::Public,
        Some("full") => Scope::Full,
        Some(_) => {
            return Err(No::malformed(
                "`scope`: è possibile public, full.",
                "`scope`: public, full are possible.",
            ));
        }
    };
    let table = match (field("table"), format, scope) {
        (None | Some("questions"), ..) => Table::Questions,
        (Some("decisions"), Format::Csv, Scope::Full) => Table::Decisions,
        (Some("decisions"), ..) => {
            return Err(No::malformed(
                "`table=decisions` è una tabella del verbale completo: format=csv&scope=full.",
                "`table=decisions` is a table of the full record: format=csv&scope=full.",
            ));
        }
        (Some(_), ..) => {
            return Err(No::malformed(
                "`table`: è possibile questions, decisions.",
                "`table`: questions, decisions are possible.",
            ));
        }
    };
    Ok(Wanted { format, scope, table })
}

/// The chain of a session's record, as it is published: for whom the public record is.
pub(in crate::http) async fn chain(Path(slug): Path<String>, call: Call) -> Result<Response, No> {
    let asker = call.reader().await?;
    let here = call.staff(&asker, &slug).await?;
    if here.room.sign().state != Some(SessionState::Ended) {
        here.must_be(&Role::ALL)?;
    }
    let head = here.room.look(|_, chain| chain.head()).await.ok_or_else(No::busy)?;
    Ok(json(&ChainBody { chain: hex(&head.chain) }))
}
