//! The nearest of many rows, found by computing all dot products.

use std::ops::Range;

use rayon::prelude::*;

use crate::vectors::Vectors;

/// Rows that one task searches for.
pub(super) const ROWS_PER_TASK: usize = 64;

/// Rows of `other` whose dot products are computed at a time, so that they stay in the processor's cache.
const TILE: usize = 256;

/// A row and its dot product with the row that was searched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Neighbour {
    pub(crate) row: u32,
    pub(crate) dot: i32,
}

impl Neighbour {
    /// Whether this one comes before another: larger dot product first, then smaller row.
    fn precedes(self, other: Self) -> bool {
        (other.dot, self.row) < (self.dot, other.row)
    }
}

/// The nearest rows found so far, nearest first.
struct Nearest {
    k: usize,
    found: Vec<Neighbour>,
}

impl Nearest {
    fn new(k: usize) -> Self {
        Self {
            k,
            found: Vec::with_capacity(k + 1),
        }
    }

    fn offer(&mut self, candidate: Neighbour) {
        if self.found.len() == self.k {
            match self.found.last() {
                Some(&last) if candidate.precedes(last) => drop(self.found.pop()),
                _ => return,
            }
        }
        let place = self.found.partition_point(|&found| found.precedes(candidate));
        self.found.insert(place, candidate);
    }
}

/// For each row of `rows` in `vectors`, returns the `k` nearest rows of `other` within `ranges`, nearest first, or all of
/// them if there are fewer than `k`. If `skip_itself` is set, the row with the same number is left out.
pub(super) fn nearest(
    vectors: &Vectors,
    rows: Range<usize>,
    other: &Vectors,
    ranges: &[Range<usize>],
    k: usize,
    skip_itself: bool,
) -> Vec<Vec<Neighbour>> {
    let mut all: Vec<Nearest> = rows.clone().map(|_| Nearest::new(k)).collect();
    let mut dots = [0; TILE];
    for range in ranges {
        for first in range.clone().step_by(TILE) {
            let n = TILE.min(range.end - first);
            for (row, nearest) in rows.clone().zip(&mut all) {
                vectors.dots(row, other, first, &mut dots[..n]);
                for (place, &dot) in dots[..n].iter().enumerate() {
                    let candidate = first + place;
                    if !(skip_itself && candidate == row) {
                        let row = candidate as u32;
                        nearest.offer(Neighbour { row, dot });
                    }
                }
            }
        }
    }
    all.into_iter().map(|nearest| nearest.found).collect()
}

/// The nearest rows of `other` for each row, nearest first.
pub(crate) fn nearest_in(vectors: &Vectors, other: &Vectors, k: usize) -> Vec<Vec<Neighbour>> {
    let n = vectors.n_rows();
    let tasks: Vec<usize> = (0..n).step_by(ROWS_PER_TASK).collect();
    let found = tasks.into_par_iter().map(|first| {
        let rows = first..n.min(first + ROWS_PER_TASK);
        nearest(
            vectors,
            rows,
            other,
            std::slice::from_ref(&(0..other.n_rows())),
            k,
            false,
        )
    });
    found.collect::<Vec<_>>().concat()
}
