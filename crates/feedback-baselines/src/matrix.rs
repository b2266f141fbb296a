//! Feature matrices: sparse for bags of words, dense for encoder outputs.

use crate::error::{Error, Result};
use crate::vector::{add_combination, add_scaled};

/// The features of a classifier, one row for each example.
#[derive(Debug, Clone, PartialEq)]
pub enum DesignMatrix {
    /// Mostly zeros, such as TF-IDF.
    Sparse(CsrMatrix),
    /// Mostly non-zeros, such as the pooled output of a frozen encoder.
    Dense(DenseMatrix),
    /// Both side by side, with the dense columns first; made by [`DesignMatrix::joined`].
    #[non_exhaustive]
    Joined(DenseMatrix, CsrMatrix),
}

impl DesignMatrix {
    /// Joins dense and sparse features of the same rows. The dense columns come first.
    ///
    /// # Errors
    ///
    /// [`Error::LengthMismatch`] if the matrices have different numbers of rows.
    ///
    /// # Examples
    ///
    /// ```
    /// use feedback_baselines::{CsrMatrix, DenseMatrix, DesignMatrix};
    ///
    /// let dense = DenseMatrix::new(2, vec![0.1, 0.2])?;
    /// let sparse = CsrMatrix::from_rows(5, &[vec![(4, 1.0)]])?;
    /// assert_eq!(DesignMatrix::joined(dense, sparse)?.n_columns(), 7);
    /// # Ok::<(), feedback_baselines::Error>(())
    /// ```
    pub fn joined(dense: DenseMatrix, sparse: CsrMatrix) -> Result<Self> {
        if dense.n_rows() != sparse.n_rows() {
            return Err(Error::LengthMismatch {
                found: sparse.n_rows(),
                expected: dense.n_rows(),
                reference: "dense rows",
            });
        }
        Ok(Self::Joined(dense, sparse))
    }

    /// Returns the number of rows.
    pub fn n_rows(&self) -> usize {
        match self {
            Self::Sparse(matrix) => matrix.n_rows(),
            Self::Dense(matrix) | Self::Joined(matrix, _) => matrix.n_rows(),
        }
    }

    /// Returns the number of columns, which is the number of features.
    pub fn n_columns(&self) -> usize {
        match self {
            Self::Sparse(matrix) => matrix.n_columns(),
            Self::Dense(matrix) => matrix.n_columns(),
            Self::Joined(dense, sparse) => dense.n_columns() + sparse.n_columns(),
        }
    }

    /// Adds `features[row] · weights` to `scores`, with weights `[n_columns, scores.len()]`.
    pub(crate) fn add_scores(&self, row: usize, weights: &[f64], scores: &mut [f64]) {
        match self {
            Self::Sparse(matrix) => matrix.add_scores(row, weights, scores),
            Self::Dense(matrix) => add_combination(scores, matrix.row(row), weights),
            Self::Joined(dense, sparse) => {
                let (of_dense, of_sparse) = weights.split_at(dense.n_columns() * scores.len());
                add_combination(scores, dense.row(row), of_dense);
                sparse.add_scores(row, of_sparse, scores);
            }
        }
    }
}

impl From<CsrMatrix> for DesignMatrix {
    fn from(matrix: CsrMatrix) -> Self {
        Self::Sparse(matrix)
    }
}

impl From<DenseMatrix> for DesignMatrix {
    fn from(matrix: DenseMatrix) -> Self {
        Self::Dense(matrix)
    }
}

/// A sparse matrix in compressed-row (CSR) format: only the stored entries take memory.
#[derive(Debug, Clone, PartialEq)]
pub struct CsrMatrix {
    n_columns: usize,
    /// The position in `columns` and `values` at which each row starts, followed by the length of these two lists.
    row_starts: Vec<usize>,
    columns: Vec<usize>,
    values: Vec<f64>,
}

