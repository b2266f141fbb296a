//! Seeded draws for the studies of this folder.

use chacha20::ChaCha8Rng;
use chacha20::rand_core::{Rng, SeedableRng};

/// Random numbers from `ChaCha8Rng`.
pub(crate) struct Random(ChaCha8Rng);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// A number above 0 and at most 1.
    pub(crate) fn unit(&mut self) -> f64 {
        ((self.0.next_u64() >> 11) + 1) as f64 / (1u64 << 53) as f64
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.0.next_u64()) * bound as u128) >> 64) as usize
    }

    pub(crate) fn shuffle<T>(&mut self, values: &mut [T]) {
        for place in (1..values.len()).rev() {
            values.swap(place, self.below(place + 1));
        }
    }

    /// Shares of `n` classes, uniformly distributed over all distributions (Dirichlet with all parameters 1).
    pub(crate) fn shares(&mut self, n: usize) -> Vec<f64> {
        let parts: Vec<f64> = (0..n).map(|_| -self.unit().ln()).collect();
        let sum: f64 = parts.iter().sum();
        parts.into_iter().map(|part| part / sum).collect()
    }

    /// A class, drawn with these shares.
    pub(crate) fn class(&mut self, shares: &[f64]) -> usize {
        let mut left = self.unit();
        for (class, share) in shares.iter().enumerate() {
            left -= share;
            if left <= 0.0 {
                return class;
            }
        }
        shares.len() - 1
    }
}
