//! Links, also without a scheme, shortened or disguised, and calls to go elsewhere.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::fold::{Dress, Folded};
use super::tokens::Token;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Url,
    Shortener,
    Disguised,
    Scheme,
    OffPlatform,
}

impl Kind {
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::Url => "LINK_URL",
            Self::Shortener => "LINK_SHORTENER",
            Self::Disguised => "LINK_DISGUISED",
            Self::Scheme => "LINK_SCHEME",
            Self::OffPlatform => "LINK_OFFPLATFORM",
        }
    }
}

/// A link: where in the folded text, and the host it leads to.
#[derive(Debug)]
pub(super) struct Link {
    pub kind: Kind,
    pub at: Range<usize>,
    pub host: String,
}

/// Ends of host names that are no Italian or English words at the beginning of a sentence.
const SURE: &str = "com|org|net|it|eu|gov|edu|fr|de|uk|es|ch|at|biz|xyz|online|site|shop|store|app|dev|info|click|link|top|club|icu|blog|cloud|ly|gl|gg|be|tk|ml|cf|gq|ru|cn|pw|cc|ws|us|ca|nl|pl|pt|br|tv|co|mobi|pro|website|space|fun|live|news|page|ee|fi|hu|cz|sk|hr|rs|gr|ie|lt|lv|dk|jp|in|sm|va|name|win|bid|vip|work|today|tech|agency|zone|art|bet|casino|email|social|chat|video";

macro_rules! pattern {
    ($name:ident, $pattern:expr) => {
        static $name: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new($pattern).ok());
    };
}

pattern!(SCHEME, r"(?-u:\b)(?:javascript|vbscript|data|file|intent|blob|about):[^ ]");
pattern!(
    URL,
    r"(?-u:\b)(?:h(?:tt|xx)ps?|ftp)(?: ?:[ /]{0,2}/|;//|//)[^ ]+|(?-u:\b)mailto:[^ ]+@[^ ]+|(?-u:\b)www\d?[.,][^ ]+[.][^ ]{2,}"
);
pattern!(
    BARE,
    r"(?:[a-z0-9._%+\-]+:[^ @]+@)?(?-u:\b)(?:[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?\.)+([a-z]{2,18}|xn--[a-z0-9\-]+)(:[0-9]{2,5})?(/[^ ]*|\?[a-z0-9]+=[^ ]*)?"
);
pattern!(ADDRESS, r"(?-u:\b)[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?::[0-9]{2,5}(?:/[^ ]*)?|/[^ ]+)");
pattern!(
    SPELT,
    r"(?-u:\b)([a-z0-9\-]{2,})(?: ?[(\[{] ?(?:punto|dot|\.) ?[)\]}] ?| (?:punto|dot) | \.| ?\[\.\] ?)(com|net|org|it|eu|info|gov|me|io|ly|tv)(?-u:\b)(/[^ ]*)?"
);
pattern!(GAP, r"(?-u:\b)([a-z0-9\-]{3,})\. (com|net|org|it|eu|info|io|me|ly)/[^ ]+");
pattern!(APART, r"(?-u:\b)(?:[a-z0-9] ){3,}\. (?:[a-z] )+[a-z](?-u:\b)");
pattern!(
    ELSEWHERE,
    r"(?-u:\b)(?:(?:cerc(?:a|ate|atemi|ami|ateci)|trov(?:a|ate|atemi|ami|ateci)|segui|seguite|seguitemi|seguimi|seguiteci|scrivi|scrivete|scrivetemi|scrivimi|contatta|contattate|contattatemi|contattami|aggiungi|aggiungetemi|unisciti|unitevi|iscriviti|iscrivetevi|entra|entrate|venite|vieni|passate|guardate|join|follow|find|add)(?: (?:me|us|noi|tutti|anche|qui|pure))*(?: (?:su|sul|sulla|nel|nella|al|alla|in|on|il|la|our|the|my|mio|mia|nostro|nostra|gruppo|canale|pagina|profilo|chat|group|channel|di|del))* (?:telegram|whatsapp|instagram|facebook|tiktok|discord|signal|onlyfans|snapchat|twitch|messenger|telegr4m|insta|ig|fb|gruppo|canale)(?-u:\b)(?: ?[:@][^ ]*)?|(?:info|link|tutto|dettagli)(?: [a-z]+)? in bio|link nel (?:profilo|primo commento)|(?:gruppo|canale) (?:telegram|whatsapp)(?: ?[:@] ?@?| @)[a-z0-9_]{4,}|guadagn(?:a|i|are|ate) (?:fino a )?[0-9.]+ ?(?:€|euro|\$) al (?:giorno|mese|ora)|dm (?:me )?for|scrivi(?:mi|temi)? in (?:privato|dm|direct))"
);

