//! Agreement with Hugging Face Transformers, model folders, and the contract of each head.

#![expect(clippy::unwrap_used, reason = "a test that cannot continue fails")]

mod contract;
mod family;
mod files;
mod folder;
mod golden;
mod gradients;
mod lora;
mod masked_lm;
mod ngrams;
mod saliency;
mod token_classifier;

use feedback_bert::Device;

/// The CPU backends that are compiled in: `cargo test -p feedback-bert --features ndarray` compares both.
fn devices() -> Vec<Device> {
    #[cfg(feature = "ndarray")]
    #[expect(
        deprecated,
        reason = "kept as a second CPU backend for as long as Burn has it"
    )]
    let second = Some(Device::ndarray());
    #[cfg(not(feature = "ndarray"))]
    let second = None;
    [Some(Device::flex()), second].into_iter().flatten().collect()
}

fn cpu() -> Device {
    Device::flex()
}
