//! What a room counts of itself while it works, and how it gives that away.
//!
//! Counting costs a few nanoseconds and never fails. A room keeps its figures in a `static` of its own and gives them as
//! [`Family`]s; who asks, and in which form they leave the house, it does not know.

use parking_lot::RwLock;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

/// How often something happened.
#[derive(Default)]
pub struct Count(AtomicU64);

impl Count {
    pub const fn new() -> Self {
        Count(AtomicU64::new(0))
    }

    pub fn one(&self) {
        self.add(1);
    }

    pub fn add(&self, n: u64) {
        self.0.fetch_add(n, Ordering::Relaxed);
    }

    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// How much there is of something just now.
#[derive(Default)]
pub struct Level(AtomicI64);

impl Level {
    pub const fn new() -> Self {
        Level(AtomicI64::new(0))
    }

    pub fn set(&self, n: i64) {
        self.0.store(n, Ordering::Relaxed);
    }

    pub fn get(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }

    /// One more, until what is returned is dropped.
    pub fn hold(&'static self) -> Held {
        self.0.fetch_add(1, Ordering::Relaxed);
        Held(self)
    }
}

pub struct Held(&'static Level);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Upper bounds of [`Spread::times`], microseconds.
const TIMES: [u64; 16] = [
    100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000,
    5_000_000, 10_000_000,
];
/// Upper bounds of [`Spread::sizes`].
const SIZES: [u64; 11] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024];

/// How values are spread over ranges.
pub struct Spread {
    bounds: &'static [u64],
    /// What one means in the unit that is given away.
    unit: f64,
    /// One for each bound, and one for what is above them all.
    ranges: [AtomicU64; TIMES.len() + 1],
    sum: AtomicU64,
}

impl Spread {
    /// Of times, given away in seconds.
    pub const fn times() -> Self {
        Spread::new(&TIMES, 1e-6)
    }

    /// Of how many there were at once.
    pub const fn sizes() -> Self {
        Spread::new(&SIZES, 1.0)
    }

    const fn new(bounds: &'static [u64], unit: f64) -> Self {
        Spread { bounds, unit, ranges: [const { AtomicU64::new(0) }; TIMES.len() + 1], sum: AtomicU64::new(0) }
    }

    pub fn note(&self, value: u64) {
        let range = self.bounds.partition_point(|bound| *bound < value);
        self.ranges[range].fetch_add(1, Ordering::Relaxed);
        self.sum.fetch_add(value, Ordering::Relaxed);
    }

    pub fn took(&self, time: Duration) {
        self.note(time.as_micros() as u64);
    }

    pub fn get(&self) -> Tally {
        let ranges = self.ranges[..=self.bounds.len()].iter().map(|range| range.load(Ordering::Relaxed)).collect();
        Tally { bounds: self.bounds, unit: self.unit, ranges, sum: self.sum.load(Ordering::Relaxed) }
    }
}

impl Default for Spread {
    fn default() -> Self {
        Spread::times()
    }
}

/// What a [`Spread`] held at one moment, or between two.
#[derive(Clone, PartialEq, Debug)]
pub struct Tally {
    bounds: &'static [u64],
    unit: f64,
    ranges: Vec<u64>,
    sum: u64,
}

impl Tally {
    pub fn count(&self) -> u64 {
        self.ranges.iter().sum()
    }

    /// In the unit that is given away.
    pub fn sum(&self) -> f64 {
        self.sum as f64 * self.unit
    }

    /// Upper bound (infinite for the last) and how many values lie below it and above the one before.
    pub fn ranges(&self) -> impl Iterator<Item = (f64, u64)> + '_ {
        let bounds = self.bounds.iter().map(|bound| *bound as f64 * self.unit).chain([f64::INFINITY]);
        bounds.zip(self.ranges.iter().copied())
    }

    pub fn since(&self, earlier: &Tally) -> Tally {
        let pairs = self.ranges.iter().zip(&earlier.ranges);
        let ranges = pairs.map(|(now, then)| now.saturating_sub(*then)).collect();
        Tally { ranges, sum: self.sum.saturating_sub(earlier.sum), ..*self }
    }

    /// Below which value `part` of all lie, as closely as the ranges tell; what is above them all counts as the highest
    /// bound. `None` if there are none.
    pub fn below(&self, part: f64) -> Option<f64> {
        let count = self.count();
        let wanted = part * count as f64;
        let (mut before, mut lower) = (0.0, 0.0);
        for (upper, within) in self.ranges() {
            let upper = if upper.is_finite() { upper } else { lower };
            if within > 0 && before + within as f64 >= wanted {
                return Some(lower + (upper - lower) * ((wanted - before) / within as f64).max(0.0));
            }
            (before, lower) = (before + within as f64, upper);
        }
        None
    }
}

/// One figure for each of a few names that the program knows beforehand.
pub struct Named<T: 'static>(RwLock<Vec<(&'static str, &'static T)>>);

