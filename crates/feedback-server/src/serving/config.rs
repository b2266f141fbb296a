//! The limits of the engine.

use std::time::Duration;

use feedback_inference::BatchLimits;

/// Limits on batches, on waiting texts and on the time that they wait.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct EngineConfig {
    /// The size of a batch and the number of batches computed at once; suited to a CPU by default.
    pub batch: BatchLimits,
    /// The maximum number of tokens of one client that may wait in a lane; 131,072 by default. The tokens of all clients together
    /// may be twice as many.
    pub max_queued_tokens: usize,
    /// Once the speed of the model is known, one client may have no more tokens waiting in a lane than the model computes in this
    /// time; 5 s by default. The tokens of all clients together may be twice as many. A request that finds the lane empty is
    /// always admitted. While the other lane is busy, the wait is up to four times as long; this should be less than `deadline`.
    pub max_wait: Duration,
    /// The maximum number of tokens of one explanation, over all variants of the text; 16,384 by default, enough for about
    /// 120 words.
    pub max_explain_tokens: usize,
    /// Maximum size of the cache of the newest predictions, in bytes; 64 MiB by default, 0 for no cache. A text whose prediction is
    /// cached is answered without the model. The cache contains hashes of texts, not the texts.
    pub cache_bytes: usize,
    /// The maximum time from the request to its results; 30 s by default. Does not apply to the rows of files.
    pub deadline: Duration,
}

impl Default for EngineConfig {
    fn default() -> Self {
        Self {
            batch: BatchLimits::cpu(),
            max_queued_tokens: 1 << 17,
            max_wait: Duration::from_secs(5),
            max_explain_tokens: 1 << 14,
            cache_bytes: 64 << 20,
            deadline: Duration::from_secs(30),
        }
    }
}
