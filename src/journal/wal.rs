//! A look at a write-ahead log before SQLite reads it.
//!
//! SQLite reads a log up to the first frame whose checksum is wrong, and takes the rest for what a
//! crash left unfinished. That is right for the last commit and for nothing before it: each commit
//! of ours is synced before the next one begins, so when more than one commit stands behind a bad
//! frame, acknowledged entries would disappear without a word. Here they are counted first.
//!
//! What cannot be told apart: damage to the very last commit, and a last commit that a power cut
//! left unfinished.
//!
//! Format: <https://sqlite.org/fileformat2.html#walformat>.

/// What is wrong with this log, if opening it would lose more than a last commit that a crash cut
/// short.
pub(super) fn damage(log: &[u8]) -> Option<String> {
    let (header, frames) = log.split_at_checked(HEADER_BYTES)?;
    let order = if word(header, 0) & 1 == 0 { u32::from_le_bytes } else { u32::from_be_bytes };
    let mut sum = Sum { order, words: [0; 2] };
    sum.add(&header[..24]);
    if word(header, 0) & !1 != MAGIC || !sum.is(header, 24) {
        // It is synced before the first frame, so a crash leaves no frames behind a bad one.
        let nothing = frames.iter().all(|byte| *byte == 0);
        return (!nothing).then(|| "the header of its write-ahead log is broken".to_owned());
    }
    let page_bytes = word(header, 8) as usize;
    let salts = &header[16..24];
    let (mut first_bad, mut behind) = (None, 0);
    for (frame, n) in frames.chunks_exact(FRAME_HEADER_BYTES + page_bytes).zip(1..) {
        // Frames with other salts are of an earlier life of this file, and not ours.
        let ours = frame[8..16] == *salts;
        if first_bad.is_none() {
            sum.add(&frame[..8]);
            sum.add(&frame[FRAME_HEADER_BYTES..]);
            if !ours || !sum.is(frame, 16) {
                first_bad = Some(n);
            }
        }
        let commits = word(frame, 4) != 0;
        behind += u64::from(first_bad.is_some() && ours && commits);
    }
    let n: u64 = first_bad.filter(|_| behind > 1)?;
    Some(format!("in its write-ahead log {behind} commits stand behind frame {n}, which is broken"))
}

const HEADER_BYTES: usize = 32;
const FRAME_HEADER_BYTES: usize = 24;
/// With its last bit the order of bytes in which the sums were made.
const MAGIC: u32 = 0x377f_0682;

/// The running checksum.
struct Sum {
    order: fn([u8; 4]) -> u32,
    words: [u32; 2],
}

impl Sum {
    fn add(&mut self, bytes: &[u8]) {
        let (pairs, _) = bytes.as_chunks::<8>();
        let [mut first, mut second] = self.words;
        for &[a, b, c, d, e, f, g, h] in pairs {
            first = first.wrapping_add((self.order)([a, b, c, d])).wrapping_add(second);
            second = second.wrapping_add((self.order)([e, f, g, h])).wrapping_add(first);
        }
        self.words = [first, second];
    }

    fn is(&self, bytes: &[u8], at: usize) -> bool {
        self.words == [word(bytes, at), word(bytes, at + 4)]
    }
}

/// The big-endian number there; 0 beyond the end.
fn word(bytes: &[u8], at: usize) -> u32 {
    bytes
        .get(at..)
        .and_then(|bytes| bytes.first_chunk())
        .map_or(0, |word| u32::from_be_bytes(*word))
}
