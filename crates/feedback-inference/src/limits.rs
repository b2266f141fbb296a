//! How texts are put together for the passes of a model.

use feedback_bert::Device;
use feedback_bert::device::is_cpu;

/// How much goes into one forward pass, and how many passes run side by side.
///
/// A CPU is busy with a few hundred tokens: a larger batch only waits longer and carries more padding, and what a pass
/// does on one core (activations, sums) leaves the others idle. So passes are small there, and all cores have one. A GPU wants one
/// large batch. docs/benchmarks.md has the measurements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchLimits {
    /// Most texts in one pass.
    pub max_texts: usize,
    /// Most tokens in one pass, padding included. A text that alone has more gets a pass of its own.
    pub max_tokens: usize,
    /// Passes side by side in a server. Where this is 1, [`crate::Classifier`] too computes one after the other; else as many
    /// at once as there are threads.
    pub at_once: usize,
}

impl BatchLimits {
    /// What suits a device.
    pub fn of(device: &Device) -> Self {
        if is_cpu(device) { Self::cpu() } else { Self::gpu() }
    }

    /// 64 texts, 256 tokens, and one pass more at once than the CPU backend has threads (`RAYON_NUM_THREADS`, or one for
    /// each core), so that none of them waits for its next one.
    pub fn cpu() -> Self {
        Self {
            max_texts: 64,
            max_tokens: 256,
            at_once: rayon::current_num_threads() + 1,
        }
    }

    /// 256 texts, 16,384 tokens, one pass at a time.
    pub fn gpu() -> Self {
        Self {
            max_texts: 256,
            max_tokens: 16_384,
            at_once: 1,
        }
    }
}
