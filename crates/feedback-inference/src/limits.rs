//! Batch limits: how texts are combined into forward passes.

use feedback_bert::Device;
use feedback_bert::device::is_cpu;

/// The size of one forward pass, and the number of passes in parallel.
///
/// A few hundred tokens keep a CPU busy: a larger batch only adds latency and padding. Some parts of a pass (activations,
/// sums) run on one core and would leave the other cores idle. On a CPU, passes are therefore small, and each core computes
/// its own pass. A GPU works best with one large batch. docs/benchmarks/speed.md has the measurements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct BatchLimits {
    /// Maximum number of texts in one pass.
    pub max_texts: usize,
    /// Maximum number of tokens in one pass, padding included. A longer text gets its own pass.
    pub max_tokens: usize,
    /// Number of parallel passes in a server. If this is 1, [`crate::Classifier`] also computes one pass at a time; otherwise
    /// it computes as many passes in parallel as there are threads.
    pub at_once: usize,
}

impl BatchLimits {
    /// Returns the limits that suit a device.
    pub fn for_device(device: &Device) -> Self {
        if is_cpu(device) { Self::cpu() } else { Self::gpu() }
    }

    /// Returns the limits for a CPU: 64 texts, 256 tokens, and one more parallel pass than the CPU backend has threads
    /// (`RAYON_NUM_THREADS`, or one per core), so that no thread waits for its next pass.
    pub fn cpu() -> Self {
        Self {
            max_texts: 64,
            max_tokens: 256,
            at_once: rayon::current_num_threads() + 1,
        }
    }

    /// Returns the limits for a GPU: 256 texts, 16,384 tokens, one pass at a time.
    pub fn gpu() -> Self {
        Self {
            max_texts: 256,
            max_tokens: 16_384,
            at_once: 1,
        }
    }
}
