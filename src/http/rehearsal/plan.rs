//! Who does what, and when: an evening as its seed tells it. Knows no session and no clock.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use super::questions::{self, Nature};

/// People come in waves: how many of twenty, from when on, and during how many seconds.
const WAVES: [(usize, u64, u64); 3] = [(8, 0, 20), (7, 45, 60), (5, 150, 180)];

/// How long somebody stays, is away, and reads before they look again, in seconds.
const STAYS: (u64, u64) = (180, 1_200);
const AWAY: (u64, u64) = (30, 240);
const READS: (u64, u64) = (12, 45);

/// Between two questions: at first this, and a second more for each minute of the evening, until
/// it is `SELDOM`.
const OFTEN: Duration = Duration::from_secs(3);
const SELDOM: Duration = Duration::from_secs(40);

/// What somebody does. People are numbers from 0, questions those of [`questions::all`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deed {
    /// Opens the page.
    Arrives(usize),
    /// Closes it.
    Leaves(usize),
    /// Reads the list, and may vote; the number decides for what.
    Looks(usize, u64),
    /// Asks this; `None` when all was asked once, and only what was put off is left.
    Asks(usize, Option<usize>),
}

/// The evening's deeds in order, without end. The same seed and crowd, the same evening.
pub(super) struct Plan {
    chance: Chance,
    /// When each person is next heard of.
    moments: BTreeSet<(Duration, usize)>,
    /// Until when those stay who are here.
    here: Vec<Option<Duration>>,
    asks_at: Duration,
    questions: VecDeque<usize>,
}

impl Plan {
    pub(super) fn new(seed: u64, crowd: usize) -> Self {
        let mut chance = Chance(seed);
        let moments = (0..crowd).map(|who| {
            let mut of_twenty = chance.below(20);
            let wave = WAVES.iter().find(|(share, ..)| {
                let here = of_twenty < *share;
                of_twenty = of_twenty.saturating_sub(*share);
                here
            });
            let (_, from, during) = wave.copied().unwrap_or(WAVES[0]);
            (chance.between((from, from + during)), who)
        });
        let moments = moments.collect();
        let mut questions: Vec<usize> = (0..questions::all().len()).collect();
        for last in (1..questions.len()).rev() {
            questions.swap(last, chance.below(last + 1));
        }
        soon(&mut questions);
        let questions = questions.into();
        Self { chance, moments, here: vec![None; crowd], asks_at: OFTEN, questions }
    }

    /// Somebody who is here, if anybody is.
    fn anybody(&mut self) -> Option<usize> {
        let here: Vec<usize> =
            (0..self.here.len()).filter(|who| self.here[*who].is_some()).collect();
        here.get(self.chance.below(here.len())).copied()
    }

    fn asks(&mut self, at: Duration) -> Option<Deed> {
        let pause = (OFTEN + at / 60).min(SELDOM);
        self.asks_at = at + pause / 2 + self.chance.part_of(pause);
        let who = self.anybody()?;
        Some(Deed::Asks(who, self.questions.pop_front()))
    }

    fn lives(&mut self, at: Duration, who: usize) -> Deed {
        let (deed, next) = match self.here[who] {
            None => {
                self.here[who] = Some(at + self.chance.between(STAYS));
                (Deed::Arrives(who), READS)
            }
            Some(until) if until <= at => {
                self.here[who] = None;
                (Deed::Leaves(who), AWAY)
            }
            Some(_) => (Deed::Looks(who, self.chance.draw()), READS),
        };
        self.moments.insert((at + self.chance.between(next), who));
        deed
    }
}

/// What somebody makes of their own question while nobody has read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Second {
    /// Writes it anew.
    Edits,
    /// Takes it back.
    Withdraws,
}

/// Few think again, and always of the same questions.
pub(super) const fn second(question: usize) -> Option<Second> {
    match question % 12 {
        0 => Some(Second::Edits),
        1 => Some(Second::Withdraws),
        _ => None,
    }
}

