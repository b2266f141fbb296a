//! The result of a split.

/// The rows of each part, in ascending order; every row is in exactly one part.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SplitIndices {
    /// Rows to train on.
    pub train: Vec<usize>,
    /// Rows by which the model is chosen.
    pub validation: Vec<usize>,
    /// Rows to report on.
    pub test: Vec<usize>,
}
