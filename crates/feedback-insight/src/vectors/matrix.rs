//! A table of vectors of length 1, in fixed-point numbers.

use super::dot::dots;
use crate::error::{Error, Result};

/// The fixed-point number that stands for 1.
const ONE: f64 = 32_767.0;

/// With more columns, the rounding of the components could make a dot product leave the range of `i32`.
const MAX_COLUMNS: usize = 65_536;

/// The vectors of texts, one row for each text, all of length 1.
///
/// Components are stored as 16-bit fixed-point numbers, value · 32767. Dot products are sums of integers, so the order of
/// addition does not matter: they have the same bits on every processor and with any number of threads. Rounding changes a
/// cosine by about 0.00001, far less than the difference between any two encoders. A vector of 384 numbers takes 768
/// bytes.
///
/// # Examples
///
/// ```
/// use feedback_insight::Vectors;
///
/// let vectors = Vectors::new(2, &[3.0, 4.0, 6.0, 8.0, -4.0, 3.0])?;
/// assert_eq!((vectors.n_rows(), vectors.n_columns()), (3, 2));
/// assert!((vectors.cosine(0, 1) - 1.0).abs() < 1e-4);
/// assert!(vectors.cosine(0, 2).abs() < 1e-4);
/// # Ok::<(), feedback_insight::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vectors {
    n_columns: usize,
    values: Vec<i16>,
}

impl Vectors {
    /// Normalises vectors, given row by row, `[n_rows, n_columns]`.
    ///
    /// # Errors
    ///
    /// If `n_columns` is 0 or above 65,536, the values cannot be divided into rows, a value is not finite, or all values
    /// of a row are 0. No rows are not an error.
    pub fn new(n_columns: usize, values: &[f32]) -> Result<Self> {
        if !(1..=MAX_COLUMNS).contains(&n_columns) {
            return Err(Error::Setting {
                field: "n_columns",
                found: n_columns as f64,
                expected: "1 to 65536",
            });
        }
        if !values.len().is_multiple_of(n_columns) {
            return Err(Error::Ragged {
                found: values.len(),
                n_columns,
            });
        }
        let mut vectors = Self {
            n_columns,
            values: Vec::with_capacity(values.len()),
        };
        for (row, components) in values.chunks_exact(n_columns).enumerate() {
            vectors.push(row, components)?;
        }
        Ok(vectors)
    }

    /// Adds a row. `row` is its number in error messages.
    fn push(&mut self, row: usize, components: &[f32]) -> Result<()> {
        if let Some(column) = components.iter().position(|value| !value.is_finite()) {
            return Err(Error::NotFinite {
                row,
                column,
                value: components[column],
            });
        }
        if components.iter().all(|&value| value == 0.0) {
            return Err(Error::ZeroVector { row });
        }
        self.push_direction(components.iter().map(|&value| f64::from(value)));
        Ok(())
    }

    /// Adds a row of finite numbers that are not all 0, normalised. Squares of `f32` neither overflow nor vanish in `f64`.
    fn push_direction(&mut self, components: impl Iterator<Item = f64> + Clone) {
        let length = components.clone().map(|value| value * value).sum::<f64>().sqrt();
        let rounded = components.map(|value| (value / length * ONE).round() as i16);
        self.values.extend(rounded);
    }

    /// The number of rows.
    pub fn n_rows(&self) -> usize {
        self.values.len() / self.n_columns
    }

    /// The number of columns.
    pub fn n_columns(&self) -> usize {
        self.n_columns
    }

    /// The cosine of the angle between two rows, −1 to 1.
    ///
    /// # Panics
    ///
    /// If a row does not exist.
    pub fn cosine(&self, a: usize, b: usize) -> f64 {
        cosine(self.dot(a, self, b))
    }

    /// The cosine of the angle between a row and a row of other vectors, which have as many columns.
    pub(crate) fn cosine_with(&self, a: usize, other: &Self, b: usize) -> f64 {
        cosine(self.dot(a, other, b))
    }

    /// The rows with these numbers, in this order.
    ///
    /// # Panics
    ///
    /// If a row does not exist.
    #[must_use]
    pub fn select(&self, rows: &[usize]) -> Self {
        let mut values = Vec::with_capacity(rows.len() * self.n_columns);
        rows.iter()
            .for_each(|&row| values.extend_from_slice(self.row(row)));
        Self {
            n_columns: self.n_columns,
            values,
        }
    }

    /// Adds the direction of the sum of some rows of `other`, each taken as often as `counts` says.
    pub(crate) fn push_mean(&mut self, other: &Self, rows: &[usize], counts: &[usize]) {
        let mut sums = vec![0_i64; self.n_columns];
        for &row in rows {
            for (sum, &value) in sums.iter_mut().zip(other.row(row)) {
                *sum += i64::from(value) * counts[row] as i64;
            }
        }
        self.push_sum(&sums);
    }

