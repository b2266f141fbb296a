//! The nearest neighbours of every row.

mod cells;
mod search;

use rayon::prelude::*;

use crate::vectors::Vectors;

pub(crate) use search::{Neighbour, nearest_in};
use search::{ROWS_PER_TASK, nearest};

/// The `k` nearest other rows of each row, nearest first, computed from all pairs of rows up to `max_exact` rows.
///
/// With more rows, the rows are divided into cells, and only rows of near cells are compared; `seed` decides where cells
/// start.
pub(crate) fn neighbours(vectors: &Vectors, k: usize, max_exact: usize, seed: u64) -> Vec<Vec<Neighbour>> {
    if vectors.n_rows() > max_exact {
        return cells::neighbours(vectors, k, seed);
    }
    let n = vectors.n_rows();
    let tasks: Vec<usize> = (0..n).step_by(ROWS_PER_TASK).collect();
    let found = tasks.into_par_iter().map(|first| {
        let rows = first..n.min(first + ROWS_PER_TASK);
        nearest(vectors, rows, vectors, std::slice::from_ref(&(0..n)), k, true)
    });
    found.collect::<Vec<_>>().concat()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::sample::{golden, golden_vectors, groups};

    fn rows(found: &[Neighbour]) -> BTreeSet<u64> {
        found.iter().map(|neighbour| u64::from(neighbour.row)).collect()
    }

    #[test]
    fn neighbours_agree_with_scikit_learn() {
        let golden = golden();
        let expected = golden["neighbours"].as_array().unwrap();
        let found = neighbours(&golden_vectors(), 10, 20_000, 0);
        let mut same = 0;
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.is_sorted_by_key(|neighbour| -neighbour.dot));
            let expected: BTreeSet<u64> = expected
                .as_array()
                .unwrap()
                .iter()
                .filter_map(|row| row.as_u64())
                .collect();
            same += rows(found).intersection(&expected).count();
        }
        // Two neighbours whose cosines differ by less than 0.00001 may change places.
        assert!(same >= 2_995, "{same} of 3000");
    }

    #[test]
    fn there_are_fewer_neighbours_than_asked_for_among_few_rows() {
        let found = neighbours(&groups(4, 2, 0.1, 1), 15, 100, 0);
        assert!(found.iter().all(|found| found.len() == 3));
        assert_eq!(found[1][0].row, 3);
        assert_eq!(neighbours(&groups(1, 1, 0.1, 1), 15, 100, 0), [[]]);
    }

    #[test]
    fn cells_find_almost_all_neighbours() {
        let vectors = groups(30_000, 300, 0.5, 3);
        let sample: Vec<usize> = (0..30_000).step_by(300).collect();
        let exact = nearest_in(&vectors.select(&sample), &vectors, 16);
        let found = cells::neighbours(&vectors, 15, 0);
        let mut same = 0;
        for (&row, exact) in sample.iter().zip(&exact) {
            assert!(!rows(&found[row]).contains(&(row as u64)));
            same += rows(&found[row]).intersection(&rows(exact)).count();
        }
        assert!(same >= 1_425, "{same} of 1500");
    }
}
