//! Counter-based dropout: the same key gives the same mask, no matter which code computes it and in which
//! order.

use crate::rows::for_blocks;
use crate::simd::{Kernel, LANES, Simd, run};

/// Determines which values are dropped.
///
/// The random numbers are Philox4x32-10 (Salmon et al. 2011, “Parallel random numbers: as easy as 1, 2, 3”) of
/// a key and the position of a value. The backward pass can therefore compute them again, and they need not be
/// stored.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Dropout {
    /// A value is dropped if its random number is below this threshold.
    threshold: u32,
    /// Factor of the values that are kept, 1 / (1 - p).
    scale: f32,
    key: [u32; 2],
}

/// Number of random numbers in one block.
const BLOCK: usize = 4 * LANES;

impl Dropout {
    /// Creates dropout with this probability; `None` if it is not above 0. With probability 1, all values are
    /// dropped.
    pub(crate) fn new(probability: f64, key: u64) -> Option<Self> {
        let probability = probability.min(1.0);
        (probability > 0.0).then(|| Self {
            threshold: (probability * 4_294_967_296.0) as u32, // saturates
            scale: if probability < 1.0 {
                (1.0 / (1.0 - probability)) as f32
            } else {
                0.0
            },
            key: [key as u32, (key >> 32) as u32],
        })
    }

    /// Fills `factors` with the factors of the values of a row: 0 or the scale.
    #[inline(always)]
    pub(crate) fn fill(&self, row: usize, factors: &mut [f32]) {
        let blocks = factors.len().div_ceil(BLOCK);
        for (block, factors) in factors.chunks_mut(BLOCK).enumerate() {
            let index = (row * blocks + block) as u64;
            let words = philox(index, self.key);
            if let Ok(factors) = <&mut [f32; BLOCK]>::try_from(&mut *factors) {
                self.compare(&words, factors);
            } else {
                let mut whole = [0.0; BLOCK];
                self.compare(&words, &mut whole);
                factors.copy_from_slice(&whole[..factors.len()]);
            }
        }
    }

    /// Multiplies all values by their factors.
    pub(crate) fn apply(&self, values: &mut [f32], width: usize) {
        for_blocks(values, width, |first, values| {
            run(Apply {
                dropout: *self,
                values,
                width,
                first,
            });
        });
    }

    #[inline(always)]
    fn compare(&self, words: &[[u32; LANES]; 4], factors: &mut [f32; BLOCK]) {
        for word in 0..4 {
            for lane in 0..LANES {
                let kept = words[word][lane] >= self.threshold;
                factors[word * LANES + lane] = if kept { self.scale } else { 0.0 };
            }
        }
    }
}

struct Apply<'a> {
    dropout: Dropout,
    values: &'a mut [f32],
    width: usize,
    first: usize,
}

impl Kernel for Apply<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        let mut factors = vec![0.0; self.width];
        for (row, values) in self.values.chunks_exact_mut(self.width.max(1)).enumerate() {
            self.dropout.fill(self.first + row, &mut factors);
            for (value, factor) in values.iter_mut().zip(&factors) {
                *value *= factor;
            }
        }
    }
}

/// Computes ten rounds of Philox4x32 for 16 counters `[index, lane]`.
#[inline(always)]
fn philox(index: u64, key: [u32; 2]) -> [[u32; LANES]; 4] {
    const MULTIPLIERS: [u64; 2] = [0xD251_1F53, 0xCD9E_8D57];
    const WEYL: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];
    let mut x = [
        [index as u32; LANES],
        [(index >> 32) as u32; LANES],
        [0; LANES],
        [0; LANES],
    ];
    for lane in 0..LANES {
        x[2][lane] = lane as u32;
    }
    let [mut first, mut second] = key;
    for _ in 0..10 {
        let mut next = [[0; LANES]; 4];
        for lane in 0..LANES {
            let a = MULTIPLIERS[0] * u64::from(x[0][lane]);
            let b = MULTIPLIERS[1] * u64::from(x[2][lane]);
            next[0][lane] = (b >> 32) as u32 ^ x[1][lane] ^ first;
            next[1][lane] = b as u32;
            next[2][lane] = (a >> 32) as u32 ^ x[3][lane] ^ second;
            next[3][lane] = a as u32;
        }
        x = next;
        first = first.wrapping_add(WEYL[0]);
        second = second.wrapping_add(WEYL[1]);
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The expected values are Random123's known answers for counter and key 0.
    #[test]
    fn philox_gives_the_known_answers() {
        let zero = philox(0, [0, 0]);
        assert_eq!(
            [0, 1, 2, 3].map(|word| zero[word][0]),
            [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]
        );
    }

    #[test]
    fn the_mean_does_not_change_and_the_share_is_right() {
        let dropout = Dropout::new(0.1, 7).unwrap();
        let mut factors = vec![0.0; 100_000];
        dropout.fill(3, &mut factors);
        let dropped = factors.iter().filter(|&&factor| factor == 0.0).count();
        assert!((9_600..10_400).contains(&dropped), "{dropped}");
        let mean = factors.iter().sum::<f32>() / factors.len() as f32;
        assert!((mean - 1.0).abs() < 0.01, "{mean}");
        assert!(Dropout::new(0.0, 7).is_none());
        Dropout::new(1.0, 7).unwrap().fill(0, &mut factors);
        assert!(factors.iter().all(|&factor| factor == 0.0));
    }

    #[test]
    fn rows_and_keys_differ_and_repeat() {
        let row = |key, row| {
            let mut factors = vec![0.0; 384];
            Dropout::new(0.5, key).unwrap().fill(row, &mut factors);
            factors
        };
        assert_eq!(row(1, 2), row(1, 2));
        assert_ne!(row(1, 2), row(1, 3));
        assert_ne!(row(1, 2), row(2, 2));
        assert_ne!(row(1, 2), row(1 + (1 << 32), 2));
    }
}
