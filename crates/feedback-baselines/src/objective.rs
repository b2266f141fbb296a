//! The penalised loss of multinomial logistic regression over all rows, and its gradient.
//!
//! Loss and gradient are computed on several threads. Their bits do not depend on the number of threads, because every
//! entry of the result is summed by one thread in the order of the rows.

use std::num::NonZero;
use std::thread;

use crate::matrix::{CsrMatrix, DenseMatrix, DesignMatrix};
use crate::softmax::Link;
use crate::vector::{add_combination, add_scaled, dot};

/// Minimum number of multiplications per thread.
const MULTIPLICATIONS_PER_THREAD: usize = 1 << 18;
/// The number of gradient entries per block; a block stays in cache while all dense rows are added to it.
const BLOCK: usize = 1 << 13;
/// The number of dense rows that are added to the gradient at a time.
const ROWS_TOGETHER: usize = 8;

/// The function that a fit minimises.
///
/// Its parameters are the weights, row-major `[n_columns, n_outputs]`, followed by the intercepts `[n_outputs]`.
pub(crate) struct Objective<'a> {
    features: &'a DesignMatrix,
    columns: Columns<'a>,
    labels: &'a [usize],
    link: Link,
    penalty: f64,
    n_threads: usize,
    /// The derivative of the loss with respect to each score, `[n_rows, n_outputs]`.
    derivatives: Vec<f64>,
    losses: Vec<f64>,
}

impl<'a> Objective<'a> {
    /// Creates the objective: the mean loss of the rows plus the penalty `penalty / 2 · ‖weights‖²`.
    pub(crate) fn new(features: &'a DesignMatrix, labels: &'a [usize], link: Link, penalty: f64) -> Self {
        let (dense, sparse) = match features {
            DesignMatrix::Sparse(sparse) => (None, Some(sparse)),
            DesignMatrix::Dense(dense) => (Some(dense), None),
            DesignMatrix::Joined(dense, sparse) => (Some(dense), Some(sparse)),
        };
        let n_entries = dense.map_or(0, |matrix| matrix.n_rows() * matrix.n_columns())
            + sparse.map_or(0, CsrMatrix::n_stored);
        let columns = Columns {
            dense,
            sparse: sparse.map(CsrMatrix::transposed),
        };
        let n_rows = features.n_rows();
        Self {
            features,
            columns,
            labels,
            link,
            penalty,
            n_threads: n_threads(n_entries * link.n_outputs()),
            derivatives: vec![0.0; n_rows * link.n_outputs()],
            losses: vec![0.0; n_rows],
        }
    }

    /// Returns the number of parameters.
    pub(crate) fn n_parameters(&self) -> usize {
        (self.features.n_columns() + 1) * self.link.n_outputs()
    }

    /// Returns the loss and writes its gradient to `gradient`.
    pub(crate) fn evaluate(&mut self, parameters: &[f64], gradient: &mut [f64]) -> f64 {
        let n_weights = self.features.n_columns() * self.link.n_outputs();
        let (weights, intercepts) = parameters.split_at(n_weights);
        let (weight_gradient, intercept_gradient) = gradient.split_at_mut(n_weights);
        self.score_rows(weights, intercepts);
        self.weight_gradient(weights, weight_gradient);
        self.intercept_gradient(intercept_gradient);
        let mean = self.losses.iter().sum::<f64>() / self.losses.len() as f64;
        mean + 0.5 * self.penalty * dot(weights, weights)
    }

    /// Computes `losses` and `derivatives` for all rows.
    fn score_rows(&mut self, weights: &[f64], intercepts: &[f64]) {
        let (features, labels, link) = (self.features, self.labels, self.link);
        let n_outputs = link.n_outputs();
        let rows_each = self.losses.len().div_ceil(self.n_threads).max(1);
        let losses = self.losses.chunks_mut(rows_each);
        let derivatives = self.derivatives.chunks_mut(rows_each * n_outputs);
        in_parallel(
            losses.zip(derivatives).enumerate(),
            |(chunk, (losses, derivatives))| {
                let rows = losses.iter_mut().zip(derivatives.chunks_exact_mut(n_outputs));
                for (offset, (loss, scores)) in rows.enumerate() {
                    let row = chunk * rows_each + offset;
                    scores.copy_from_slice(intercepts);
                    features.add_scores(row, weights, scores);
                    *loss = link.loss(scores, labels[row]);
                }
            },
        );
    }

