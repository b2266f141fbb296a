//! A random order of all texts that needs no stored state: new texts take their places among the old ones.

/// Returns the place of a text in the random order: the first output of the generator SplitMix64, with its id as the seed.
///
/// Ids are given in the order of classification, so the order says nothing about the text.
///
/// # References
///
/// Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators", with the constants of its reference implementation.
pub(super) fn place(id: i64) -> u64 {
    let mut bits = id.cast_unsigned().wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_is_splitmix64() {
        // The first outputs for the seeds 0 and 1234567, as published with the reference implementation.
        assert_eq!(place(0), 0xe220_a839_7b1d_cdaf);
        assert_eq!(place(1_234_567), 6_457_827_717_110_365_317);
    }

    #[test]
    fn neighbours_are_far_apart_and_evenly_spread() {
        // Of 10,000 ids in a row, each tenth of the places has about 1,000: within 4 standard deviations of 30.
        let mut tenths = [0_i64; 10];
        (1..=10_000).for_each(|id| tenths[(place(id) / (u64::MAX / 10 + 1)) as usize] += 1);
        assert!(tenths.iter().all(|&n| (n - 1_000).abs() < 120), "{tenths:?}");
    }
}
