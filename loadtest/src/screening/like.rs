//! Questions that ask the same: found, told from those that only look like it, grouped when many
//! send one.

use std::collections::BTreeMap;

use filodiretto::screening::similar::{Index, WORTH};

use super::data::{Data, File, Municipal, Pair};
use super::{Bar, Counted, Row};
use crate::chance::Chance;

/// All rows about similar questions.
///
/// # Errors
/// A file is there and holds something else.
pub(super) fn rows(data: &Data) -> anyhow::Result<Vec<Row>> {
    let municipal: File<Municipal> = data.read("unlockpa_it/dev.jsonl")?;
    let mut rows = siblings(&municipal);
    rows.extend(pairs(data, &municipal)?);
    rows.push(campaign(&municipal));
    Ok(rows)
}

/// The nearest asks the same; and for how many questions the nearest may be shown, if nine of ten
/// that are shown must ask the same.
fn siblings(municipal: &File<Municipal>) -> Vec<Row> {
    let what = ["right sibling suggested first", "with a suggestion at 90 % precision"];
    let bars = [Bar::AtLeast(86.0), Bar::AtLeast(90.0)];
    let municipal = match municipal {
        Ok(municipal) => municipal,
        Err(why) => {
            return [0, 1].map(|n| Row::missing(what[n], bars[n], "%", why.clone())).into();
        }
    };
    let mut index = Index::default();
    let mut clusters: BTreeMap<&str, usize> = BTreeMap::new();
    for (n, question) in municipal.iter().enumerate() {
        index.insert(n, &question.text);
        *clusters.entry(&question.cluster).or_default() += 1;
    }
    let mut first = Counted::default();
    let mut scored: Vec<(f32, bool)> = Vec::new();
    for (n, question) in municipal.iter().enumerate() {
        if clusters[question.cluster.as_str()] < 2 {
            continue;
        }
        let nearest = index.similar(&question.text, Some(&n), 1).into_iter().next();
        let other = nearest.as_ref().map(|nearest| &municipal[nearest.id]);
        let is_right = other.is_some_and(|other| other.cluster == question.cluster);
        let told = || {
            format!("{} → {}", question.text, other.map_or("nothing", |other| other.text.as_str()))
        };
        first.add(is_right, (!is_right).then(told));
        scored.push((nearest.map_or(0.0, |nearest| nearest.score), is_right));
    }
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (mut hits, mut shown, mut least) = (0, 0, 1.0);
    for (n, (score, is_right)) in scored.iter().enumerate() {
        hits += usize::from(*is_right);
        if hits * 10 >= (n + 1) * 9 {
            (shown, least) = (n + 1, *score);
        }
    }
    let share = 100.0 * shown as f64 / scored.len().max(1) as f64;
    let of = format!("{shown} of {}, from a score of {least:.2} on", scored.len());
    vec![Row::share(what[0], bars[0], first), Row::figure(what[1], bars[1], share, "%", of)]
}

/// Pairs that ask the same, and pairs that only look like it.
fn pairs(data: &Data, municipal: &File<Municipal>) -> anyhow::Result<Vec<Row>> {
    let (wrong, marked) = ("hard negatives called the same", "their differing words marked");
    let bars = (Bar::AtMost(40.0), Bar::AtLeast(100.0));
    let pairs: File<Pair> = data.read("manual_it/near_dup.jsonl")?;
    let pairs = match pairs {
        Ok(pairs) => pairs,
        Err(why) => {
            return Ok(vec![
                Row::missing(wrong, bars.0, "%", why.clone()),
                Row::missing(marked, bars.1, "%", why),
            ]);
        }
    };
    // Beside others, so that words weigh what they weigh in an evening.
    let mut index = Index::default();
    for (n, question) in municipal.iter().flatten().take(400).enumerate() {
        index.insert(n + 1, &question.text);
    }
    let (mut called, mut differing) = (Counted::default(), Counted::default());
    for Pair { a, b, same } in pairs.iter().filter(|pair| pair.same == 0) {
        debug_assert_eq!(*same, 0);
        index.insert(0, b);
        let all = index.similar(a, None, index.len());
        let found = all.iter().find(|other| other.id == 0);
        let is_same = found.is_some_and(|found| found.same);
        called.add(is_same, is_same.then(|| format!("{a} | {b}")));
        if let Some(found) = found {
            let is_marked = !found.here.is_empty() || !found.there.is_empty();
            differing.add(is_marked, (!is_marked).then(|| format!("{a} | {b}")));
        }
    }
    Ok(vec![Row::share(wrong, bars.0, called), Row::share(marked, bars.1, differing)])
}

