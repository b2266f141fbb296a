//! The result of a split.

/// The rows of each part, in ascending order; every row is in exactly one part.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SplitIndices {
    /// Rows to train on.
    pub train: Vec<usize>,
    /// Rows for choosing the best model.
    pub validation: Vec<usize>,
    /// Rows for the final evaluation.
    pub test: Vec<usize>,
}