    /// Writes `featuresᵀ · derivatives / n + penalty · weights` to `gradient`.
    fn weight_gradient(&self, weights: &[f64], gradient: &mut [f64]) {
        let n_outputs = self.link.n_outputs();
        let columns_each = self.features.n_columns().div_ceil(self.n_threads).max(1);
        let chunks = gradient.chunks_mut(columns_each * n_outputs).enumerate();
        let n_rows = self.losses.len() as f64;
        in_parallel(chunks, |(chunk, gradient)| {
            gradient.fill(0.0);
            self.sum_columns(chunk * columns_each, gradient);
            let weights = &weights[chunk * columns_each * n_outputs..];
            for (entry, &weight) in gradient.iter_mut().zip(weights) {
                *entry = *entry / n_rows + self.penalty * weight;
            }
        });
    }

    /// Adds `featuresᵀ · derivatives` to `gradient`, which has the entries of some of the columns, starting at `first`.
    fn sum_columns(&self, first: usize, gradient: &mut [f64]) {
        let n_outputs = self.link.n_outputs();
        let n_dense = self.columns.dense.map_or(0, DenseMatrix::n_columns);
        let of_dense = n_dense.saturating_sub(first) * n_outputs;
        let (of_dense, of_sparse) = gradient.split_at_mut(of_dense.min(gradient.len()));
        if let Some(matrix) = self.columns.dense {
            let columns_per_block = (BLOCK / n_outputs).max(1);
            for (block, sums) in of_dense.chunks_mut(columns_per_block * n_outputs).enumerate() {
                self.sum_dense_columns(matrix, first + block * columns_per_block, sums);
            }
        }
        if let Some(by_column) = &self.columns.sparse {
            let first = first.saturating_sub(n_dense);
            for (offset, sums) in of_sparse.chunks_exact_mut(n_outputs).enumerate() {
                for (row, value) in by_column.row(first + offset) {
                    add_scaled(sums, value, &self.derivatives[row * n_outputs..][..n_outputs]);
                }
            }
        }
    }

    /// Like [`Self::sum_columns`], for a block of dense columns that is small enough to stay in cache.
    fn sum_dense_columns(&self, matrix: &DenseMatrix, first: usize, gradient: &mut [f64]) {
        let n_outputs = self.link.n_outputs();
        let mut rows = 0..0;
        for derivatives in self.derivatives.chunks(ROWS_TOGETHER * n_outputs) {
            rows = rows.end..rows.end + derivatives.len() / n_outputs;
            for (offset, sums) in gradient.chunks_exact_mut(n_outputs).enumerate() {
                let mut values = [0.0; ROWS_TOGETHER];
                for (value, row) in values.iter_mut().zip(rows.clone()) {
                    *value = matrix.row(row)[first + offset];
                }
                add_combination(sums, &values[..rows.len()], derivatives);
            }
        }
    }

    fn intercept_gradient(&self, gradient: &mut [f64]) {
        gradient.fill(0.0);
        for derivatives in self.derivatives.chunks_exact(gradient.len()) {
            add_scaled(gradient, 1.0, derivatives);
        }
        let n_rows = self.losses.len() as f64;
        gradient.iter_mut().for_each(|entry| *entry /= n_rows);
    }
}

/// The features in a form that can be read by column, which the gradient needs. The dense columns come first.
struct Columns<'a> {
    dense: Option<&'a DenseMatrix>,
    /// Row `i` of this matrix is column `i` of the sparse features.
    sparse: Option<CsrMatrix>,
}

fn n_threads(n_multiplications: usize) -> usize {
    let available = thread::available_parallelism().map_or(1, NonZero::get);
    available
        .min(n_multiplications / MULTIPLICATIONS_PER_THREAD)
        .max(1)
}

