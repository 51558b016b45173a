//! The built pages: scripts, style sheets and fonts of `web/dist`, kept in the binary.
//!
//! A name in `/assets/` carries a hash of what is in the file, so whoever has it once never asks
//! again. Pages ask [`bundle`] what to name; a debug build reads the files where they lie.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use rust_embed::RustEmbed;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::Front;
use super::error::No;
use crate::archive::record::hex;

/// What `make web` has built; empty where it was not run.
#[derive(RustEmbed)]
#[folder = "web/dist"]
#[allow_missing = true]
struct Built;

/// What the head of a page names, all as addresses of this server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bundle {
    /// A module; absent for what is a style sheet alone.
    pub(super) script: Option<String>,
    /// Modules it begins with, for `modulepreload`.
    pub(super) modules: Vec<String>,
    /// Its own, in this order; what all pages share is the site's.
    pub(super) styles: Vec<String>,
    /// Of the site alone: the two fonts that every page shows at once, for `preload`.
    pub(super) fonts: Vec<String>,
}

/// The style sheet of all pages, also of those without any script.
const SITE: &str = "src/styles/site.scss";
/// Regular and semibold: what is above the fold of every page.
const FONTS: [&str; 2] = ["core-400-normal.woff2", "core-600-normal.woff2"];
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// Read once: a page and its files come from the same build.
static BUNDLES: LazyLock<BTreeMap<String, Bundle>> = LazyLock::new(|| {
    let manifest = Built::get("manifest.json");
    let manifest = manifest.and_then(|file| serde_json::from_slice::<Manifest>(&file.data).ok());
    manifest.map(|manifest| bundles(&manifest)).unwrap_or_default()
});

/// What a page needs of its own: `citizen`, `admin` … `None` where the pages were not built.
pub(super) fn bundle(page: &str) -> Option<&'static Bundle> {
    BUNDLES.get(page)
}

/// By what pages know which build they are of: another build has other files under other names.
/// `None` where the pages were not built.
pub(super) fn build() -> Option<&'static str> {
    static BUILD: LazyLock<Option<String>> = LazyLock::new(|| {
        let manifest = Built::get("manifest.json")?;
        Some(hex(Sha256::digest(&manifest.data).get(..8)?))
    });
    BUILD.as_deref()
}

/// What pages share: the style sheet, and the two fonts that every page shows at once.
pub(super) fn site() -> Option<&'static Bundle> {
    bundle("site")
}

pub(super) fn routes() -> Router<Front> {
    Router::new().route("/assets/{file}", get(asset))
}

async fn asset(Path(file): Path<String>, asked: HeaderMap) -> Result<Response, No> {
    let path = format!("assets/{file}");
    let kind = kind(&file).ok_or_else(|| No::not_found("page"))?;
    let packed = [("br", ".br"), ("gzip", ".gz")].into_iter().find_map(|(encoding, ending)| {
        let file = accepts(&asked, encoding).then(|| Built::get(&format!("{path}{ending}")))??;
        Some((file, Some(encoding)))
    });
    let (file, encoding) =
        packed.or_else(|| Some((Built::get(&path)?, None))).ok_or_else(|| No::not_found("page"))?;
    let mut response = Body::from(file.data).into_response();
    let headers = response.headers_mut();
    let mut say = |name: HeaderName, value| headers.insert(name, value);
    say(CONTENT_TYPE, HeaderValue::from_static(kind));
    say(CACHE_CONTROL, FOR_EVER);
    say(VARY, HeaderValue::from_static("accept-encoding"));
    if let Some(encoding) = encoding {
        say(CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    Ok(response)
}

/// The type of a file that pages load; `None` for what they do not.
fn kind(file: &str) -> Option<&'static str> {
    Some(match file.rsplit_once('.')?.1 {
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "woff2" => "font/woff2",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        _ => return None,
    })
}

/// Whether a browser takes this encoding. A weight of zero is a no.
pub(super) fn accepts(asked: &HeaderMap, encoding: &str) -> bool {
    let lines = asked.get_all(ACCEPT_ENCODING).into_iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).any(|item| {
        let (name, weight) = item.split_once(';').unwrap_or((item, ""));
        let weight = weight.trim().strip_prefix("q=").and_then(|weight| weight.parse().ok());
        name.trim() == encoding && weight.unwrap_or(1.0) > 0.0
    })
}

/// Vite's account of a build: by source, what became of it.
type Manifest = BTreeMap<String, Chunk>;

