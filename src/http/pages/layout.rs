//! The frame of every page: head, header, footer, and the way to the content past them.
//!
//! It names only files of this server, writes no style and no script into the page, and reads well
//! without either. What people wrote is escaped by `maud`, in its macro, everywhere.

use std::sync::Arc;

use axum::http::header::{CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde::Serialize;

use super::words::{Words, words};
use crate::gate::origin::Origin;
use crate::http::Reception;
use crate::http::api::Call;
use crate::http::assets::{Bundle, site as bundle_of_site};
use crate::http::headers::{PAGE, Spoken, tag, tagged};
use crate::qa::house::City;
use crate::qa::{House, Language};

/// For whom a page is made: in which language, of which city, at which address.
pub(super) struct Reader {
    pub(super) spoken: Spoken,
    house: Arc<House>,
    /// Where this server is found, as far as it knows.
    ours: Option<Origin>,
    path: String,
    /// The query, without the language.
    fields: Vec<(String, String)>,
}

impl Reader {
    pub(super) fn of(call: &Call) -> Self {
        let fields = call.fields.iter().filter(|(name, _)| *name != "lang");
        Self {
            spoken: call.spoken,
            house: call.front.hub.house().now(),
            ours: call.front.origins.ours(&call.headers),
            path: call.path.clone(),
            fields: fields.map(|(name, value)| (name.clone(), value.clone())).collect(),
        }
    }

    /// Who went to an address that has no page for them.
    pub(super) fn astray(front: &Reception, spoken: Spoken) -> Self {
        let house = front.hub.house().now();
        Self { spoken, house, ours: None, path: String::new(), fields: Vec::new() }
    }

    pub(super) const fn language(&self) -> Language {
        self.spoken.language
    }

    pub(super) fn words(&self) -> &'static Words {
        words(self.language())
    }

    pub(super) fn city(&self) -> &City {
        self.house.city()
    }

    /// The city's name, or ours until it has one.
    pub(super) fn name(&self) -> &str {
        self.city().name.as_deref().unwrap_or("Filo Diretto")
    }

    /// Of all that a page which says nothing to its reader alone may depend on: the language, whether it
    /// was chosen, and where this server is found.
    pub(super) fn alike(&self) -> (Spoken, Option<&Origin>) {
        (self.spoken, self.ours.as_ref())
    }

    /// An address of this server, in the language that the reader has chosen.
    pub(super) fn to(&self, path: &str) -> String {
        self.with(path, &[])
    }

    /// The same, with fields in its query.
    pub(super) fn with(&self, path: &str, fields: &[(&str, &str)]) -> String {
        let chosen = self.spoken.chosen.then(|| ("lang", self.words().tag));
        address(path, fields.iter().copied().chain(chosen))
    }

    /// A whole address, for those who are not here.
    pub(super) fn whole(&self, path: &str) -> Option<String> {
        self.ours.as_ref().map(|ours| format!("{ours}{path}"))
    }
}

fn address<'a>(path: &str, fields: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

/// One page.
pub(super) struct Page<'a> {
    pub(super) title: &'a str,
    /// For who finds it elsewhere, before they come.
    pub(super) description: Option<String>,
    pub(super) inside: Markup,
    pub(super) frame: Frame,
    pub(super) script: Script<'a>,
}

/// What stands around a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Frame {
    /// The city's header and footer.
    Site,
    /// Nothing: whoever works here all evening needs the whole screen. The page says where it is.
    Tool,
    /// Nothing, and no style but the page's own: it is looked at from afar, or is part of a picture.
    Bare,
}

/// What runs on a page.
pub(super) enum Script<'a> {
    /// Nothing.
    None,
    /// A page of `web/src` draws itself into `#app`, and starts from what stands in `#page`.
    Built { bundle: &'a Bundle, start: Box<Start<'a>>, without: Without<'a> },
}

/// What a page starts from.
#[derive(Serialize)]
pub(super) struct Start<'a> {
    pub(super) slug: Option<&'a str>,
    #[serde(rename = "as")]
    pub(super) capacity: &'a str,
    pub(super) language: &'static str,
    pub(super) city: PublicCity<'a>,
    /// The whole address of the session's page for citizens, where the server knows its own.
    pub(super) citizens: Option<String>,
    /// Which build the page is of.
    pub(super) build: Option<&'static str>,
}

/// The city, with its coat of arms as an address: the image itself would travel with every page.
#[derive(Serialize)]
pub(super) struct PublicCity<'a> {
    name: Option<&'a str>,
    contact: Option<&'a str>,
    privacy_url: Option<&'a str>,
    accessibility_url: Option<&'a str>,
    legal_url: Option<&'a str>,
    coat_of_arms: Option<&'static str>,
}

