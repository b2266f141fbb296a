//! Limits how many requests one client may send.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Mutex;
use std::time::Instant;

use crate::clock::locked;

/// Maximum number of clients to remember. Beyond that, idle clients are forgotten, or all clients if none is idle.
const MAX_CLIENTS: usize = 10_000;

/// A token bucket for each client.
#[derive(Debug)]
pub(crate) struct RateLimiter {
    per_second: f64,
    burst: f64,
    clients: Mutex<HashMap<IpAddr, Bucket>>,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    tokens: f64,
    at: Instant,
}

impl RateLimiter {
    /// Creates a limiter for wrong keys: `burst` at once, then `per_minute` a minute.
    pub(crate) fn for_guesses(per_minute: u32, burst: u32) -> Self {
        Self {
            per_second: f64::from(per_minute) / 60.0,
            ..Self::new(1, burst)
        }
    }

    /// Returns the number of seconds to wait as an error if [`RateLimiter::take`] would fail. Takes no token.
    pub(crate) fn check(&self, client: IpAddr, now: Instant) -> Result<(), u64> {
        let clients = locked(&self.clients);
        let Some(bucket) = clients.get(&client) else {
            return Ok(());
        };
        let passed = now.duration_since(bucket.at).as_secs_f64();
        let tokens = bucket.tokens + passed * self.per_second;
        if tokens < 1.0 {
            return Err((((1.0 - tokens) / self.per_second).ceil() as u64).max(1));
        }
        Ok(())
    }

    /// Creates a limiter. With `per_second` 0, there is no limit.
    pub(crate) fn new(per_second: u32, burst: u32) -> Self {
        Self {
            per_second: f64::from(per_second),
            burst: f64::from(burst.max(1)),
            clients: Mutex::new(HashMap::new()),
        }
    }

    /// Takes a token of this client. If the client has no token, returns the number of seconds until its next token as an error.
    pub(crate) fn take(&self, client: IpAddr, now: Instant) -> Result<(), u64> {
        if self.per_second == 0.0 {
            return Ok(());
        }
        let mut clients = locked(&self.clients);
        if clients.len() >= MAX_CLIENTS && !clients.contains_key(&client) {
            let refill = self.burst / self.per_second;
            clients.retain(|_, bucket| now.duration_since(bucket.at).as_secs_f64() < refill);
            if clients.len() >= MAX_CLIENTS {
                clients.clear(); // better to allow some more requests than to use more memory
            }
        }
        let bucket = clients.entry(client).or_insert(Bucket {
            tokens: self.burst,
            at: now,
        });
        let passed = now.duration_since(bucket.at).as_secs_f64();
        bucket.tokens = (bucket.tokens + passed * self.per_second).min(self.burst);
        bucket.at = now;
        if bucket.tokens < 1.0 {
            return Err((((1.0 - bucket.tokens) / self.per_second).ceil() as u64).max(1));
        }
        bucket.tokens -= 1.0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_client_has_its_burst_and_then_its_rate() {
        let limiter = RateLimiter::new(2, 3);
        let (one, other) = ([127, 0, 0, 1].into(), [127, 0, 0, 2].into());
        let start = Instant::now();
        assert_eq!((0..4).filter(|_| limiter.take(one, start).is_ok()).count(), 3);
        assert_eq!(limiter.take(one, start), Err(1));
        assert_eq!(limiter.take(other, start), Ok(()));
        assert_eq!(limiter.take(one, start + Duration::from_millis(600)), Ok(()));
        assert!(limiter.take(one, start + Duration::from_millis(600)).is_err());
    }

    #[test]
    fn wrong_keys_are_limited() {
        let guesses = RateLimiter::for_guesses(6, 2);
        let (client, start) = ([127, 0, 0, 1].into(), Instant::now());
        assert_eq!(guesses.check(client, start), Ok(()));
        assert_eq!(guesses.take(client, start), Ok(()));
        assert_eq!(guesses.take(client, start), Ok(()));
        assert_eq!(guesses.check(client, start), Err(10));
        assert_eq!(guesses.check(client, start + Duration::from_secs(10)), Ok(()));
    }
}
