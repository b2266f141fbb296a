//! The settings of one step of the optimizer.

/// The settings of one step of AdamW (Loshchilov and Hutter 2019).
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
    /// Weight decay: a step first multiplies each weight by 1 − `learning_rate` × `weight_decay`.
    pub weight_decay: f64,
    /// The number of the step, counted from 1.
    pub time: usize,
}
