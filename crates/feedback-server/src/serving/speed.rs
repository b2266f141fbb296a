//! How fast batches are computed.

use std::time::{Duration, Instant};

/// Measurements of this age count a third of new ones.
const MEMORY: Duration = Duration::from_secs(10);

/// Tokens per second, over batches that may be computed side by side.
///
/// Time counts once while at least one batch is computed, so the speed is that of all batches together. Tokens and time
/// are summed separately: a small batch that ends during a large one says nothing alone.
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

    /// A batch is taken.
    pub(crate) fn begin(&mut self, now: Instant) {
        if self.running == 0 {
            self.since = now;
        }
        self.running += 1;
    }

    /// A batch is done. Returns the speed.
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
    fn batches_side_by_side_count_together() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut speed = Speed::new(start);
        // Each takes 200 ms, two at once, the one begun 100 ms after the other: one is done every 100 ms.
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
    fn small_batches_beside_large_ones_do_not_hide_their_time() {
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
