//! `…/export`: the record, as a file.

use axum::extract::Path;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};

use super::{Call, json};
use crate::archive::record::record;
use crate::archive::{Scope, csv};
use crate::http::error::No;
use crate::http::fresh;
use crate::qa::session::SessionState;
use crate::qa::{Event, Role};

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
    let (format, scope) = wanted(&call)?;
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
            (([(CONTENT_TYPE, kind)], csv::csv(&record)).into_response(), "csv")
        }
    };
    drop(turn);
    // A slug has no character that could end the name.
    let name = format!("attachment; filename=\"{slug}.{ending}\"");
    if let Ok(name) = name.parse() {
        response.headers_mut().insert(CONTENT_DISPOSITION, name);
    }
    Ok(response)
}

fn wanted(call: &Call) -> Result<(Format, Scope), No> {
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
    Ok((format, scope))
}
