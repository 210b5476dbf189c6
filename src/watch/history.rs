//! The last hour in memory, for small charts: one point each ten seconds, bounded.

use crate::kernel::Millis;
use parking_lot::Mutex;
use std::collections::VecDeque;

pub const EVERY_MS: i64 = Millis::seconds(10);
const POINTS_MAX: usize = 360;
/// A forecast from less than this says nothing.
const FORECAST_POINTS_MIN: usize = 60;
const DAY_MS: f64 = 86_400_000.0;

#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Point {
    pub at: Millis,
    pub sockets: f64,
    pub messages_per_s: f64,
    pub answer_p99_ms: f64,
    pub writer_waiting: f64,
    pub errors_per_minute: f64,
    pub memory_bytes: f64,
    pub cpu_percent: f64,
    pub disk_free_bytes: f64,
}

#[derive(Default)]
pub struct History(Mutex<VecDeque<Point>>);

impl History {
    pub fn put(&self, point: Point) {
        let mut points = self.0.lock();
        if points.len() == POINTS_MAX {
            points.pop_front();
        }
        points.push_back(point);
    }

    pub fn points(&self) -> Vec<Point> {
        self.0.lock().iter().copied().collect()
    }

    /// In how many days the disk is full, if it goes on as in the last hour; `None` if it does not fill, or if nobody can tell
    /// yet.
    pub fn disk_full_in_days(&self) -> Option<f64> {
        let points = self.0.lock();
        let (first, last) = (points.front()?, points.back()?);
        if points.len() < FORECAST_POINTS_MIN {
            return None;
        }
        // The line with the least squares: one large upload says little about an hour.
        let n = points.len() as f64;
        let time = |point: &Point| (point.at.0 - first.at.0) as f64;
        let mean_time = points.iter().map(time).sum::<f64>() / n;
        let mean_free = points.iter().map(|point| point.disk_free_bytes).sum::<f64>() / n;
        let (mut over, mut under) = (0.0, 0.0);
        for point in points.iter() {
            over += (time(point) - mean_time) * (point.disk_free_bytes - mean_free);
            under += (time(point) - mean_time).powi(2);
        }
        let per_ms = over / under;
        (per_ms < 0.0).then(|| last.disk_free_bytes / -per_ms / DAY_MS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history(points: usize, free: impl Fn(f64) -> f64) -> History {
        let history = History::default();
        for n in 0..points {
            let disk_free_bytes = free(n as f64);
            history.put(Point { at: Millis(n as i64 * EVERY_MS), disk_free_bytes, ..Point::default() });
        }
        history
    }

    #[test]
    fn it_keeps_one_hour() {
        let points = history(1_000, |n| n).points();
        assert_eq!(points.len(), 360);
        assert_eq!(points[0].disk_free_bytes, 640.0);
    }

    #[test]
    fn a_disk_that_fills_says_when_it_is_full() {
        // 8,640 points of ten seconds are a day.
        let days = history(360, |n| 864_000.0 - n * 10.0).disk_full_in_days().unwrap();
        assert!((9.0..10.0).contains(&days), "{days}");
        assert_eq!(history(360, |n| 1_000.0 + n).disk_full_in_days(), None);
        assert_eq!(history(360, |_| 1_000.0).disk_full_in_days(), None);
        assert_eq!(history(30, |n| 1_000.0 - n).disk_full_in_days(), None);
    }
}
