//! The random number generator of NumPy's `RandomState`.

use rand_mt::Mt;

use crate::shuffle::Shuffle;

/// The Mersenne Twister MT19937; gives the same numbers as NumPy's `RandomState(seed)`.
pub(super) struct RandomState(Mt);

impl RandomState {
    pub(super) fn new(seed: u32) -> Self {
        Self(Mt::new(seed))
    }

    fn next_u64(&mut self) -> u64 {
        let high = u64::from(self.0.next_u32());
        high << 32 | u64::from(self.0.next_u32())
    }
}

impl Shuffle for RandomState {
    /// NumPy's `random_interval`: masks a random number, and draws again while the result is above `max`.
    fn index_up_to(&mut self, max: usize) -> usize {
        let max = max as u64;
        if max == 0 {
            return 0;
        }
        let mask = u64::MAX >> max.leading_zeros();
        loop {
            let value = if max <= u64::from(u32::MAX) {
                u64::from(self.0.next_u32())
            } else {
                self.next_u64()
            };
            if value & mask <= max {
                return (value & mask) as usize;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_agrees_with_the_cpp_standard() {
        // ISO C++ 2011, 26.5.5 [rand.predef]: the 10000th value of mt19937 with its default seed 5489.
        let mut generator = RandomState::new(5489);
        let last = (0..10_000).map(|_| generator.0.next_u32()).last();
        assert_eq!(last, Some(4_123_659_995));
    }

    #[test]
    fn numbers_are_in_range() {
        let mut generator = RandomState::new(1);
        assert_eq!(generator.index_up_to(0), 0);
        for max in [1, 2, 3, 7, 8, 100] {
            let drawn: Vec<usize> = (0..2000).map(|_| generator.index_up_to(max)).collect();
            assert_eq!(drawn.iter().max(), Some(&max));
            assert_eq!(drawn.iter().min(), Some(&0));
        }
    }
}
