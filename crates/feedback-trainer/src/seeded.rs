//! The random numbers of a forward pass.

use std::sync::{Mutex, PoisonError};

use burn::tensor::Device;

static GENERATOR: Mutex<()> = Mutex::new(());

/// Runs a forward pass with the device's generator seeded for it alone.
///
/// Burn's generator belongs to the process, not to the device handle: two trainings side by side would draw from one
/// sequence, and neither would be the same again. So one waits while another's forward pass draws.
pub(crate) fn seeded<T>(device: &Device, seed: u64, forward: impl FnOnce() -> T) -> T {
    // A pass that panicked has left nothing behind that the seed does not set anew.
    let _alone = GENERATOR.lock().unwrap_or_else(PoisonError::into_inner);
    device.seed(seed);
    forward()
}

/// A seed of its own for each forward pass: SplitMix64 (Steele et al. 2014) over the three numbers.
pub(crate) fn pass_seed(seed: u64, global_step: usize, micro_batch: usize) -> u64 {
    let mix = |value: u64| {
        let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        value ^ (value >> 31)
    };
    mix(mix(mix(seed) ^ global_step as u64) ^ micro_batch as u64)
}
