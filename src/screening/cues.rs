//! Personal data that no rule recognises for certain: addresses, births, names of private people,
//! children, illnesses. Words around them are a reason for a person to look, and never more.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::fold::Folded;

/// What it may be: the code, and where in the original text.
#[derive(Debug)]
pub(super) struct Cue {
    pub code: &'static str,
    pub span: Range<usize>,
}

macro_rules! pattern {
    ($name:ident, $pattern:expr) => {
        static $name: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new($pattern).ok());
    };
}

pattern!(
    LIVES,
    r"(?-u:\b)(?:abit(?:o|a|iamo|ano|ate)|risied(?:o|e|iamo|ono)|resident[ei]|domiciliat[oaie]|viv(?:o|e|iamo|ono)|sto|casa (?:mia|sua|nostra)|(?:mia|nostra|sua) casa|mio indirizzo|mio condominio|mio palazzo|vicin[oa] di casa|i live|my address)(?: [a-z0-9']+| ?,){0,5}? ((?:via|viale|v\.le|v\.|vicolo|corso|c\.so|piazza|p\.za|p\.zza|piazzale|p\.le|largo|strada|contrada|lungo[a-z]+|borgo|calle|salita|frazione|street|road)(?: [a-z.']+){1,4}?[ ,]+(?:n\.? ?|numero |civico |n° ?)?[0-9]{1,4}(?: ?/ ?[a-z0-9])?[a-z]?)(?-u:\b)"
);
pattern!(
    FLAT,
    r"(?-u:\b)((?:via|viale|v\.le|corso|c\.so|piazza|largo)(?: [a-z.']+){1,4}?[ ,]+(?:n\.? ?|civico )?[0-9]{1,4}[ ,]+(?:interno|int\.?|scala|citofono|piano) ?[a-z0-9]{1,3})(?-u:\b)"
);
pattern!(
    BORN,
    r"(?-u:\b)(?:nat[oa]|nascita|classe|born)(?: [a-z']+){0,4}? ?:? ?(?:il |l'|on )?([0-9]{1,2}[ /.\-](?:[0-9]{1,2}|gennaio|febbraio|marzo|aprile|maggio|giugno|luglio|agosto|settembre|ottobre|novembre|dicembre)[ /.\-](?:19|20)?[0-9]{2})(?-u:\b)"
);
pattern!(
    HANDLE,
    r"(?-u:\b)(?:(?:mio|mia|suo|sua|mi) (?:profilo|account|nick|nickname|insta|ig|canale|contatto|utente)?|profilo|account|instagram|telegram|tiktok|facebook|snapchat|twitter)(?: [a-z]+){0,3}?[ :]+(@[a-z0-9_.]{3,30})"
);
// Over the original text: capitals are what names are known by.
pattern!(
    PRIVATE,
    r"\b(?i:(?:il|la|lo|l'|al|alla|del|della|dal|dalla|un|una|mio|mia|suo|sua|nostro|nostra) )?(?i:(?:vicin[oa]|coinquilin[oa]|inquilin[oa]|padrone di casa|condomin[oa]|dottor|dottore|dott\.|dr\.|dottoressa|dott\.ssa|dr\.ssa|medico|pediatra|infermier[ea]|maestr[oa]|prof\.|professor|professore|professoressa|prof\.ssa|insegnante|bidell[oa]|collega|impiegat[oa]|signor|signora|signore|sig\.|sig\.ra|marito|moglie|compagn[oa]|fratello|sorella|cugin[oa]|zi[oa]|nonn[oa]|padre|madre|mamma|papà|suocer[oa]|amic[oa]|ragazz[oa]|alunn[oa]|student(?:e|essa)|figli[oa]|nipote|bambin[oa]|paziente|badante|amministratore|capo|autista|tassista|idraulico)) ((?:\p{Lu}[\p{L}'’]{1,20}) (?:(?:De|Di|D'|Del|Della|Lo|La) ?)?\p{Lu}[\p{L}'’]{1,20})\b"
);
pattern!(
    CHILD,
    r"\b(?i:mi[oa]|nostr[oa]|su[oa]|un[oa]?|l[aeo]|il|quel|quella) (?i:figli[oa]|nipot(?:e|ina|ino)|bambin[oa]|alunn[oa]|ragazzin[oa]|piccol[oa]|figliolett[oa]|minorenne) (\p{Lu}[\p{Ll}'’]{2,20}(?: \p{Lu}[\p{Ll}'’]{1,20})?)\b"
);
pattern!(
    AGE,
    r"(?-u:\b)(?:di |ha |, ?)?[0-9]{1,2} ?(?:anni|mesi)(?-u:\b)|(?-u:\b)(?:asilo|nido|materna|elementar[ei]|scuola|classe|prima media|disabil[ei]|autis[a-z]+|malat[oa])(?-u:\b)"
);
pattern!(
    ILL,
    r"(?-u:\b)(?:malat[oa]|disabil[ei]|invalid[oa]|tumore|cancro|leucemia|hiv|aids|sieropositiv[oa]|alzheimer|demenza|parkinson|schizofreni[a-z]*|depress[oaie][a-z]*|psichiatric[oa]|tossicodipendente|alcolista|alcolizzat[oa]|autistic[oa]|autismo|epiless[a-z]*|epilettic[oa]|diabetic[oa]|incinta|aborto|diagnosi|terapia|handicappat[oa]|bipolare|anoressic[oa])(?-u:\b)"
);

