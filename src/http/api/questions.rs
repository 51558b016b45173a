//! `…/questions`: all of them, a page at a time, as the caller may see them.

use std::collections::BTreeSet;

use axum::extract::Path;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::{Call, json};
use crate::http::error::No;
use crate::qa::QuestionId;
use crate::qa::session::State;
use crate::qa::view::{self, Listed, Order, Spot, Wanted};
use crate::wire::body::QuestionsBody;

/// Bound: questions of one page (`protocol.md`).
const PAGE: usize = 100;

/// One page.
pub(in crate::http) async fn page(Path(slug): Path<String>, call: Call) -> Result<Response, No> {
    let asker = call.reader().await?;
    let here = call.here(&asker, &slug).await?;
    let order = match call.fields.get("order").map(String::as_str) {
        None | Some("top") => Order::Top,
        Some("new") => Order::New,
        Some(_) => {
            return Err(No::malformed(
                "`order`: è possibile top, new.",
                "`order`: top, new are possible.",
            ));
        }
    };
    let states = call.fields.get("state").map(|states| states_of(states)).transpose()?;
    let after = call.fields.get("after").map(|after| place_of(after)).transpose()?;
    let audience = here.audience();
    let wanted = Wanted { order, states, after, most: PAGE };
    let page = here.room.look_with(move |session, _, known| {
        let mut page = view::page(session, audience, &wanted);
        page.questions.iter_mut().for_each(|question| known.tell(session, question));
        page
    });
    Ok(json(&body_of(page.await.ok_or_else(No::busy)?)))
}

/// As it travels.
pub(in crate::http) fn body_of(listed: Listed) -> QuestionsBody {
    let Listed { questions, next } = listed;
    QuestionsBody { questions, next: next.map(text_of) }
}

fn states_of(text: &str) -> Result<BTreeSet<State>, No> {
    let state = |word: &str| {
        serde_json::from_value(serde_json::Value::from(word.trim())).map_err(|_| {
            No::malformed(
                "`state`: sono possibili pending, approved, queued, on_air, answered, dismissed, \
                 withdrawn, merged, separati da virgole.",
                "`state`: pending, approved, queued, on_air, answered, dismissed, withdrawn, \
                 merged are possible, with commas between them.",
            )
        })
    };
    text.split(',').map(state).collect()
}

fn text_of((first, id): Spot) -> String {
    let mut bytes = [0; 24];
    bytes[..8].copy_from_slice(&first.to_be_bytes());
    bytes[8..].copy_from_slice(&id.to_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(in crate::http) fn place_of(text: &str) -> Result<Spot, No> {
    let no = || {
        No::malformed(
            "`after`: non è il `next` di una pagina.",
            "`after`: it is not the `next` of a page.",
        )
    };
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| no())?;
    let bytes: [u8; 24] = bytes.try_into().map_err(|_| no())?;
    let (first, id) = bytes.split_first_chunk::<8>().ok_or_else(no)?;
    let id: [u8; 16] = id.try_into().map_err(|_| no())?;
    Ok((u64::from_be_bytes(*first), QuestionId::from_u128(u128::from_be_bytes(id))))
}