impl<T: Default> Default for Named<T> {
    fn default() -> Self {
        Named::new()
    }
}

impl<T: Default> Named<T> {
    pub const fn new() -> Self {
        Named(RwLock::new(Vec::new()))
    }

    pub fn of(&self, name: &'static str) -> &'static T {
        let known = |list: &[(&'static str, &'static T)]| list.iter().find(|(n, _)| *n == name).map(|(_, t)| *t);
        if let Some(figure) = known(&self.0.read()) {
            return figure;
        }
        let mut list = self.0.write();
        known(&list).unwrap_or_else(|| {
            // As many as there are names in the program's text, for as long as it runs.
            let figure: &'static T = Box::leak(Box::default());
            list.push((name, figure));
            figure
        })
    }

    pub fn all(&self) -> Vec<(&'static str, &'static T)> {
        self.0.read().clone()
    }
}

/// One thing that is counted, with all its readings, as it leaves its room. A count is named without `_total`.
pub struct Family {
    pub name: &'static str,
    pub help: &'static str,
    pub readings: Vec<(Labels, Reading)>,
}

pub type Labels = Vec<(&'static str, String)>;

#[derive(Clone, PartialEq, Debug)]
pub enum Reading {
    Count(u64),
    /// Time that only grows.
    Seconds(f64),
    Level(f64),
    Spread(Tally),
}

impl Family {
    pub fn count(name: &'static str, help: &'static str, count: u64) -> Family {
        Family { name, help, readings: vec![(Vec::new(), Reading::Count(count))] }
    }

    pub fn level(name: &'static str, help: &'static str, level: f64) -> Family {
        Family { name, help, readings: vec![(Vec::new(), Reading::Level(level))] }
    }

    pub fn spread(name: &'static str, help: &'static str, spread: &Spread) -> Family {
        Family { name, help, readings: vec![(Vec::new(), Reading::Spread(spread.get()))] }
    }

    pub fn counts(name: &'static str, help: &'static str, label: &'static str, counts: &Named<Count>) -> Family {
        let reading = |(name, count): (&str, &Count)| (vec![(label, name.to_owned())], Reading::Count(count.get()));
        Family { name, help, readings: counts.all().into_iter().map(reading).collect() }
    }

    pub fn spreads(name: &'static str, help: &'static str, label: &'static str, spreads: &Named<Spread>) -> Family {
        let reading = |(name, spread): (&str, &Spread)| (vec![(label, name.to_owned())], Reading::Spread(spread.get()));
        Family { name, help, readings: spreads.all().into_iter().map(reading).collect() }
    }

    pub fn levels<'l>(
        name: &'static str,
        help: &'static str,
        label: &'static str,
        levels: impl IntoIterator<Item = (&'l str, f64)>,
    ) -> Family {
        let reading = |(name, level): (&str, f64)| (vec![(label, name.to_owned())], Reading::Level(level));
        Family { name, help, readings: levels.into_iter().map(reading).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_fall_into_their_range_bounds_included() {
        let spread = Spread::sizes();
        [1, 2, 3, 1_024, 5_000].into_iter().for_each(|value| spread.note(value));
        let tally = spread.get();
        let full: Vec<(f64, u64)> = tally.ranges().filter(|(_, n)| *n > 0).collect();
        assert_eq!(full, [(1.0, 1), (2.0, 1), (4.0, 1), (1_024.0, 1), (f64::INFINITY, 1)]);
        assert_eq!((tally.count(), tally.sum()), (5, 6_030.0));
    }

    #[test]
    fn what_came_between_two_looks_says_its_own_percentiles() {
        let spread = Spread::times();
        (0..1_000).for_each(|_| spread.took(Duration::from_secs(3)));
        let before = spread.get();
        (0..98).for_each(|_| spread.took(Duration::from_micros(800)));
        (0..2).for_each(|_| spread.took(Duration::from_millis(300)));
        let between = spread.get().since(&before);
        let (half, most) = (between.below(0.5).unwrap(), between.below(0.99).unwrap());
        assert!(half > 0.0005 && half <= 0.001, "{half}");
        assert!(most > 0.25 && most <= 0.5, "{most}");
        assert_eq!(spread.get().since(&spread.get()).below(0.5), None);
        spread.took(Duration::from_secs(60));
        assert_eq!(spread.get().since(&before).below(1.0), Some(10.0));
    }

    #[test]
    fn a_name_keeps_its_figure_and_a_level_falls_when_it_is_let_go() {
        static NAMES: Named<Count> = Named::new();
        NAMES.of("a").one();
        NAMES.of("b").add(2);
        NAMES.of("a").one();
        let all: Vec<(&str, u64)> = NAMES.all().into_iter().map(|(name, count)| (name, count.get())).collect();
        assert_eq!(all, [("a", 2), ("b", 2)]);
        static LEVEL: Level = Level::new();
        let held = LEVEL.hold();
        assert_eq!(LEVEL.get(), 1);
        drop(held);
        assert_eq!(LEVEL.get(), 0);
    }
}