/// Moves forward what is seldom, so that the first minutes have something of everything: one that is
/// rude, one with a number, one that was asked just before, one that its asker changes or takes back.
fn soon(questions: &mut Vec<usize>) {
    let first = |questions: &[usize], is: fn(&Nature) -> bool| {
        questions.iter().copied().find(|question| is(&questions::all()[*question].nature))
    };
    let again = first(questions, |nature| matches!(nature, Nature::Again(_)));
    let of = again.and_then(|again| match questions::all()[again].nature {
        Nature::Again(of) => Some(of),
        _ => None,
    });
    let rude = first(questions, |nature| matches!(nature, Nature::Rude));
    let phone = first(questions, |nature| matches!(nature, Nature::Phone));
    let thinks = |wanted| questions.iter().copied().find(|q| second(*q) == Some(wanted));
    let (edited, withdrawn) = (thinks(Second::Edits), thinks(Second::Withdraws));
    let places = [(3, of), (5, edited), (7, rude), (9, withdrawn), (11, phone), (15, again)];
    for (place, question) in places {
        if let Some(question) = question {
            questions.retain(|other| *other != question);
            questions.insert(place.min(questions.len()), question);
        }
    }
}

impl Iterator for Plan {
    type Item = (Duration, Deed);

    /// `None` only where there is no crowd.
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (moment, who) = *self.moments.first()?;
            if self.asks_at <= moment {
                let at = self.asks_at;
                if let Some(deed) = self.asks(at) {
                    return Some((at, deed));
                }
            } else {
                self.moments.pop_first();
                return Some((moment, self.lives(moment, who)));
            }
        }
    }
}

/// Splitmix64: choices that a seed repeats, on every machine.
struct Chance(u64);

impl Chance {
    fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed(self.0)
    }

    /// From 0 up to and without `most`; 0 where there is nothing to choose from.
    fn below(&mut self, most: usize) -> usize {
        (self.draw() % (most.max(1) as u64)) as usize
    }

    fn between(&mut self, (from, to): (u64, u64)) -> Duration {
        Duration::from_secs(from) + self.part_of(Duration::from_secs(to - from))
    }

    fn part_of(&mut self, time: Duration) -> Duration {
        time / 1_000 * (self.draw() % 1_000) as u32
    }
}

/// A number that looks like chance and follows from another.
pub(super) const fn mixed(of: u64) -> u64 {
    let z = (of ^ (of >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(seed: u64, crowd: usize, deeds: usize) -> Vec<(Duration, Deed)> {
        Plan::new(seed, crowd).take(deeds).collect()
    }

    #[test]
    fn the_same_seed_is_the_same_evening() {
        assert_eq!(first(1, 60, 5_000), first(1, 60, 5_000));
        assert_ne!(first(1, 60, 5_000), first(2, 60, 5_000));
    }

    #[test]
    fn nobody_acts_who_is_not_here_and_time_never_goes_back() {
        let mut here = BTreeSet::new();
        let mut last = Duration::ZERO;
        let (mut left, mut came_back) = (BTreeSet::new(), 0);
        for (at, deed) in first(7, 40, 20_000) {
            assert!(at >= last, "{at:?} after {last:?}");
            last = at;
            match deed {
                Deed::Arrives(who) => {
                    assert!(here.insert(who));
                    came_back += usize::from(left.contains(&who));
                }
                Deed::Leaves(who) => {
                    assert!(here.remove(&who));
                    left.insert(who);
                }
                Deed::Looks(who, _) | Deed::Asks(who, _) => assert!(here.contains(&who)),
            }
        }
        assert!(came_back > 0, "nobody ever came back");
    }

    #[test]
    fn everything_is_asked_once_often_at_first_and_seldom_later() {
        let asks: Vec<_> = Plan::new(1, 60)
            .filter_map(|(at, deed)| match deed {
                Deed::Asks(_, question) => Some((at, question)),
                _ => None,
            })
            .take_while(|(_, question)| question.is_some())
            .collect();
        let different: BTreeSet<_> = asks.iter().map(|(_, question)| *question).collect();
        assert_eq!((asks.len(), different.len()), (questions::all().len(), asks.len()));
        let during = |from: u64, to: u64| {
            let seconds = from * 60..to * 60;
            asks.iter().filter(|(at, _)| seconds.contains(&at.as_secs())).count()
        };
        assert!(during(0, 5) > 2 * during(30, 35), "{} {}", during(0, 5), during(30, 35));
    }

    #[test]
    fn without_people_nothing_happens() {
        assert_eq!(Plan::new(1, 0).next(), None);
    }
}
