//! Reproducible random numbers for forward passes.

use std::sync::{Mutex, PoisonError};

use burn::tensor::Device;

static GENERATOR: Mutex<()> = Mutex::new(());

/// Runs a forward pass with the device's generator freshly seeded.
///
/// Burn's generator belongs to the process, not to the device handle: two trainings in parallel would draw from one
/// sequence and neither would be reproducible. A lock therefore lets only one forward pass draw at a time.
pub(crate) fn seeded<T>(device: &Device, seed: u64, forward: impl FnOnce() -> T) -> T {
    // The next seed resets everything that a pass which panicked left behind.
    let _alone = GENERATOR.lock().unwrap_or_else(PoisonError::into_inner);
    device.seed(seed);
    forward()
}

/// A different seed for each forward pass: SplitMix64 (Steele et al. 2014) of the three numbers.
pub(crate) fn pass_seed(seed: u64, global_step: usize, micro_batch: usize) -> u64 {
    let mix = |value: u64| {
        let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        value ^ (value >> 31)
    };
    mix(mix(mix(seed) ^ global_step as u64) ^ micro_batch as u64)
}