fn find(pattern: &'static LazyLock<Option<Regex>>, flat: &str) -> Vec<Range<usize>> {
    pattern
        .as_ref()
        .map_or_else(Vec::new, |regex| regex.find_iter(flat).map(|hit| hit.range()).collect())
}

pub(super) fn links(text: &str, folded: &Folded, tokens: &[Token]) -> Vec<Link> {
    let flat = folded.flat.as_str();
    let mut links: Vec<Link> = Vec::new();
    let mut add = |kind: Kind, at: Range<usize>, host: String| {
        if links.len() < super::MOST
            && links.iter().all(|link| at.end <= link.at.start || link.at.end <= at.start)
        {
            links.push(Link { kind, at, host });
        }
    };
    let is_dotted = flat.contains('.') || flat.contains(':') || flat.contains("//");
    if is_dotted {
        for at in find(&SCHEME, flat) {
            let end = flat[at.start..].find(' ').map_or(flat.len(), |n| at.start + n);
            add(Kind::Scheme, at.start..end, String::new());
        }
        for at in find(&URL, flat).into_iter().chain(find(&ADDRESS, flat)) {
            let at = without_stop(flat, at);
            let host = host_of(&flat[at.clone()]);
            let kind = if flat[at.clone()].starts_with("hxx") {
                Kind::Disguised
            } else {
                kind_of(folded, &at, &host)
            };
            add(kind, at, host);
        }
        bare(text, folded, &mut add);
    }
    let is_spelt = ["punto", "dot", " .", "[.", "(.", "[ ."].iter().any(|part| flat.contains(part));
    for at in is_spelt.then(|| find(&SPELT, flat)).into_iter().flatten() {
        // "a che punto com'è": the word goes on.
        let goes_on = flat[at.end..].starts_with(['\'', '-']);
        if !goes_on && !is_sentence(text, folded, &at) {
            add(Kind::Disguised, at, String::new());
        }
    }
    for (pattern, part) in [(&GAP, ". "), (&APART, " . ")] {
        if !flat.contains(part) {
            continue;
        }
        for at in find(pattern, flat) {
            add(Kind::Disguised, at, String::new());
        }
    }
    for at in find(&ELSEWHERE, flat) {
        add(Kind::OffPlatform, at, String::new());
    }
    misspelt_platform(folded, tokens, &mut add);
    links
}

/// A host without a scheme, unless it is two sentences without a space between.
fn bare(text: &str, folded: &Folded, add: &mut impl FnMut(Kind, Range<usize>, String)) {
    let flat = folded.flat.as_str();
    let Some(regex) = BARE.as_ref() else { return };
    for hit in regex.captures_iter(flat) {
        let (Some(whole), Some(end)) = (hit.get(0), hit.get(1)) else { continue };
        let at = without_stop(flat, whole.range());
        // The part of an e-mail address behind its sign is no link of its own.
        if flat[..at.start].ends_with(['@', '/']) || flat[at.end..].starts_with('@') {
            continue;
        }
        let has_path =
            hit.get(3).is_some_and(|path| path.as_str().len() > 1) || hit.get(2).is_some();
        let host = host_of(&flat[at.clone()]);
        let labels: Vec<&str> = host.split('.').collect();
        let name = labels.len().checked_sub(2).map_or("", |n| labels[n]);
        let is_sure =
            SURE.split('|').any(|sure| sure == end.as_str()) || end.as_str().starts_with("xn--");
        let is_link = if begins_sentence(text, folded, &end.range()) {
            has_path && is_sure && name.len() >= 3
        } else if is_word(end.as_str()) {
            has_path && !name.is_empty() && !flat[at.clone()].ends_with('/')
                || labels.len() >= 3
                    && name.len() >= 3
                    && labels.iter().all(|l| l.len() > 1)
                    && is_sure
        } else {
            is_sure && (name.len() >= 2 || has_path)
        };
        if is_link {
            add(kind_of(folded, &at, &host), at, host);
        }
    }
}

