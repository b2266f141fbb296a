//! How fast batches get done.

use std::time::Instant;

/// Of what was measured before, a full batch leaves this part: about the last twenty count.
const MEMORY: f64 = 0.95;

/// Tokens per second, over batches that may be computed side by side.
///
/// Time counts while at least one batch is computed, once however many there are; so the speed is that of all together.
#[derive(Debug)]
pub(crate) struct Speed {
    /// Tokens of a full batch. Smaller ones are slow per token and count by their size.
    full: usize,
    running: usize,
    since: Instant,
    tokens: f64,
    seconds: f64,
}

impl Speed {
    pub(crate) fn new(full: usize, now: Instant) -> Self {
        Self {
            full: full.max(1),
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
        let weight = (tokens as f64 / self.full as f64).min(1.0);
        let keep = 1.0 - weight * (1.0 - MEMORY);
        self.tokens = keep * self.tokens + weight * tokens as f64;
        self.seconds = keep * self.seconds + weight * seconds;
        self.tokens / self.seconds.max(1e-9)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn batches_side_by_side_count_together() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut speed = Speed::new(100, start);
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
    fn rest_is_no_slowness() {
        let start = Instant::now();
        let mut speed = Speed::new(100, start);
        let mut measured = 0.0;
        for turn in 0..50 {
            let began = start + Duration::from_secs(10 * turn);
            speed.begin(began);
            measured = speed.end(100, began + Duration::from_millis(50));
        }
        assert!((measured - 2000.0).abs() < 1.0, "{measured}");
    }

    #[test]
    fn small_batches_say_little() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut speed = Speed::new(100, start);
        for turn in 0..50 {
            speed.begin(at(100 * turn));
            speed.end(100, at(100 * turn + 50));
        }
        // One token in 50 ms, ten times.
        let mut measured = 0.0;
        for turn in 50..60 {
            speed.begin(at(100 * turn));
            measured = speed.end(1, at(100 * turn + 50));
        }
        assert!(measured > 1900.0, "{measured}");
    }
}