impl CsrMatrix {
    /// Creates a matrix from the `(column, value)` entries of each row. Several entries for the same column add up.
    ///
    /// # Errors
    ///
    /// If a column is not below `n_columns`, or a value is not finite.
    pub fn from_rows(n_columns: usize, rows: &[Vec<(usize, f64)>]) -> Result<Self> {
        let mut matrix = Self::without_rows(n_columns);
        for (row, entries) in rows.iter().enumerate() {
            for &(column, value) in entries {
                if column >= n_columns {
                    return Err(Error::ColumnOutOfRange {
                        row,
                        column,
                        n_columns,
                    });
                }
                if !value.is_finite() {
                    return Err(Error::NotFinite { row, column, value });
                }
            }
            matrix.push_row(entries.iter().copied());
        }
        Ok(matrix)
    }

    /// Creates a matrix without rows; [`Self::push_row`] adds them.
    pub(crate) fn without_rows(n_columns: usize) -> Self {
        Self {
            n_columns,
            row_starts: vec![0],
            columns: Vec::new(),
            values: Vec::new(),
        }
    }

    /// Appends a row; the columns must be below `n_columns`.
    pub(crate) fn push_row(&mut self, entries: impl Iterator<Item = (usize, f64)>) {
        for (column, value) in entries {
            self.columns.push(column);
            self.values.push(value);
        }
        self.row_starts.push(self.columns.len());
    }

    /// Adds `self[row] · weights` to `scores`.
    fn add_scores(&self, row: usize, weights: &[f64], scores: &mut [f64]) {
        let n_outputs = scores.len();
        for (column, value) in self.row(row) {
            add_scaled(scores, value, &weights[column * n_outputs..][..n_outputs]);
        }
    }

    /// Returns the number of rows.
    pub fn n_rows(&self) -> usize {
        self.row_starts.len() - 1
    }

    /// Returns the number of columns.
    pub fn n_columns(&self) -> usize {
        self.n_columns
    }

    /// Returns the number of entries that are stored.
    pub fn n_stored(&self) -> usize {
        self.values.len()
    }

    /// Returns the stored entries of a row as `(column, value)`.
    ///
    /// # Panics
    ///
    /// If `row` is not below the number of rows.
    pub fn row(&self, row: usize) -> impl Iterator<Item = (usize, f64)> {
        let range = self.row_starts[row]..self.row_starts[row + 1];
        self.columns[range.clone()]
            .iter()
            .copied()
            .zip(self.values[range].iter().copied())
    }

    /// Returns the transposed matrix: row `i` of the result is column `i` of this matrix.
    pub(crate) fn transposed(&self) -> Self {
        let mut row_starts = vec![0; self.n_columns + 1];
        for &column in &self.columns {
            row_starts[column + 1] += 1;
        }
        for column in 0..self.n_columns {
            row_starts[column + 1] += row_starts[column];
        }
        let mut next = row_starts.clone();
        let mut columns = vec![0; self.columns.len()];
        let mut values = vec![0.0; self.values.len()];
        for row in 0..self.n_rows() {
            for (column, value) in self.row(row) {
                columns[next[column]] = row;
                values[next[column]] = value;
                next[column] += 1;
            }
        }
        Self {
            n_columns: self.n_rows(),
            row_starts,
            columns,
            values,
        }
    }
}

/// A matrix that stores every entry, row by row.
#[derive(Debug, Clone, PartialEq)]
pub struct DenseMatrix {
    n_columns: usize,
    values: Vec<f64>,
}

impl DenseMatrix {
    /// Divides a flat list of values into rows of `n_columns`.
    ///
    /// # Errors
    ///
    /// If the number of values is not a multiple of `n_columns`, `n_columns` is 0, or a value is not finite.
    pub fn new(n_columns: usize, values: Vec<f64>) -> Result<Self> {
        if n_columns == 0 || !values.len().is_multiple_of(n_columns) {
            return Err(Error::Ragged {
                found: values.len(),
                n_columns,
            });
        }
        match values.iter().position(|value| !value.is_finite()) {
            None => Ok(Self { n_columns, values }),
            Some(at) => {
                let (row, column) = (at / n_columns, at % n_columns);
                Err(Error::NotFinite {
                    row,
                    column,
                    value: values[at],
                })
            }
        }
    }