/// A text of ours, sent by many with small edits.
const CAMPAIGN: &str = "Basta con il cantiere infinito di viale Europa: quando chiedete scusa a chi \
    abita lì e quando riaprite la strada ai residenti?";

/// The author from whom on each finds all the earlier ones among the nearest, so that they are one
/// group: the worst of a hundred tries.
fn campaign(municipal: &File<Municipal>) -> Row {
    let what = "campaign of 20 authors with small edits: grouped by author";
    let mut worst = 0;
    for seed in 0..100 {
        let mut chance = Chance::of(seed, "campaign");
        let mut index = Index::default();
        for (n, question) in municipal.iter().flatten().take(400).enumerate() {
            index.insert(1000 + n, &question.text);
        }
        let mut grouped_from = 1;
        for author in 0..20 {
            let text = edited(CAMPAIGN, &mut chance);
            let near = index.similar(&text, None, 20);
            let earlier = near.iter().filter(|near| near.id < 1000 && near.copied).count();
            // Four others, or all there are, make it one of the group.
            if earlier < author.min(4) {
                grouped_from = author + 2;
            }
            index.insert(author, &text);
        }
        worst = worst.max(grouped_from.clamp(5, 20));
    }
    Row::figure(what, Bar::AtMost(5.0), worst as f64, "th", "the worst of 100 tries".to_owned())
}

/// One or two small edits, as people make them who want to look like themselves.
fn edited(text: &str, chance: &mut Chance) -> String {
    let mut words: Vec<String> = text.split(' ').map(str::to_owned).collect();
    for _ in 0..1 + chance.below(2) {
        let n = chance.below(words.len());
        match chance.below(5) {
            0 => {
                words.remove(n);
            }
            1 => words
                .insert(n, ["davvero", "ancora", "sindaco,", "ormai"][chance.below(4)].to_owned()),
            2 => words[n] = words[n].to_uppercase(),
            3 => words[n].push_str(["!", "...", ","][chance.below(3)]),
            _ => {
                let mut letters: Vec<char> = words[n].chars().collect();
                let at = chance.below(letters.len().saturating_sub(1));
                if letters.len() > 3 {
                    letters.swap(at, at + 1);
                }
                words[n] = letters.into_iter().collect();
            }
        }
    }
    words.join(" ")
}

/// The texts that came before, for the replay.
#[derive(Default)]
pub(super) struct Earlier {
    index: Index<usize>,
    /// Who sent each.
    authors: Vec<String>,
}

impl Earlier {
    /// What there is to say of a text beside those that came before it, which it is then one of.
    pub(super) fn like(&mut self, text: &str, author: &str) -> Vec<&'static str> {
        let nearest = self.index.similar(text, None, 1).into_iter().next();
        let code = nearest.and_then(|nearest| {
            let is_own = self.authors[nearest.id] == author;
            match nearest {
                near if near.same && near.here.is_empty() && near.there.is_empty() && is_own => {
                    Some("DUP_OWN")
                }
                near if near.same => Some("DUP_SAME"),
                near if near.score >= WORTH => Some("DUP_SIMILAR"),
                _ => None,
            }
        });
        self.index.insert(self.authors.len(), text);
        self.authors.push(author.to_owned());
        code.into_iter().collect()
    }
}
