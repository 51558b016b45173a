//! Measures taken in turns: the median of some, and how far apart they lay.

use super::{AGAIN, SPREAD};

/// What came of a set of turns.
#[derive(Debug)]
pub(super) struct Turns<T, F> {
    /// Ours.
    pub(super) ours: Vec<T>,
    /// The floor's, taken in between.
    pub(super) floor: Vec<F>,
    /// How far the floor's lie apart, against their median.
    pub(super) spread: f64,
}

/// Takes a measure and the floor's in turns, by what the floor's cost; again where these lie too far
/// apart, since then the machine was doing something else.
pub(super) fn turns<T, F>(
    count: usize,
    mut floor: impl FnMut() -> anyhow::Result<F>,
    mut ours: impl FnMut() -> anyhow::Result<T>,
    cost: impl Fn(&F) -> f64,
) -> anyhow::Result<Turns<T, F>> {
    let mut tries = 0;
    loop {
        let mut all = Turns { ours: Vec::new(), floor: Vec::new(), spread: 0.0 };
        for _ in 0..count {
            all.floor.push(floor()?);
            all.ours.push(ours()?);
        }
        all.spread = spread(&all.floor, &cost);
        tries += 1;
        if all.spread <= SPREAD || tries > AGAIN {
            return Ok(all);
        }
    }
}

/// Takes a measure that has no floor some times.
pub(super) fn some<T>(
    count: usize,
    mut measure: impl FnMut() -> anyhow::Result<T>,
) -> anyhow::Result<Vec<T>> {
    (0..count).map(|_| measure()).collect()
}

/// The median of a figure of several runs.
pub(super) fn median<T>(runs: &[T], figure: impl Fn(&T) -> f64) -> f64 {
    let mut figures: Vec<_> = runs.iter().map(figure).collect();
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// The run whose figure is the median.
pub(super) fn middle<T>(runs: &[T], figure: impl Fn(&T) -> f64) -> &T {
    let wanted = median(runs, &figure);
    runs.iter().find(|run| figure(run) == wanted).unwrap_or(&runs[0])
}

/// How far the figures lie apart, against their median.
pub(super) fn spread<T>(runs: &[T], figure: impl Fn(&T) -> f64) -> f64 {
    let range = runs.iter().map(&figure);
    let (least, most) = range.fold((f64::MAX, 0.0_f64), |(a, b), cost| (a.min(cost), b.max(cost)));
    let median = median(runs, figure);
    if median == 0.0 { 0.0 } else { (most - least) / median }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A floor that costs these, one after the other, and for ever the last.
    fn taken(costs: &[f64]) -> (usize, Turns<u32, f64>) {
        let mut taken = 0;
        let floor = || {
            taken += 1;
            Ok(costs[(taken - 1).min(costs.len() - 1)])
        };
        let all = turns(3, floor, || Ok(7), |cost| *cost).expect("no fault");
        (taken, all)
    }

    #[test]
    fn a_floor_that_moves_is_taken_again_but_not_for_ever() {
        assert_eq!(taken(&[1.0, 1.1, 1.2]).0, 3, "20 % apart will do");
        let (count, all) = taken(&[1.0, 1.5, 1.2, 1.0]);
        assert_eq!((count, all.ours.len(), all.spread), (6, 3, 0.0), "the second set");
        let wild = [1.0, 2.0].repeat(20);
        assert_eq!(taken(&wild).0, 3 * (1 + AGAIN), "it goes on and says so");
    }

    #[test]
    fn the_middle_is_a_run_and_the_spread_is_against_it() {
        let runs = [4.0, 2.0, 3.0];
        assert_eq!((median(&runs, |r| *r), *middle(&runs, |r| *r)), (3.0, 3.0));
        assert!((spread(&runs, |r| *r) - 2.0 / 3.0).abs() < 1e-9);
    }
}
