//! The organiser's own words: what is sent back, what is held, and what is let through.

use std::collections::BTreeMap;
use std::ops::Range;

use super::fold::Folded;
use super::tokens::{Token, tokens};
use super::vocabulary::Vocabulary;

/// Shortest word of a list that is also looked for in disguise.
const SHORTEST: usize = 4;

/// The lists of a session, made ready once for all texts that are screened under one policy.
///
/// An entry is a word, a phrase, or the beginning of a word (`prefix*`). Words are whole words of
/// any language, in any case, with or without accents, also disguised (`w0rd`, `w.o.r.d`); an entry
/// without letters and digits, such as an emoji, is looked for as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lists {
    entries: Vec<Entry>,
    /// Entries by their first word, and by the beginning of it.
    by_word: BTreeMap<String, Vec<usize>>,
    by_prefix: BTreeMap<String, Vec<usize>>,
    known: Vocabulary,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum List {
    Block,
    Hold,
    Allow,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    list: List,
    /// As the organiser wrote it.
    written: String,
    words: Vec<Word>,
    /// What is looked for where there are no words.
    signs: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Word {
    text: String,
    is_prefix: bool,
}

impl Word {
    fn is(&self, word: &str) -> bool {
        if self.is_prefix { word.starts_with(&self.text) } else { word == self.text }
    }
}

/// Where an entry stands in a text.
#[derive(Debug)]
pub(super) struct Listed<'l> {
    pub list: List,
    pub entry: &'l str,
    pub glyphs: Range<usize>,
    pub is_disguised: bool,
}

impl Lists {
    /// Makes three lists ready. An entry that says nothing (`*`, spaces) finds nothing.
    pub fn new(block: &[String], hold: &[String], allow: &[String]) -> Self {
        let mut lists = Self::default();
        for (list, written) in [(List::Block, block), (List::Hold, hold), (List::Allow, allow)] {
            for entry in written {
                lists.add(list, entry);
            }
        }
        lists
    }

    fn add(&mut self, list: List, written: &str) {
        let flat = Folded::of(written.trim()).flat;
        let words: Vec<Word> = flat
            .split(|c: char| !c.is_alphanumeric() && c != '*')
            .map(|word| Word { text: word.replace('*', ""), is_prefix: word.ends_with('*') })
            .filter(|word| !word.text.is_empty())
            .collect();
        let n = self.entries.len();
        let mut signs = String::new();
        match words.first() {
            Some(first) if first.is_prefix => {
                self.by_prefix.entry(first.text.clone()).or_default().push(n);
            }
            Some(first) => self.by_word.entry(first.text.clone()).or_default().push(n),
            // A stop or a star alone would be in every text.
            None if flat.is_ascii() => return,
            None => signs = flat,
        }
        for word in &words {
            if word.is_prefix {
                self.known.add_prefix(&word.text);
            } else if word.text.len() >= SHORTEST && word.text.is_ascii() {
                self.known.add(&word.text);
            }
        }
        self.entries.push(Entry { list, written: written.trim().to_owned(), words, signs });
    }

    /// What of the lists stands in a text, the exceptions already made: entries to block and to
    /// hold, and where something is allowed.
    pub(super) fn find(&self, folded: &Folded) -> (Vec<Listed<'_>>, Vec<Range<usize>>) {
        if self.entries.is_empty() {
            return (Vec::new(), Vec::new());
        }
        let read = tokens(folded, &self.known);
        let mut found = Vec::new();
        for at in 0..read.len() {
            self.find_at(&read[at..], &mut found);
        }
        for entry in self.entries.iter().filter(|entry| !entry.signs.is_empty()) {
            let hits = folded.flat.match_indices(&entry.signs);
            found.extend(hits.take(super::MOST).map(|(at, signs)| {
                let glyphs = folded.glyphs_of(&(at..at + signs.len()));
                Listed { list: entry.list, entry: &entry.written, glyphs, is_disguised: false }
            }));
        }
        let allowed = found.iter().filter(|listed| listed.list == List::Allow);
        let allowed = united(allowed.map(|listed| listed.glyphs.clone()).collect());
        found.retain(|listed| listed.list != List::Allow && !is_in(&listed.glyphs, &allowed));
        if found.len() > super::MOST {
            found.sort_by_key(|listed| listed.list == List::Hold);
            found.truncate(super::MOST);
        }
        (found, allowed)
    }

    /// The entries that begin with the first of these words.
    fn find_at<'l>(&'l self, read: &[Token], found: &mut Vec<Listed<'l>>) {
        let first = read[0].word.as_str();
        let beginnings = first
            .char_indices()
            .filter_map(|(at, c)| self.by_prefix.get(&first[..at + c.len_utf8()]));
        for n in self.by_word.get(first).into_iter().chain(beginnings).flatten() {
            let entry = &self.entries[*n];
            let Some(under) = read.get(..entry.words.len()) else { continue };
            if !entry.words.iter().zip(under).all(|(word, token)| word.is(&token.word)) {
                continue;
            }
            found.push(Listed {
                list: entry.list,
                entry: &entry.written,
                glyphs: read[0].glyphs.start..under[under.len() - 1].glyphs.end,
                is_disguised: under.iter().any(|token| token.is_disguised),
            });
        }
    }
}