    /// Returns the number of rows.
    pub fn n_rows(&self) -> usize {
        self.values.len() / self.n_columns
    }

    /// Returns the number of columns.
    pub fn n_columns(&self) -> usize {
        self.n_columns
    }

    /// Returns the values of a row.
    ///
    /// # Panics
    ///
    /// If `row` is not below the number of rows.
    pub fn row(&self, row: usize) -> &[f64] {
        &self.values[row * self.n_columns..][..self.n_columns]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> CsrMatrix {
        let rows = [vec![(0, 1.0), (3, 2.0)], vec![], vec![(3, -4.0), (1, 0.5)]];
        CsrMatrix::from_rows(4, &rows).unwrap()
    }

    #[test]
    fn rows_come_back_as_they_were_pushed() {
        let matrix = example();
        assert_eq!(
            (matrix.n_rows(), matrix.n_columns(), matrix.n_stored()),
            (3, 4, 4)
        );
        assert_eq!(matrix.row(1).count(), 0);
        assert_eq!(matrix.row(2).collect::<Vec<_>>(), [(3, -4.0), (1, 0.5)]);
    }

    #[test]
    fn transposing_swaps_rows_and_columns() {
        let columns = example().transposed();
        assert_eq!((columns.n_rows(), columns.n_columns()), (4, 3));
        assert_eq!(columns.row(0).collect::<Vec<_>>(), [(0, 1.0)]);
        assert_eq!(columns.row(1).collect::<Vec<_>>(), [(2, 0.5)]);
        assert_eq!(columns.row(2).count(), 0);
        assert_eq!(columns.row(3).collect::<Vec<_>>(), [(0, 2.0), (2, -4.0)]);
    }

    #[test]
    fn sparse_and_dense_rows_give_the_same_scores() {
        let dense = DenseMatrix::new(
            4,
            vec![1.0, 0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.5, 0.0, -4.0],
        );
        let dense = DesignMatrix::from(dense.unwrap());
        let sparse = DesignMatrix::from(example());
        let weights = [1.0, 10.0, 2.0, 20.0, 3.0, 30.0, 4.0, 40.0];
        for (row, expected) in [[9.0, 90.0], [0.0, 0.0], [-15.0, -150.0]].iter().enumerate() {
            for matrix in [&sparse, &dense] {
                let mut scores = [0.0; 2];
                matrix.add_scores(row, &weights, &mut scores);
                assert_eq!(scores, *expected);
            }
        }
    }

    #[test]
    fn malformed_matrices_are_refused() {
        let beyond = CsrMatrix::from_rows(2, &[vec![], vec![(2, 1.0)]]);
        assert_eq!(
            beyond,
            Err(Error::ColumnOutOfRange {
                row: 1,
                column: 2,
                n_columns: 2
            })
        );
        let infinite = CsrMatrix::from_rows(2, &[vec![(1, f64::INFINITY)]]);
        assert_eq!(
            infinite,
            Err(Error::NotFinite {
                row: 0,
                column: 1,
                value: f64::INFINITY
            })
        );
        let ragged = DenseMatrix::new(2, vec![1.0; 3]);
        assert_eq!(
            ragged,
            Err(Error::Ragged {
                found: 3,
                n_columns: 2
            })
        );
        assert!(DenseMatrix::new(0, vec![]).is_err());
        let nan = DenseMatrix::new(2, vec![0.0, 0.0, 0.0, f64::NAN]);
        assert!(matches!(
            nan,
            Err(Error::NotFinite {
                row: 1,
                column: 1,
                ..
            })
        ));
    }
}
