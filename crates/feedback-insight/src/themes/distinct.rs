//! Distinct vectors, in an order that does not depend on the order of the texts.

use crate::vectors::Vectors;

/// The distinct rows of some vectors, sorted by their components, the largest first.
///
/// Themes are found for distinct vectors, so duplicates always share a theme, and another order of the texts changes nothing.
pub(super) struct Distinct {
    pub(super) vectors: Vectors,
    /// The rows that have each distinct vector, ascending.
    pub(super) rows: Vec<Vec<usize>>,
}

impl Distinct {
    pub(super) fn new(vectors: &Vectors) -> Self {
        let mut order: Vec<usize> = (0..vectors.n_rows()).collect();
        order.sort_by(|&a, &b| vectors.row(b).cmp(vectors.row(a)));
        let equal = order.chunk_by(|&a, &b| vectors.row(a) == vectors.row(b));
        let rows: Vec<Vec<usize>> = equal.map(<[usize]>::to_vec).collect();
        let first: Vec<usize> = rows.iter().map(|rows| rows[0]).collect();
        Self {
            vectors: vectors.select(&first),
            rows,
        }
    }

    /// How many rows have each distinct vector.
    pub(super) fn counts(&self) -> Vec<usize> {
        self.rows.iter().map(Vec::len).collect()
    }
}