    /// Adds the direction of a sum of rows. A sum that is 0 in all components gives a row that is as far from all others.
    pub(crate) fn push_sum(&mut self, sums: &[i64]) {
        if sums.iter().all(|&sum| sum == 0) {
            self.values.resize(self.values.len() + self.n_columns, 0);
        } else {
            self.push_direction(sums.iter().map(|&sum| sum as f64));
        }
    }

    /// No rows, with as many columns as these.
    pub(crate) fn without_rows(&self) -> Self {
        Self {
            n_columns: self.n_columns,
            values: Vec::new(),
        }
    }

    /// Checks that the rows have as many columns as those of `other`.
    pub(crate) fn same_columns(&self, what: &'static str, other: &Self) -> Result<()> {
        if self.n_columns == other.n_columns {
            return Ok(());
        }
        Err(Error::ColumnMismatch {
            what,
            found: self.n_columns,
            expected: other.n_columns,
        })
    }

    /// The components of a row.
    pub(crate) fn row(&self, row: usize) -> &[i16] {
        &self.values[row * self.n_columns..][..self.n_columns]
    }

    /// The dot product of row `a` with row `b` of `other`, in units of 1 / 32767².
    pub(crate) fn dot(&self, a: usize, other: &Self, b: usize) -> i32 {
        let mut sum = [0];
        dots(self.row(a), other.row(b), &mut sum);
        sum[0]
    }

    /// Writes the dot products of a row with `sums.len()` rows of `other`, from row `first` on.
    pub(crate) fn dots(&self, row: usize, other: &Self, first: usize, sums: &mut [i32]) {
        let rows = &other.values[first * self.n_columns..][..sums.len() * self.n_columns];
        dots(self.row(row), rows, sums);
    }
}

/// The cosine that a dot product stands for.
pub(crate) fn cosine(dot: i32) -> f64 {
    (f64::from(dot) / (ONE * ONE)).clamp(-1.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::draws;

    #[test]
    fn bad_vectors_are_refused() {
        let new = Vectors::new;
        assert!(matches!(
            new(0, &[]),
            Err(Error::Setting {
                field: "n_columns",
                ..
            })
        ));
        assert!(matches!(new(70_000, &[]), Err(Error::Setting { .. })));
        assert_eq!(
            new(2, &[1.0; 3]),
            Err(Error::Ragged {
                found: 3,
                n_columns: 2
            })
        );
        assert_eq!(new(2, &[1.0, 2.0, 0.0, 0.0]), Err(Error::ZeroVector { row: 1 }));
        let value = f32::INFINITY;
        let infinite = Err(Error::NotFinite {
            row: 1,
            column: 0,
            value,
        });
        assert_eq!(new(2, &[1.0, 2.0, value, 0.0]), infinite);
        assert!(matches!(
            new(1, &[f32::NAN]),
            Err(Error::NotFinite { row: 0, .. })
        ));
        assert_eq!(new(3, &[]).unwrap().n_rows(), 0);
    }

    #[test]
    fn tiny_and_huge_vectors_have_directions() {
        let vectors = Vectors::new(2, &[1e-45, 0.0, f32::MAX, f32::MAX, -1.0, 0.0]).unwrap();
        assert!((vectors.cosine(0, 1) - 0.5_f64.sqrt()).abs() < 1e-4);
        assert_eq!((vectors.cosine(0, 0), vectors.cosine(0, 2)), (1.0, -1.0));
    }

    #[test]
    fn means_point_between_their_rows() {
        let vectors = Vectors::new(2, &[1.0, 0.0, 0.0, 1.0, -1.0, 0.0]).unwrap();
        let mut means = vectors.without_rows();
        means.push_mean(&vectors, &[0, 1], &[1, 1, 1]);
        means.push_mean(&vectors, &[0, 1], &[3, 4, 1]);
        means.push_mean(&vectors, &[0, 2], &[1, 1, 1]);
        let expected = Vectors::new(2, &[1.0, 1.0, 3.0, 4.0]).unwrap();
        assert_eq!(means.select(&[0, 1]), expected);
        assert_eq!(means.dot(2, &vectors, 1), 0, "opposite rows have no mean");
    }

    #[test]
    fn cosines_agree_with_floating_point() {
        for seed in 0..50 {
            let values = draws(200, seed);
            let (a, b) = values.split_at(100);
            let product = |a: &[f32], b: &[f32]| -> f64 {
                a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum()
            };
            let expected = product(a, b) / (product(a, a) * product(b, b)).sqrt();
            let vectors = Vectors::new(100, &values).unwrap();
            assert!((vectors.cosine(0, 1) - expected).abs() < 1e-4, "seed {seed}");
            assert_eq!(vectors.cosine(0, 1), vectors.cosine(1, 0));
        }
    }
}
