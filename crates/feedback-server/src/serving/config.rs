//! The limits of the engine.

use std::time::Duration;

use feedback_inference::BatchLimits;

/// How much may wait, and for how long.
#[derive(Debug, Clone, Copy)]
pub struct EngineConfig {
    /// How much goes into a batch, and how many batches are computed at once; what suits a CPU by default.
    pub batch: BatchLimits,
    /// The maximum number of tokens that may wait in a lane; 131,072 by default.
    pub max_queued_tokens: usize,
    /// Once the speed of the model is known, no more may wait in a lane than is done in this time, except for a request that
    /// finds the lane empty; 5 s by default. While the other lane is busy it takes up to four times as long, which should be
    /// less than `deadline`.
    pub max_wait: Duration,
    /// The maximum number of tokens of one explanation, over all variants of its text; 16,384 by default, enough for about
    /// 120 words.
    pub max_explain_tokens: usize,
    /// How much memory the newest predictions may take, so that a text that comes again is answered without the model; 64 MiB by
    /// default, 0 to keep none. Only hashes of texts are kept.
    pub cache_bytes: usize,
    /// How long a text may take from its admission to its answer; 30 s by default.
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
