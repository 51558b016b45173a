//! The little HTML there is, made by hand: what people wrote is always escaped.

use std::fmt::{self, Write as _};

use axum::http::HeaderValue;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};

use crate::http::headers::PAGE;

/// A text as HTML shows it.
pub(super) struct Escaped<'a>(pub(super) &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| match c {
            '&' => f.write_str("&amp;"),
            '<' => f.write_str("&lt;"),
            '>' => f.write_str("&gt;"),
            '"' => f.write_str("&quot;"),
            '\'' => f.write_str("&#39;"),
            c => f.write_char(c),
        })
    }
}

/// What the script finds on a page: whose page it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Script<'a> {
    pub(super) capacity: &'a str,
    pub(super) slug: &'a str,
}

/// A whole page. `inside` is HTML already.
pub(super) fn page(title: &str, script: Option<Script<'_>>, inside: &str) -> Response {
    let (tag, data) = script.map_or_else(Default::default, |script| {
        let data = format!(
            " data-as=\"{}\" data-slug=\"{}\"",
            Escaped(script.capacity),
            Escaped(script.slug)
        );
        ("<script src=\"/plain.js\" defer></script>", data)
    });
    let text = format!(
        "<!doctype html>\n<html lang=\"it\">\n<head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{}</title>{tag}</head>\n<body{data}>\n<main>{inside}</main>\n</body>\n</html>\n",
        Escaped(title)
    );
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    ([(CONTENT_TYPE, kind), (CONTENT_SECURITY_POLICY, PAGE)], text).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_people_write_is_markup() {
        let text = "<script>alert('1' & \"2\")</script>";
        let escaped = Escaped(text).to_string();
        assert_eq!(escaped, "&lt;script&gt;alert(&#39;1&#39; &amp; &quot;2&quot;)&lt;/script&gt;");
    }
}
