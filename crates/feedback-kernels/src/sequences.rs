//! Which rows belong to which text.

use std::ops::Range;
use std::sync::Arc;

/// The rows of each text in a batch. The texts are concatenated, and each text attends only to itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sequences {
    /// The row of the first token of each text, then the total number of rows.
    offsets: Arc<[usize]>,
}

impl Sequences {
    /// Creates the rows for texts of these lengths, in this order.
    pub fn new(lengths: impl IntoIterator<Item = usize>) -> Self {
        let mut end = 0;
        let ends = lengths.into_iter().map(|length| {
            end += length;
            end
        });
        Self {
            offsets: std::iter::once(0).chain(ends).collect(),
        }
    }

    /// Returns the number of texts.
    pub fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Returns true if there are no texts.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the number of tokens of all texts.
    pub fn tokens(&self) -> usize {
        self.offsets[self.len()]
    }

    /// Returns the number of tokens of the longest text.
    pub fn longest(&self) -> usize {
        self.ranges().map(|range| range.len()).max().unwrap_or(0)
    }

    /// Returns the rows of each text.
    pub fn ranges(&self) -> impl ExactSizeIterator<Item = Range<usize>> {
        self.offsets.windows(2).map(|ends| ends[0]..ends[1])
    }

    /// Returns the row of the first token of each text.
    pub fn first_rows(&self) -> &[usize] {
        &self.offsets[..self.len()]
    }
}