/// Ends of hosts that are also words: a sentence may begin with them in small letters.
fn is_word(end: &str) -> bool {
    matches!(
        end,
        "in" | "at"
            | "be"
            | "me"
            | "io"
            | "so"
            | "do"
            | "to"
            | "no"
            | "la"
            | "il"
            | "al"
            | "ai"
            | "ma"
            | "se"
            | "si"
            | "ci"
            | "ne"
            | "su"
            | "va"
            | "vi"
            | "mi"
            | "un"
            | "li"
            | "gli"
            | "tv"
            | "info"
            | "art"
            | "casa"
            | "live"
            | "news"
            | "video"
            | "email"
            | "social"
            | "chat"
            | "pro"
            | "top"
            | "app"
            | "link"
            | "blog"
            | "space"
            | "work"
            | "today"
            | "page"
            | "win"
            | "name"
            | "us"
            | "fun"
            | "ee"
            | "cc"
            | "co"
            | "es"
            | "fi"
            | "de"
            | "ed"
            | "est"
    )
}

/// "finito.Info": a capital behind the stop, and a small letter before it.
fn begins_sentence(text: &str, folded: &Folded, end: &Range<usize>) -> bool {
    let original = &text[folded.original(end)];
    let before = flat_before(text, folded, end.start);
    let mut letters = original.chars();
    letters.next().is_some_and(char::is_uppercase)
        && letters.all(|c| !c.is_uppercase())
        && before.is_none_or(|c| !c.is_uppercase())
}

fn flat_before(text: &str, folded: &Folded, at: usize) -> Option<char> {
    let glyphs = folded.glyphs_of(&(0..at));
    let n = glyphs.end.checked_sub(2)?;
    text[folded.span(&(n..n + 1))].chars().next()
}

/// "Siamo al punto. It is": more than one word with a capital is a sentence.
fn is_sentence(text: &str, folded: &Folded, at: &Range<usize>) -> bool {
    let original = &text[folded.original(at)];
    original.contains(" .")
        && original.rsplit('.').next().is_some_and(|end| end.starts_with(char::is_uppercase))
}

fn without_stop(flat: &str, at: Range<usize>) -> Range<usize> {
    let kept =
        flat[at.clone()].trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']', '"', '\'', '>']);
    at.start..at.start + kept.len()
}

fn host_of(link: &str) -> String {
    let rest = link.find("//").map_or(link, |at| &link[at + 2..]);
    let rest = rest.strip_prefix("http:/").or_else(|| rest.strip_prefix("https:/")).unwrap_or(rest);
    let rest = rest.trim_start_matches('/');
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default();
    host.split(':')
        .next()
        .unwrap_or_default()
        .trim_start_matches("www.")
        .trim_matches('.')
        .to_owned()
}

fn kind_of(folded: &Folded, at: &Range<usize>, host: &str) -> Kind {
    let glyphs = &folded.glyphs[folded.glyphs_of(at)];
    if matches!(host, "t.me" | "wa.me" | "discord.gg" | "chat.whatsapp.com" | "telegram.me") {
        return Kind::OffPlatform;
    }
    if glyphs.iter().any(|glyph| glyph.dress == Dress::Alien || glyph.hides)
        || host.contains("xn--")
    {
        return Kind::Disguised;
    }
    let short = [
        "bit.ly",
        "tinyurl.com",
        "goo.gl",
        "is.gd",
        "cutt.ly",
        "ow.ly",
        "rb.gy",
        "lnkd.in",
        "t.co",
        "rebrand.ly",
        "shorturl.at",
        "linktr.ee",
        "tiny.cc",
        "s.id",
        "v.gd",
        "buff.ly",
        "t.ly",
    ];
    if short.contains(&host) { Kind::Shortener } else { Kind::Url }
}

/// "Cerca su tleregam": the name of a platform with letters exchanged.
fn misspelt_platform(
    folded: &Folded,
    tokens: &[Token],
    add: &mut impl FnMut(Kind, Range<usize>, String),
) {
    const NAMES: [&str; 4] = ["telegram", "whatsapp", "instagram", "facebook"];
    for (n, token) in tokens.iter().enumerate() {
        let word = token.word.as_str();
        let meant = NAMES.iter().any(|name| {
            word != *name
                && word.len() == name.len()
                && word.as_bytes()[0] == name.as_bytes()[0]
                && {
                    let sorted = |text: &str| {
                        let mut letters = text.as_bytes().to_vec();
                        letters.sort_unstable();
                        letters
                    };
                    sorted(word) == sorted(name)
                }
        });
        let called = tokens[n.saturating_sub(3)..n].iter().any(|before| {
            matches!(
                before.word.as_str(),
                "su" | "cerca" | "cercate" | "entra" | "gruppo" | "canale" | "on"
            )
        });
        if meant && called {
            let first = folded.flat_of(&token.glyphs);
            add(Kind::OffPlatform, first, String::new());
        }
    }
}
