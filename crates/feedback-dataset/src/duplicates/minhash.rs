//! MinHash signatures, divided into bands. The share of equal values in two signatures estimates the similarity of two sets.

use rand::Rng;

use crate::shuffle::generator;
use feedback_text::parallel::map_indices;
use feedback_text::shingles::Shingles;

/// Number of hash functions of a signature.
const N_HASHES: usize = 256;

/// Of the pairs whose similarity is exactly the threshold, the minimum share that must have an equal band.
const MIN_RECALL: f64 = 0.99;

/// A family of hash functions, and the number of values per band.
pub(crate) struct MinHash {
    multipliers: [u16; N_HASHES],
    masks: [u16; N_HASHES],
    rows_per_band: usize,
}

impl MinHash {
    /// Uses as many rows per band as the recall at the threshold allows: more rows mean fewer false candidates.
    pub(crate) fn for_threshold(threshold: f64, seed: u64) -> Self {
        let threshold = threshold.clamp(0.0, 1.0);
        let recall = |rows: usize| 1.0 - (1.0 - threshold.powi(rows as i32)).powi((N_HASHES / rows) as i32);
        let rows_per_band = (1..=32)
            .rev()
            .find(|&rows| recall(rows) >= MIN_RECALL)
            .unwrap_or(1);
        let mut rng = generator(seed);
        Self {
            multipliers: std::array::from_fn(|_| rng.next_u32() as u16 | 1),
            masks: std::array::from_fn(|_| rng.next_u32() as u16),
            rows_per_band,
        }
    }

    /// Returns, for each band, a hash for each text. Texts with the same hash in a band are candidates.
    pub(crate) fn bands(&self, shingles: &Shingles) -> Vec<Vec<u32>> {
        let n_bands = N_HASHES / self.rows_per_band;
        let per_text = map_indices(shingles.len(), |text| self.band_hashes(shingles.get(text)));
        (0..n_bands)
            .map(|band| per_text.iter().map(|hashes| hashes[band]).collect())
            .collect()
    }

    fn band_hashes(&self, set: &[u32]) -> Box<[u32]> {
        let signature = self.signature(set);
        signature.chunks_exact(self.rows_per_band).map(combine).collect()
    }

    /// Returns the minimum of each hash function over the set. Multiplying by an odd number is a permutation of the 16-bit
    /// numbers; the high bits of the product, which decide the minimum, depend on all bits of the factor.
    ///
    /// The numbers have 16 bits because every processor can compare at least eight of them at a time. If two n-grams have the
    /// same 16 bits, sets look more similar than they are, never less similar, and every candidate is verified. Half of the
    /// functions use the low bits of an n-gram hash, the other half the high bits.
    fn signature(&self, set: &[u32]) -> [i16; N_HASHES] {
        let mut minima = [i16::MAX; N_HASHES];
        for &shingle in set {
            for (half, bits) in [shingle as u16, (shingle >> 16) as u16].into_iter().enumerate() {
                let functions = half * N_HASHES / 2..(half + 1) * N_HASHES / 2;
                let masks = &self.masks[functions.clone()];
                let multipliers = &self.multipliers[functions.clone()];
                for ((minimum, mask), multiplier) in minima[functions].iter_mut().zip(masks).zip(multipliers)
                {
                    *minimum = (*minimum).min((bits ^ mask).wrapping_mul(*multiplier) as i16);
                }
            }
        }
        minima
    }
}

fn combine(rows: &[i16]) -> u32 {
    let mixed = rows.iter().fold(0_u64, |hash, &row| {
        (hash ^ u64::from(row as u16))
            .wrapping_mul(0xFF51_AFD7_ED55_8CCD)
            .rotate_left(29)
    });
    (mixed ^ (mixed >> 32)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agreement_estimates_similarity() {
        // Sets of 60 pseudo-random numbers, 40 of them in both sets: the similarity is 40 / 80 = 0.5.
        let minhash = MinHash::for_threshold(0.7, 42);
        let number = |index: u32| {
            let mixed = u64::from(index + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            ((mixed ^ (mixed >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 32) as u32
        };
        let mut agreements = Vec::new();
        for start in 0..40_u32 {
            let a: Vec<u32> = (0..60).map(|index| number(start * 1000 + index)).collect();
            let b: Vec<u32> = (20..80).map(|index| number(start * 1000 + index)).collect();
            let (a, b) = (minhash.signature(&a), minhash.signature(&b));
            agreements.push(a.iter().zip(&b).filter(|(a, b)| a == b).count() as f64 / N_HASHES as f64);
        }
        let mean = agreements.iter().sum::<f64>() / agreements.len() as f64;
        assert!((mean - 0.5).abs() < 0.02, "{mean}");
    }

    #[test]
    fn higher_thresholds_allow_longer_bands() {
        let rows = |threshold| MinHash::for_threshold(threshold, 42).rows_per_band;
        assert!(rows(0.5) < rows(0.7) && rows(0.7) < rows(0.9));
        assert_eq!((rows(0.0), rows(1.0)), (1, 32));
    }
}
