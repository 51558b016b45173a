//! Words that are insults only when somebody is meant by them.

use std::ops::Range;

use super::fold::Folded;
use super::tokens::Token;

/// "questo …", "i …", "sei …", "brutti …".
pub(super) fn is_person(tokens: &[Token], range: &Range<usize>) -> bool {
    let before = |n: usize| back(tokens, range.start, n);
    is_calling(before(1))
        || matches!(
            before(1),
            "un" | "uno"
                | "una"
                | "questo"
                | "questa"
                | "questi"
                | "queste"
                | "quel"
                | "quello"
                | "quella"
                | "quei"
                | "quegli"
                | "quelle"
                | "i"
                | "gli"
                | "le"
                | "dei"
                | "degli"
                | "delle"
                | "solo"
                | "soliti"
                | "solite"
        )
        || is_crowd(before(2)) && before(1) == "di"
        || is_like_you(tokens, range.end)
}

/// "sei un …", "siete tutti …", "brutto …", "il sindaco è un …", "… come te".
pub(super) fn is_called(folded: &Folded, tokens: &[Token], range: &Range<usize>) -> bool {
    let before = |n: usize| back(tokens, range.start, n);
    if is_calling(before(1)) || is_like_you(tokens, range.end) {
        return true;
    }
    if (is_crowd(before(2)) || before(2) == "razza") && before(1) == "di" {
        return true;
    }
    // Over "solo un", "tutti dei", "davvero" back to the verb.
    let mut at = range.start;
    let mut steps = 0;
    while steps < 4 && at > 0 && is_filler(&tokens[at - 1].word) {
        at -= 1;
        steps += 1;
    }
    match back(tokens, at, 1) {
        "sei" | "siete" | "siamo" => !is_question_of(tokens, at),
        "e" | "sono" | "era" | "erano" | "sembra" | "sembrano" | "fa" => {
            steps > 0 && is_copula(folded, tokens, at) && is_office_near(tokens, at)
        }
        _ => false,
    }
}

/// "è", not "e": the accent is in the original, and lost in the folded text.
fn is_copula(folded: &Folded, tokens: &[Token], at: usize) -> bool {
    let verb = &tokens[at - 1];
    verb.word != "e" || folded.span(&verb.glyphs).len() > 1
}

/// "Quanti siete?" is no insult; "siete capaci" neither. Only what calls somebody something counts.
fn is_question_of(tokens: &[Token], at: usize) -> bool {
    at >= 2 && matches!(tokens[at - 2].word.as_str(), "quanti" | "quante" | "non")
}

/// Whoever governs, within a few words before.
fn is_office_near(tokens: &[Token], at: usize) -> bool {
    const FAR: usize = 6;
    tokens[at.saturating_sub(FAR)..at].iter().any(|token| {
        matches!(
            token.word.as_str(),
            "sindaco"
                | "sindaca"
                | "giunta"
                | "assessore"
                | "assessora"
                | "assessori"
                | "consigliere"
                | "consiglieri"
                | "consigliera"
                | "politici"
                | "politico"
                | "presidente"
                | "ministro"
                | "ministri"
                | "governo"
                | "vigili"
                | "vigile"
                | "dirigente"
                | "dirigenti"
                | "amministratori"
                | "onorevole"
                | "deputati"
        )
    })
}

fn is_filler(word: &str) -> bool {
    matches!(
        word,
        "un" | "uno"
            | "una"
            | "dei"
            | "degli"
            | "delle"
            | "solo"
            | "soltanto"
            | "proprio"
            | "tutti"
            | "tutte"
            | "davvero"
            | "veramente"
            | "pure"
            | "anche"
            | "il"
            | "la"
            | "i"
            | "gli"
            | "le"
            | "lo"
            | "peggior"
            | "peggiori"
            | "grandissimo"
            | "gran"
            | "vero"
            | "veri"
            | "vera"
            | "cosi"
            | "piu"
            | "sempre"
            | "bel"
            | "bella"
            | "emeriti"
            | "emerito"
    )
}

/// Words that nobody puts before a noun but to offend.
fn is_calling(word: &str) -> bool {
    const STEMS: [&str; 8] =
        ["brutt", "sporc", "lurid", "schifos", "maledett", "stramaledett", "fottut", "puzzolent"];
    matches!(word, "tu" | "voi")
        || STEMS.iter().any(|stem| {
            word.strip_prefix(stem)
                .is_some_and(|end| matches!(end, "o" | "a" | "i" | "e" | "issimo" | "issimi"))
        })
}

fn is_crowd(word: &str) -> bool {
    matches!(
        word,
        "mucchio"
            | "branco"
            | "massa"
            | "manica"
            | "banda"
            | "gruppo"
            | "accozzaglia"
            | "pezzo"
            | "pezzi"
            | "specie"
            | "orda"
            | "covo"
    )
}

/// "… come te".
fn is_like_you(tokens: &[Token], end: usize) -> bool {
    let after = |n: usize| tokens.get(end + n).map_or("", |token| token.word.as_str());
    after(0) == "come" && matches!(after(1), "te" | "voi" | "lui" | "loro" | "lei")
}

fn back(tokens: &[Token], from: usize, n: usize) -> &str {
    from.checked_sub(n).map_or("", |at| tokens[at].word.as_str())
}