impl<'a> From<&'a City> for PublicCity<'a> {
    fn from(city: &'a City) -> Self {
        Self {
            name: city.name.as_deref(),
            contact: city.contact.as_deref(),
            privacy_url: city.privacy_url.as_deref(),
            accessibility_url: city.accessibility_url.as_deref(),
            legal_url: city.legal_url.as_deref(),
            coat_of_arms: city.coat_of_arms.as_ref().map(|_| ARMS),
        }
    }
}

/// Where somebody goes who has no JavaScript.
pub(super) enum Without<'a> {
    /// To this page, which does the same.
    To(&'a str),
    /// Nowhere: there is no such page.
    Nowhere,
}

/// What a browser draws beside the title. Without one it would ask for `/favicon.ico`.
fn icon(city: &City) -> &'static str {
    if city.coat_of_arms.is_some() { ARMS } else { "data:," }
}

/// Where the coat of arms is.
pub(super) const ARMS: &str = "/coat-of-arms";

impl Page<'_> {
    /// The whole page.
    pub(super) fn show(&self, reader: &Reader) -> Response {
        dressed(reader, self.text(reader).into_string().into())
    }

    /// The whole page, which caches may keep.
    pub(super) fn keep(
        &self,
        reader: &Reader,
        asked: &HeaderMap,
        how_long: HeaderValue,
        varies: &'static str,
    ) -> Response {
        self.write(reader).keep(reader, asked, how_long, varies)
    }

    /// The whole page, for all who read it in that language at that address.
    pub(super) fn write(&self, reader: &Reader) -> Written {
        let text = Bytes::from(self.text(reader).into_string());
        Written { tag: tag(&text), text }
    }

    fn text(&self, reader: &Reader) -> Markup {
        let words = reader.words();
        let title = match self.title == reader.name() {
            true => self.title.to_owned(),
            false => format!("{} · {}", self.title, reader.name()),
        };
        html! {
            (DOCTYPE)
            html lang=(words.tag) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    title { (title) }
                    link rel="icon" href=(icon(reader.city()));
                    (self.files())
                    (self.shared(reader))
                }
                body data-page=[self.capacity()] { (self.body(reader)) }
            }
        }
    }

    /// Style sheets, fonts and scripts.
    fn files(&self) -> Markup {
        let bundle = match self.script {
            Script::Built { bundle, .. } => Some(bundle),
            Script::None => None,
        };
        let site = bundle_of_site();
        let shared = site.filter(|_| self.frame != Frame::Bare);
        html! {
            @for font in site.iter().flat_map(|site| &site.fonts) {
                link rel="preload" as="font" type="font/woff2" href=(font) crossorigin;
            }
            @for style in shared.iter().flat_map(|site| &site.styles) {
                link rel="stylesheet" href=(style);
            }
            @if let Some(bundle) = bundle {
                @for style in &bundle.styles { link rel="stylesheet" href=(style); }
            }
            @if site.is_some() { link rel="stylesheet" href="/theme.css"; }
            @if let Some(bundle) = bundle {
                @for module in &bundle.modules { link rel="modulepreload" href=(module); }
                @if let Some(script) = &bundle.script { script type="module" src=(script) {} }
            }
        }
    }

    /// Which page of `web` it is, for its style sheet.
    const fn capacity(&self) -> Option<&str> {
        match &self.script {
            Script::Built { start, .. } => Some(start.capacity),
            Script::None => None,
        }
    }

    /// What a link to this page looks like where it is shared.
    fn shared(&self, reader: &Reader) -> Markup {
        let Some(description) = &self.description else { return html! {} };
        html! {
            meta name="description" content=(description);
            meta property="og:type" content="website";
            meta property="og:site_name" content=(reader.name());
            meta property="og:title" content=(self.title);
            meta property="og:description" content=(description);
            meta property="og:locale" content=(reader.words().locale);
            @if let Some(url) = reader.whole(&reader.path) { meta property="og:url" content=(url); }
            @if let Some(arms) = reader.city().coat_of_arms.as_ref().and_then(|_| reader.whole(ARMS)) {
                meta property="og:image" content=(arms);
            }
        }
    }

    fn body(&self, reader: &Reader) -> Markup {
        let words = reader.words();
        let site = self.frame == Frame::Site;
        html! {
            @if site { a.skip href="#main" { (words.skip) } (header(reader)) }
            main #main .written[matches!(self.script, Script::None)] tabindex="-1" {
                (self.inside)
                @if let Script::Built { start, without, .. } = &self.script {
                    // On the picture no sentence of ours may ever stand.
                    @if self.frame != Frame::Bare { (needs_script(words, without)) }
                    div #app {}
                    script #page type="application/json" { (json(start)) }
                }
            }
            @if site { (footer(reader)) }
        }
    }
}

