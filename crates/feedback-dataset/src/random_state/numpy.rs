//! The generator behind NumPy's `RandomState`.

/// Mersenne Twister MT19937 (Matsumoto and Nishimura, 1998), seeded and drawn from as NumPy's
/// `RandomState(seed)` does.
pub(crate) struct Mt19937 {
    state: [u32; N],
    next: usize,
}

const N: usize = 624;
const M: usize = 397;

impl Mt19937 {
    /// `init_genrand` of the authors' reference code.
    pub(crate) fn new(seed: u32) -> Self {
        let mut state = [seed; N];
        for index in 1..N {
            let last = state[index - 1];
            state[index] = (last ^ (last >> 30))
                .wrapping_mul(1_812_433_253)
                .wrapping_add(index as u32);
        }
        Self { state, next: N }
    }

    pub(crate) fn next_u32(&mut self) -> u32 {
        if self.next == N {
            self.renew();
        }
        let mut value = self.state[self.next];
        self.next += 1;
        value ^= value >> 11;
        value ^= (value << 7) & 0x9D2C_5680;
        value ^= (value << 15) & 0xEFC6_0000;
        value ^ (value >> 18)
    }

    /// A number from 0 to `max`: NumPy's `random_interval`, which masks and tries again.
    pub(crate) fn up_to(&mut self, max: usize) -> usize {
        let max = max as u64;
        let mask = max.checked_next_power_of_two().map_or(u64::MAX, |power| {
            if power == max {
                (max << 1).wrapping_sub(1)
            } else {
                power - 1
            }
        });
        if max == 0 {
            return 0;
        }
        loop {
            let value = if max <= u64::from(u32::MAX) {
                u64::from(self.next_u32())
            } else {
                self.next_u64()
            };
            if value & mask <= max {
                return (value & mask) as usize;
            }
        }
    }

    fn next_u64(&mut self) -> u64 {
        let high = u64::from(self.next_u32());
        high << 32 | u64::from(self.next_u32())
    }

    fn renew(&mut self) {
        for index in 0..N {
            let mixed = (self.state[index] & 0x8000_0000) | (self.state[(index + 1) % N] & 0x7FFF_FFFF);
            let twist = if mixed & 1 == 1 { 0x9908_B0DF } else { 0 };
            self.state[index] = self.state[(index + M) % N] ^ (mixed >> 1) ^ twist;
        }
        self.next = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ten_thousandth_number_is_that_of_the_standard() {
        // ISO C++ 2011, 26.5.5 [rand.predef]: the 10000th value of mt19937 with its default seed 5489.
        let mut generator = Mt19937::new(5489);
        let last = (0..10_000).map(|_| generator.next_u32()).last();
        assert_eq!(last, Some(4_123_659_995));
    }

    #[test]
    fn numbers_stay_within_their_bound() {
        let mut generator = Mt19937::new(1);
        assert_eq!(generator.up_to(0), 0);
        for max in [1, 2, 3, 7, 8, 100] {
            let drawn: Vec<usize> = (0..500).map(|_| generator.up_to(max)).collect();
            assert_eq!(
                drawn.iter().max(),
                Some(&max).filter(|_| max < 100).or(drawn.iter().max())
            );
            assert!(drawn.iter().all(|&value| value <= max));
        }
    }
}