#[derive(Deserialize)]
struct Chunk {
    file: String,
    #[serde(default)]
    name: String,
    #[serde(default, rename = "isEntry")]
    is_entry: bool,
    #[serde(default)]
    imports: Vec<String>,
    #[serde(default)]
    css: Vec<String>,
}

fn bundles(manifest: &Manifest) -> BTreeMap<String, Bundle> {
    let address = |file: &String| format!("/{file}");
    let named = |ending: &&str| manifest.iter().find(|(source, _)| source.ends_with(ending));
    let fonts: Vec<_> =
        FONTS.iter().filter_map(named).map(|(_, chunk)| address(&chunk.file)).collect();
    let entries = manifest.iter().filter(|(_, chunk)| chunk.is_entry);
    let bundle = |(source, entry): (&String, &Chunk)| {
        let mut parts = Vec::new();
        imported(manifest, entry, &mut parts);
        let own = parts.iter().chain([&entry]).flat_map(|chunk| chunk.css.iter().map(address));
        let is_site = source == SITE;
        let styles = if is_site { vec![address(&entry.file)] } else { own.collect() };
        let script = (!is_site).then(|| address(&entry.file));
        let modules = parts.iter().map(|chunk| address(&chunk.file)).collect();
        let fonts = if is_site { fonts.clone() } else { Vec::new() };
        (entry.name.clone(), Bundle { script, modules, styles, fonts })
    };
    entries.map(bundle).collect()
}

/// Everything a chunk begins with, what is needed first coming first.
fn imported<'a>(manifest: &'a Manifest, chunk: &Chunk, parts: &mut Vec<&'a Chunk>) {
    for part in chunk.imports.iter().filter_map(|source| manifest.get(source)) {
        if !parts.iter().any(|known| known.file == part.file) {
            imported(manifest, part, parts);
            parts.push(part);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = r#"{
        "_svelte-Ab1.js": {"file": "assets/svelte-Ab1.js", "name": "svelte"},
        "_line-Cd2.js": {
            "file": "assets/line-Cd2.js", "name": "line", "imports": ["_svelte-Ab1.js"],
            "css": ["assets/line-Ef3.css"]
        },
        "node_modules/x/titillium-web-core-400-normal.woff2": {"file": "assets/r.woff2"},
        "node_modules/x/titillium-web-core-600-normal.woff2": {"file": "assets/s.woff2"},
        "node_modules/x/titillium-web-latin-700-normal.woff2": {"file": "assets/b.woff2"},
        "src/citizen/main.ts": {
            "file": "assets/citizen-Gh4.js", "name": "citizen", "isEntry": true,
            "imports": ["_svelte-Ab1.js", "_line-Cd2.js"], "css": ["assets/citizen-Ij5.css"]
        },
        "src/styles/site.scss": {"file": "assets/site-Kl6.css", "name": "site", "isEntry": true}
    }"#;

    #[test]
    fn a_page_names_everything_that_it_begins_with_once() {
        let found = bundles(&serde_json::from_str(MANIFEST).expect("a manifest"));
        let fonts = vec!["/assets/r.woff2".to_owned(), "/assets/s.woff2".to_owned()];
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let citizen = Bundle {
            script: Some("/assets/citizen-Gh4.js".to_owned()),
            modules: owned(&["/assets/svelte-Ab1.js", "/assets/line-Cd2.js"]),
            styles: owned(&["/assets/line-Ef3.css", "/assets/citizen-Ij5.css"]),
            fonts: Vec::new(),
        };
        let site = Bundle {
            script: None,
            modules: Vec::new(),
            styles: owned(&["/assets/site-Kl6.css"]),
            fonts,
        };
        let expected = [("citizen".to_owned(), citizen), ("site".to_owned(), site)];
        assert_eq!(found, BTreeMap::from(expected));
    }

    #[test]
    fn what_a_browser_takes_is_what_it_says() {
        for (said, br) in [
            ("gzip, deflate, br", true),
            ("br;q=0.5", true),
            ("gzip;q=1.0, br;q=0", false),
            ("brotli", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_ENCODING, said.parse().expect("a value"));
            assert_eq!(accepts(&headers, "br"), br, "{said}");
        }
    }

    #[test]
    fn nothing_but_what_pages_load_has_a_type() {
        assert_eq!(kind("citizen-Gh4.js"), Some("text/javascript; charset=utf-8"));
        assert_eq!(kind("citizen-Gh4.js.br"), None);
        assert_eq!(kind("manifest.json"), None);
        assert_eq!(kind("citizen"), None);
    }
}