/// The same places, in order and none over another.
fn united(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.sort_by_key(|range| range.start);
    ranges.into_iter().fold(Vec::new(), |mut united, range| {
        match united.last_mut() {
            Some(last) if range.start < last.end => last.end = last.end.max(range.end),
            _ => united.push(range),
        }
        united
    })
}

/// Whether it lies in one of these places, which are in order.
fn is_in(inner: &Range<usize>, places: &[Range<usize>]) -> bool {
    let n = places.partition_point(|place| place.start <= inner.start);
    n.checked_sub(1).is_some_and(|n| inner.end <= places[n].end)
}

/// Takes the words out that the organiser allows: nothing is found in them, or with them.
pub(super) fn leave_out(read: &mut [Token], allowed: &[Range<usize>]) {
    for token in read.iter_mut().filter(|token| is_in(&token.glyphs, allowed)) {
        token.word.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Knobs, Verdict, screen};
    use super::*;

    fn knobs(block: &[&str], hold: &[&str], allow: &[&str]) -> Knobs {
        let [block, hold, allow] =
            [block, hold, allow].map(|list| list.iter().map(|&e| e.to_owned()).collect::<Vec<_>>());
        Knobs { lists: Lists::new(&block, &hold, &allow), ..Knobs::default() }
    }

    fn found(text: &str, knobs: &Knobs) -> Vec<String> {
        screen(text, knobs)
            .findings
            .iter()
            .map(|finding| {
                let under = finding.spans.first().map_or("", |span| &text[span.clone()]);
                format!("{} {under}", finding.code)
            })
            .collect()
    }

    #[test]
    fn an_entry_is_a_whole_word_of_any_language() {
        let knobs = knobs(&["Inceneritore", "città vecchia", "überholt"], &["stadio*", "🌭"], &[]);
        for (text, expected) in [
            ("Che fine fa l'INCENERITORE?", "WORD_LIST_BLOCK INCENERITORE"),
            ("Nella citta' no, nella Citta Vecchia sì", "WORD_LIST_BLOCK Citta Vecchia"),
            ("Ist das nicht uberholt?", "WORD_LIST_BLOCK uberholt"),
            ("I parcheggi degli stadioni?", "WORD_LIST_HOLD stadioni"),
            ("Quando un \u{1f32d} in piazza?", "WORD_LIST_HOLD \u{1f32d}"),
        ] {
            assert_eq!(found(text, &knobs), [expected], "{text}");
        }
        for text in ["Quanti inceneritori servono?", "La città è vecchia?", "Lo stadi è chiuso?"]
        {
            assert_eq!(found(text, &knobs), [""; 0], "{text}");
        }
        let evidence = screen("Che fine fa l'inceneritore?", &knobs).findings.remove(0).evidence;
        assert_eq!(evidence.as_deref(), Some("Inceneritore"));
    }

    #[test]
    fn a_disguise_comes_off() {
        let knobs = knobs(&["inceneritore"], &["stadion*"], &[]);
        for disguised in [
            "1ncener1tore",
            "i.n.c.e.n.e.r.i.t.o.r.e",
            "i n c e n e r i t o r e",
            "incen*ritore",
            "inceeeneritore",
            "inc\u{200b}eneritore",
            "іncenеrіtоrе",
            "INCENERIT0RE",
            "stadi0nissimo",
        ] {
            let text = format!("Che dite di {disguised} in centro");
            let codes = found(&text, &knobs);
            assert!(codes.iter().any(|code| code.starts_with("WORD_LIST")), "{text}: {codes:?}");
        }
        let codes: Vec<_> = found("Che dite di 1nceneritore", &knobs);
        assert_eq!(codes, ["WORD_LIST_BLOCK 1nceneritore", "EVADE_DISGUISED 1nceneritore"]);
        assert_eq!(screen("Che dite di 1nceneritore", &knobs).verdict(), Verdict::Block);
    }

    #[test]
    fn what_is_allowed_is_no_finding_of_ours_and_an_exception_to_the_lists() {
        let knobs = knobs(&["rossi*"], &["bianchi"], &["rossini", "stronzo di mare", "negri"]);
        for text in [
            "A che ora apre il teatro Rossini?",
            "Quando si pesca lo stronzo di mare?",
            "Odio i negri di via Larga, cosa fate?",
        ] {
            assert_eq!(found(text, &knobs), [""; 0], "{text}");
        }
        assert_eq!(found("Rossini e Rossino cosa fanno", &knobs), ["WORD_LIST_BLOCK Rossino"]);
        // The exception is for these words only.
        assert_eq!(found("Sei uno stronzo di sindaco", &knobs), ["WORD_VULGAR stronzo"]);
    }

    #[test]
    fn an_entry_that_says_nothing_finds_nothing() {
        let knobs = knobs(&["*", "", " . ", "?"], &["**"], &["!"]);
        assert_eq!(found("Come mai? Non si sa * . !", &knobs), [""; 0]);
    }
}
