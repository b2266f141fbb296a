//! Measures how fast batches are computed.

use std::time::{Duration, Instant};

/// After this much computing time, a measurement has 1/e, about a third, of the weight of a new one.
const MEMORY: Duration = Duration::from_secs(10);

/// The speed of all batches together, in tokens per second. Several batches may be computed in parallel.
///
/// Time is counted once while at least one batch is computed. Tokens and time are summed separately, because the speed of a
/// small batch that ends during a large one would be misleading.
#[derive(Debug)]
pub(crate) struct Speed {
    running: usize,
    since: Instant,
    tokens: f64,
    seconds: f64,
}

impl Speed {
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            running: 0,
            since: now,
            tokens: 0.0,
            seconds: 0.0,
        }
    }

    /// Records the start of a batch.
    pub(crate) fn begin(&mut self, now: Instant) {
        if self.running == 0 {
            self.since = now;
        }
        self.running += 1;
    }

    /// Records the end of a batch. Returns the speed in tokens per second.
    pub(crate) fn end(&mut self, tokens: usize, now: Instant) -> f64 {
        self.running = self.running.saturating_sub(1);
        let seconds = now.saturating_duration_since(self.since).as_secs_f64();
        self.since = now;
        let keep = (-seconds / MEMORY.as_secs_f64()).exp();
        self.tokens = keep * self.tokens + tokens as f64;
        self.seconds = keep * self.seconds + seconds;
        self.tokens / self.seconds.max(1e-9)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parallel_batches_are_measured_together() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut speed = Speed::new(start);
        // Each batch takes 200 ms, and a new batch starts every 100 ms, so one batch ends every 100 ms.
        speed.begin(at(0));
        speed.begin(at(100));
        let mut measured = 0.0;
        for turn in 2..200 {
            measured = speed.end(100, at(100 * turn));
            speed.begin(at(100 * turn));
        }
        assert!((measured - 1000.0).abs() < 20.0, "{measured}");
    }

    #[test]
    fn idle_time_does_not_count() {
        let start = Instant::now();
        let mut speed = Speed::new(start);
        let mut measured = 0.0;
        for turn in 0..50 {
            let began = start + Duration::from_secs(10 * turn);
            speed.begin(began);
            measured = speed.end(100, began + Duration::from_millis(50));
        }
        assert!((measured - 2000.0).abs() < 1.0, "{measured}");
    }

    #[test]
    fn small_batches_during_a_large_one_do_not_distort_the_speed() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut speed = Speed::new(start);
        let mut measured = 0.0;
        for turn in 0..100 {
            let began = 100 * turn;
            speed.begin(at(began)); // 100 tokens in 100 ms
            for small in 0..9 {
                speed.begin(at(began + 10 * small));
                speed.end(1, at(began + 10 * small + 10));
            }
            measured = speed.end(100, at(began + 100));
        }
        assert!((measured - 1090.0).abs() < 20.0, "{measured}");
    }
}