/// Calls `work` with each chunk on a separate thread; if there is only one chunk, on the current thread.
fn in_parallel<T: Send>(chunks: impl ExactSizeIterator<Item = T>, work: impl Fn(T) + Sync) {
    if chunks.len() <= 1 {
        return chunks.for_each(work);
    }
    let work = &work;
    thread::scope(|scope| {
        for chunk in chunks {
            scope.spawn(move || work(chunk));
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    const LABELS: [usize; 6] = [0, 1, 2, 1, 0, 1];
    const VALUES: [[f64; 4]; 6] = [
        [1.0, 0.0, 0.0, 2.0],
        [0.0, 0.0, 0.0, 0.0],
        [0.0, 0.5, 0.0, -4.0],
        [0.3, 0.0, 1.0, 0.0],
        [0.0, 0.0, 0.7, 0.0],
        [0.0, -1.5, 0.0, 0.2],
    ];

    fn dense() -> DesignMatrix {
        DenseMatrix::new(4, VALUES.as_flattened().to_vec())
            .unwrap()
            .into()
    }

    fn sparse() -> DesignMatrix {
        let rows: Vec<Vec<(usize, f64)>> = VALUES
            .iter()
            .map(|row| {
                row.iter()
                    .copied()
                    .enumerate()
                    .filter(|(_, value)| *value != 0.0)
                    .collect()
            })
            .collect();
        CsrMatrix::from_rows(4, &rows).unwrap().into()
    }

    /// Returns a matrix whose first column is dense and whose other columns are sparse.
    fn joined() -> DesignMatrix {
        let first = VALUES.iter().map(|row| row[0]).collect();
        let DesignMatrix::Sparse(all) = sparse() else {
            panic!("sparse")
        };
        let rest: Vec<Vec<(usize, f64)>> = (0..VALUES.len())
            .map(|row| {
                let rest = all.row(row).filter(|(column, _)| *column > 0);
                rest.map(|(column, value)| (column - 1, value)).collect()
            })
            .collect();
        let rest = CsrMatrix::from_rows(3, &rest).unwrap();
        DesignMatrix::joined(DenseMatrix::new(1, first).unwrap(), rest).unwrap()
    }

    /// Returns irregular numbers between −1 and 1.
    fn numbers(n: usize) -> Vec<f64> {
        (0..n)
            .map(|i| ((i * i * 7 + i * 3 + 1) % 101) as f64 / 50.0 - 1.0)
            .collect()
    }

    #[test]
    fn gradients_agree_with_finite_differences() {
        for (link, labels) in [
            (Link::Softmax { n_classes: 3 }, LABELS),
            (Link::Logistic, LABELS.map(|label| label.min(1))),
        ] {
            for features in [sparse(), dense(), joined()] {
                let mut objective = Objective::new(&features, &labels, link, 0.3);
                let parameters = numbers(objective.n_parameters());
                let mut gradient = vec![f64::NAN; parameters.len()];
                let mut ignored = gradient.clone();
                objective.evaluate(&parameters, &mut gradient);
                for (i, &derivative) in gradient.iter().enumerate() {
                    let mut loss_at = |delta: f64| {
                        let mut moved = parameters.clone();
                        moved[i] += delta;
                        objective.evaluate(&moved, &mut ignored)
                    };
                    // With h = 1e-5, the truncation error is about h² = 1e-10 and the rounding error about
                    // 1e-16 / h = 1e-11.
                    let difference = (loss_at(1e-5) - loss_at(-1e-5)) / 2e-5;
                    assert!(
                        (difference - derivative).abs() < 1e-9,
                        "{link:?} {i}: {difference} {derivative}"
                    );
                }
            }
        }
    }

    #[test]
    fn the_loss_by_hand() {
        let link = Link::Softmax { n_classes: 3 };
        let features = sparse();
        let mut objective = Objective::new(&features, &LABELS, link, 0.5);
        let mut gradient = vec![0.0; 15];
        let at_zero = objective.evaluate(&[0.0; 15], &mut gradient);
        assert!((at_zero - 3.0_f64.ln()).abs() < 1e-15, "{at_zero}");
        // Intercepts are not penalised, and adding the same value to all of them does not change the probabilities.
        let mut parameters = [0.0; 15];
        parameters[12..].fill(9.0);
        let shifted = objective.evaluate(&parameters, &mut gradient);
        assert!((shifted - at_zero).abs() < 1e-14, "{shifted}");
        // The weight of column 2 affects only the rows in which column 2 is not 0: rows 3 and 4.
        let mut parameters = [0.0; 15];
        parameters[2 * 3 + 1] = 2.0;
        let loss = objective.evaluate(&parameters, &mut gradient);
        let row_3 = (2.0 + 2.0_f64.exp()).ln() - 2.0;
        let row_4 = (2.0 + 1.4_f64.exp()).ln();
        let expected = (4.0 * 3.0_f64.ln() + row_3 + row_4) / 6.0 + 0.25 * 4.0;
        assert!((loss - expected).abs() < 1e-14, "{loss} {expected}");
    }

    #[test]
    fn the_result_does_not_depend_on_the_number_of_threads() {
        let link = Link::Softmax { n_classes: 3 };
        for features in [sparse(), dense(), joined()] {
            let mut objective = Objective::new(&features, &LABELS, link, 0.3);
            let parameters = numbers(objective.n_parameters());
            let mut expected = vec![0.0; parameters.len()];
            assert_eq!(objective.n_threads, 1);
            let expected_loss = objective.evaluate(&parameters, &mut expected);
            for n_threads in [2, 3, 7] {
                objective.n_threads = n_threads;
                let mut gradient = vec![0.0; parameters.len()];
                assert_eq!(objective.evaluate(&parameters, &mut gradient), expected_loss);
                assert_eq!(gradient, expected);
            }
        }
    }
}