/// A page as it goes out.
pub(super) struct Written {
    text: Bytes,
    tag: HeaderValue,
}

impl Written {
    /// As an answer that caches may keep.
    pub(super) fn keep(
        &self,
        reader: &Reader,
        asked: &HeaderMap,
        how_long: HeaderValue,
        varies: &'static str,
    ) -> Response {
        let mut page = dressed(reader, self.text.clone());
        page.headers_mut().insert(VARY, HeaderValue::from_static(varies));
        tagged(asked, how_long, self.tag.clone(), page)
    }
}

fn needs_script(words: &Words, without: &Without<'_>) -> Markup {
    html! {
        noscript {
            div.container.written {
                @match without {
                    Without::To(plain) => {
                        p { (words.needs_script) }
                        p { a href=(plain) { (words.to_plain) } }
                    }
                    Without::Nowhere => { p { (words.needs_script_here) } }
                }
            }
        }
    }
}

fn dressed(reader: &Reader, text: Bytes) -> Response {
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    let tag = HeaderValue::from_static(reader.words().tag);
    let headers = [(CONTENT_TYPE, kind), (CONTENT_LANGUAGE, tag), (CONTENT_SECURITY_POLICY, PAGE)];
    (headers, text).into_response()
}

/// JSON inside a page: nothing in it ends the element, or begins a comment.
fn json(value: &impl Serialize) -> PreEscaped<String> {
    let text = serde_json::to_string(value).expect("our bodies have text as keys");
    PreEscaped(text.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026"))
}

fn header(reader: &Reader) -> Markup {
    let words = reader.words();
    let fields = || reader.fields.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let to = |tag| address("", fields().chain([("lang", tag)]));
    html! {
        header.site-header {
            div.container {
                a.site-name href=(reader.to("/")) {
                    @if reader.city().coat_of_arms.is_some() { img src=(ARMS) alt="" height="32"; }
                    span { (reader.name()) }
                }
                nav.site-languages aria-label=(words.choose_language) {
                    @for (tag, name) in [("it", "Italiano"), ("en", "English")] {
                        @if tag == words.tag {
                            span lang=(tag) aria-current="true" title=(name) { (tag) }
                        } @else {
                            a href=(to(tag)) lang=(tag) hreflang=(tag) title=(name) { (tag) }
                        }
                    }
                }
            }
        }
    }
}

fn footer(reader: &Reader) -> Markup {
    let (words, city) = (reader.words(), reader.city());
    let links = [
        (words.privacy, &city.privacy_url),
        (words.accessibility, &city.accessibility_url),
        (words.legal, &city.legal_url),
    ];
    html! {
        footer.site-footer {
            div.container {
                p.site-name { (reader.name()) }
                @if let Some(contact) = &city.contact { p { (words.contact) ": " (contact_link(contact)) } }
                @if links.iter().any(|(_, url)| url.is_some()) {
                    ul {
                        @for (name, url) in links {
                            @if let Some(url) = url { li { a href=(url) { (name) } } }
                        }
                    }
                }
            }
        }
    }
}

/// How to reach the city, as a link where it is an address of mail.
pub(super) fn contact_link(contact: &str) -> Markup {
    let is_mail = contact.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty() && host.contains('.') && !contact.contains([' ', '?', '&', ',', '<'])
    });
    html! {
        @if is_mail { a href={ "mailto:" (contact) } { (contact) } } @else { (contact) }
    }
}

/// What somebody wrote: in its own direction, and in its own language.
pub(super) fn written(text: &str, language: &str) -> Markup {
    html! { bdi dir="auto" lang=(language) { (text) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_in_a_page_ends_no_element() {
        let text = json(&"</script><!-- &amp;").into_string();
        assert_eq!(text, r#""\u003c/script\u003e\u003c!-- \u0026amp;""#);
        let back: String = serde_json::from_str(&text).expect("JSON");
        assert_eq!(back, "</script><!-- &amp;");
    }

    #[test]
    fn only_an_address_of_mail_is_a_link() {
        let link = |contact| contact_link(contact).into_string();
        assert_eq!(
            link("urp@comune.test"),
            "<a href=\"mailto:urp@comune.test\">urp@comune.test</a>"
        );
        for text in ["06 1234", "urp@comune", "a@b.c?bcc=d@e.f", "Piazza 1, urp@comune.test"] {
            assert!(!link(text).contains("<a"), "{text}");
        }
        assert_eq!(link("<b>"), "&lt;b&gt;");
    }
}
