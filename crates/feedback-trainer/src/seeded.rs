//! Reproducible random numbers for forward passes.

use std::sync::{Mutex, PoisonError};

use burn::tensor::Device;

static GENERATOR: Mutex<()> = Mutex::new(());

/// Seeds the device's random number generator and runs a forward pass.
///
/// Burn's generator belongs to the process, not to the device handle: two parallel trainings would draw from
/// one sequence, and neither would be reproducible. A lock therefore allows only one forward pass at a time.
pub(crate) fn seeded<T>(device: &Device, seed: u64, forward: impl FnOnce() -> T) -> T {
    // If a pass panicked, the lock is poisoned but usable: the new seed resets the generator.
    let _alone = GENERATOR.lock().unwrap_or_else(PoisonError::into_inner);
    device.seed(seed);
    forward()
}

/// Returns a different seed for each forward pass: the three numbers, mixed by SplitMix64 (Steele et al. 2014).
pub(crate) fn pass_seed(seed: u64, global_step: usize, micro_batch: usize) -> u64 {
    let mix = |value: u64| {
        let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        value ^ (value >> 31)
    };
    mix(mix(mix(seed) ^ global_step as u64) ^ micro_batch as u64)
}