pub(super) fn cues(text: &str, folded: &Folded) -> Vec<Cue> {
    let flat = folded.flat.as_str();
    let has_digits = flat.bytes().any(|b| b.is_ascii_digit());
    let mut cues: Vec<Cue> = Vec::new();
    let mut add = |code: &'static str, span: Range<usize>| {
        if cues.len() < super::MOST && cues.iter().all(|cue| cue.code != code || cue.span != span) {
            cues.push(Cue { code, span });
        }
    };
    for (pattern, code) in [
        (&LIVES, "PII_ADDRESS"),
        (&FLAT, "PII_ADDRESS"),
        (&BORN, "PII_BIRTH"),
        (&HANDLE, "PII_HANDLE"),
    ] {
        let is_possible = if code == "PII_HANDLE" { flat.contains('@') } else { has_digits };
        if !is_possible {
            continue;
        }
        for hit in pattern.iter().flat_map(|regex| regex.captures_iter(flat)) {
            if let Some(part) = hit.get(1) {
                add(code, folded.original(&part.range()));
            }
        }
    }
    if !has_name(text) {
        return cues;
    }
    let says = |pattern: &LazyLock<Option<Regex>>| {
        pattern.as_ref().is_some_and(|regex| regex.is_match(flat))
    };
    let (mut is_aged, mut is_ill) = (None, None);
    for hit in CHILD.iter().flat_map(|regex| regex.captures_iter(text)) {
        let Some(name) = hit.get(1) else { continue };
        let is_full = name.as_str().contains(' ');
        if is_full || *is_aged.get_or_insert_with(|| says(&AGE)) {
            add("PII_MINOR", name.range());
        }
    }
    for hit in PRIVATE.iter().flat_map(|regex| regex.captures_iter(text)) {
        let (Some(whole), Some(name)) = (hit.get(0), hit.get(1)) else { continue };
        if is_named_after(&text[..whole.start()]) || is_title(name.as_str()) {
            continue;
        }
        add("PII_PERSON", name.range());
        if *is_ill.get_or_insert_with(|| says(&ILL)) {
            add("PII_HEALTH", name.range());
        }
    }
    cues
}

/// A word with a capital, and not at the beginning of a sentence.
fn has_name(text: &str) -> bool {
    let mut before = ['.', ' '];
    text.chars().any(|c| {
        let is_name =
            c.is_uppercase() && before[1] == ' ' && !matches!(before[0], '.' | '!' | '?' | ':');
        before = [before[1], c];
        is_name
    })
}

/// Streets, schools and hospitals bear the names of doctors and teachers.
fn is_named_after(before: &str) -> bool {
    let last = before.trim_end().rsplit(' ').next().unwrap_or_default().to_lowercase();
    matches!(
        last.as_str(),
        "via"
            | "viale"
            | "piazza"
            | "piazzale"
            | "largo"
            | "corso"
            | "scuola"
            | "istituto"
            | "liceo"
            | "ospedale"
            | "parco"
            | "giardino"
            | "giardini"
            | "premio"
            | "biblioteca"
            | "palestra"
            | "stadio"
            | "teatro"
            | "fondazione"
            | "san"
            | "santa"
    )
}

/// "il dottor Assessore …", "la signora Giunta Comunale": words of an office, in capitals.
fn is_title(name: &str) -> bool {
    name.split(' ').any(|word| {
        matches!(
            word.to_lowercase().as_str(),
            "sindaco"
                | "sindaca"
                | "assessore"
                | "assessora"
                | "assessori"
                | "ministro"
                | "presidente"
                | "consigliere"
                | "consigliera"
                | "comune"
                | "comunale"
                | "giunta"
                | "consiglio"
                | "prefetto"
                | "comandante"
                | "dirigente"
                | "direttore"
                | "direttrice"
                | "segretario"
        )
    })
}
