//! The settings of contrastive training.

/// How to train an encoder on pairs of texts with the same label.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ContrastiveOptions {
    /// Number of pairs that each text is the first of: at least 1, default 8.
    pub pairs_per_text: usize,
    /// Maximum number of updates, so that training on many texts ends within a minute or two; default 300.
    pub max_steps: usize,
    /// Number of pairs in a batch, at least 2: default 16, which makes batches of 32 texts.
    pub batch_size: usize,
    /// The highest learning rate; default 1e-4.
    pub learning_rate: f64,
    /// What similarities are divided by: the lower it is, the more the most similar texts count. Above 0; default 0.1, as in the
    /// paper.
    pub temperature: f64,
    /// Seed of the pairs, their order and dropout; default 42.
    pub seed: u64,
}

impl Default for ContrastiveOptions {
    fn default() -> Self {
        Self {
            pairs_per_text: 8,
            max_steps: 300,
            batch_size: 16,
            learning_rate: 1e-4,
            temperature: 0.1,
            seed: 42,
        }
    }
}
