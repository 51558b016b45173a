//! What proves an evening, in small print: the record to take along, and what it is known by.

use maud::{Markup, html};

use super::layout::Reader;

/// Of a session that is over.
pub(super) fn of_session(reader: &Reader, slug: &str, chain: &str) -> Markup {
    let words = reader.words();
    let file =
        |format| reader.with(&format!("/api/v1/sessions/{slug}/export"), &[("format", format)]);
    html! {
        section.proof aria-labelledby="record" {
            h2 #record { (words.kept.record) }
            p {
                (words.kept.record_take) " "
                a href=(file("csv")) download { (words.kept.record_csv) } " · "
                a href=(file("json")) download { (words.kept.record_json) }
            }
            (of_chain(words.kept.chain, words.kept.chain_why, chain))
        }
    }
}

/// Of a receipt, to keep.
pub(super) fn of_receipt(reader: &Reader, code: &str, chain: &str) -> Markup {
    let words = reader.words();
    html! {
        section.proof aria-labelledby="record" {
            h2 #record { (words.kept.receipt_proof) }
            p { a href=(format!("/api/v1/receipts/{code}")) download={ (words.kept.receipt_file) "-" (code) ".json" } { (words.kept.receipt_take) } }
            (of_chain(words.kept.receipt_chain, words.kept.receipt_chain_why, chain))
        }
    }
}

fn of_chain(name: &str, why: &str, chain: &str) -> Markup {
    html! {
        p.note { (name) ": " code.chain { (chain) } }
        p.note { (why) }
    }
}
