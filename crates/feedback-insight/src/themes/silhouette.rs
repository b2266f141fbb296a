//! How well a partition separates vectors.

use rayon::prelude::*;

use crate::vectors::{Vectors, cosine};

/// Rows of which the silhouette is computed; with more rows, some are left out evenly.
const MAX_ROWS: usize = 10_000;

/// The mean simplified silhouette, −1 to 1. The silhouette of a row is (b − a) / max(a, b). Here a is the cosine distance
/// of the row to the mean of the other rows of its part, and b its distance to the nearest mean of another part. A row
/// alone in its part counts 0. Copies of a row count as one text here: they say nothing about how near other texts are.
///
/// `counts` says how many texts have each row; `parts` are below `n_parts`, and each has a row.
///
/// # References
///
/// Rousseeuw 1987, "Silhouettes"; Hruschka, de Castro and Campello 2004 for distances to means.
pub(super) fn silhouette(vectors: &Vectors, counts: &[usize], parts: &[u32], n_parts: usize) -> f64 {
    if n_parts < 2 {
        return -1.0;
    }
    let sums = PartSums::new(vectors, counts, parts, n_parts);
    let step = vectors.n_rows().div_ceil(MAX_ROWS);
    let rows: Vec<usize> = (0..vectors.n_rows()).step_by(step).collect();
    let values: Vec<(f64, f64)> = rows
        .par_iter()
        .map(|&row| {
            let weight = counts[row] as f64;
            (
                weight * sums.silhouette(vectors, row, parts[row] as usize),
                weight,
            )
        })
        .collect();
    let total = values
        .iter()
        .fold((0.0, 0.0), |sum, value| (sum.0 + value.0, sum.1 + value.1));
    total.0 / total.1
}

struct PartSums {
    /// The number of different rows of each part.
    n_rows: Vec<usize>,
    counts: Vec<usize>,
    /// The sum of the vectors of each part, row by row.
    sums: Vec<i64>,
    means: Vectors,
}

impl PartSums {
    fn new(vectors: &Vectors, counts: &[usize], parts: &[u32], n_parts: usize) -> Self {
        let n_columns = vectors.n_columns();
        let mut n_rows = vec![0; n_parts];
        let mut sums = vec![0_i64; n_parts * n_columns];
        for (row, (&part, &count)) in parts.iter().zip(counts).enumerate() {
            let part = part as usize;
            n_rows[part] += 1;
            let sum = &mut sums[part * n_columns..][..n_columns];
            for (sum, &value) in sum.iter_mut().zip(vectors.row(row)) {
                *sum += i64::from(value) * count as i64;
            }
        }
        let mut means = vectors.without_rows();
        for sum in sums.chunks_exact(n_columns) {
            means.push_sum(sum);
        }
        Self {
            n_rows,
            counts: counts.to_vec(),
            sums,
            means,
        }
    }

    fn silhouette(&self, vectors: &Vectors, row: usize, part: usize) -> f64 {
        if self.n_rows[part] < 2 {
            return 0.0;
        }
        let own = 1.0 - self.cosine_to_rest(vectors, row, part);
        let mut dots = vec![0; self.n_rows.len()];
        vectors.dots(row, &self.means, 0, &mut dots);
        dots[part] = i32::MIN;
        let other = 1.0 - dots.iter().max().map_or(-1.0, |&dot| cosine(dot));
        let largest = own.max(other);
        if largest == 0.0 {
            0.0
        } else {
            (other - own) / largest
        }
    }

    /// The cosine of a row with the sum of the texts of its part that are not copies of it.
    fn cosine_to_rest(&self, vectors: &Vectors, row: usize, part: usize) -> f64 {
        let sum = &self.sums[part * vectors.n_columns()..][..vectors.n_columns()];
        let copies = self.counts[row] as i64;
        let (mut product, mut rest, mut own) = (0_i64, 0.0, 0_i64);
        for (&sum, &value) in sum.iter().zip(vectors.row(row)) {
            let (value, others) = (i64::from(value), sum - copies * i64::from(value));
            product += value * others;
            own += value * value;
            // Squares of long sums leave the range of `i64`; the order of addition is fixed.
            rest += others as f64 * others as f64;
        }
        if rest == 0.0 {
            return 0.0;
        }
        (product as f64 / (rest.sqrt() * (own as f64).sqrt())).clamp(-1.0, 1.0)
    }
}
