//! The settings of one step of the optimizer.

/// The numbers of one step of AdamW (Loshchilov and Hutter 2019).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdamWStep {
    /// Learning rate.
    pub learning_rate: f64,
    /// Decay of the first moment.
    pub beta_1: f64,
    /// Decay of the second moment.
    pub beta_2: f64,
    /// Added to the root of the second moment.
    pub epsilon: f64,
    /// Share of a weight that a step takes away, times the learning rate.
    pub weight_decay: f64,
    /// Which step it is, from 1.
    pub time: usize,
}
