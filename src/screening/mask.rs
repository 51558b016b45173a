//! A text with masks in it, and the way from one to the other.

use std::ops::Range;

pub(super) struct Masked {
    pub text: String,
    /// Where a mask stands in what was sent, and in `text`.
    moved: Vec<(Range<usize>, Range<usize>)>,
}

impl Masked {
    /// Puts masks into a text: in order, none over another.
    pub(super) fn of(sent: &str, masks: &[(Range<usize>, &str)]) -> Self {
        let mut text = String::with_capacity(sent.len());
        let mut moved = Vec::with_capacity(masks.len());
        let mut at = 0;
        for (span, mask) in masks {
            text.push_str(&sent[at..span.start]);
            let start = text.len();
            text.push_str(mask);
            moved.push((span.clone(), start..text.len()));
            at = span.end;
        }
        text.push_str(&sent[at..]);
        Self { text, moved }
    }

    /// Where a place of what was sent is in the text; under a mask, the side that is asked for.
    pub(super) fn place(&self, at: usize, is_end: bool) -> usize {
        let n = self.moved.partition_point(|(from, _)| from.start < at);
        let before = n.checked_sub(1).map(|n| &self.moved[n]);
        before.map_or(at, |(from, to)| across(at, from, to, is_end))
    }

    /// The way back.
    pub(super) fn sent(&self, at: usize, is_end: bool) -> usize {
        let n = self.moved.partition_point(|(_, to)| to.start < at);
        let before = n.checked_sub(1).map(|n| &self.moved[n]);
        before.map_or(at, |(from, to)| across(at, to, from, is_end))
    }
}

fn across(at: usize, from: &Range<usize>, to: &Range<usize>, is_end: bool) -> usize {
    match (at < from.end, is_end) {
        (true, true) => to.end,
        (true, false) => to.start,
        (false, _) => to.end + (at - from.end),
    }
}
