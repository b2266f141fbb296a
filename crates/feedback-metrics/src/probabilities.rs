//! Tables of logits (before the softmax) and probabilities (after it), checked once.

use crate::check;
use crate::error::{Error, Result};

/// The tolerance for the sum of a row of probabilities.
///
/// It is wide enough for a softmax in half precision and for scores rounded to four digits, but rejects logits.
pub const ROW_SUM_TOLERANCE: f64 = 1e-3;

/// Logits: one row of `n_classes` real numbers for each example, before the softmax.
#[derive(Debug, Clone, PartialEq)]
pub struct Logits(Table);

impl Logits {
    /// Takes a row-major table of logits.
    ///
    /// # Errors
    ///
    /// If the table is empty or ends within a row, a value is not finite, or `n_classes` is not 2 to 10,000.
    pub fn new(values: Vec<f64>, n_classes: usize) -> Result<Self> {
        let table = Table::new("logits", values, n_classes)?;
        table.check_values("logits", "a finite number", f64::is_finite)?;
        Ok(Self(table))
    }

    /// Takes a row-major table in single precision, as models produce it.
    ///
    /// # Errors
    ///
    /// The same as for [`Self::new`].
    pub fn from_f32(values: &[f32], n_classes: usize) -> Result<Self> {
        Self::new(widen(values), n_classes)
    }

    /// The number of rows.
    pub fn n(&self) -> usize {
        self.0.n()
    }

    /// The number of classes.
    pub fn n_classes(&self) -> usize {
        self.0.n_columns
    }

    /// The rows, in order.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[f64]> {
        self.0.rows()
    }

    /// softmax(logits / temperature), computed in double precision.
    ///
    /// A temperature of 1 is the plain softmax; higher temperatures lower the confidence. The most probable class
    /// is the same at every temperature.
    ///
    /// # Errors
    ///
    /// If the temperature is not a finite number above 0.
    pub fn softmax(&self, temperature: f64) -> Result<Probabilities> {
        let holds = temperature > 0.0 && temperature.is_finite();
        check::parameter("temperature", temperature, holds, "a finite number above 0")?;
        let rows = self.rows().flat_map(|row| softmax(row, temperature));
        let table = Table {
            values: rows.collect(),
            n_columns: self.n_classes(),
        };
        Ok(Probabilities {
            table,
            epsilon: f64::EPSILON,
        })
    }
}

/// Probabilities: one row of `n_classes` numbers from 0 to 1 for each example, with a sum of 1.
///
/// # Examples
///
/// ```
/// use feedback_metrics::{Logits, Probabilities};
///
/// let probabilities = Probabilities::new(vec![0.7, 0.3, 0.2, 0.8], 2)?;
/// assert_eq!(probabilities.predictions(), [0, 1]);
/// assert_eq!(probabilities.confidences(), [0.7, 0.8]);
///
/// // Logits are rejected, and the message says what to do.
/// let error = Probabilities::new(vec![0.1, 0.4], 2).unwrap_err();
/// assert!(error.to_string().contains("expected a sum of 1"));
/// assert_eq!(Logits::new(vec![0.5, 0.5], 2)?.softmax(1.0)?.confidences(), [0.5]);
/// # Ok::<(), feedback_metrics::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Probabilities {
    table: Table,
    epsilon: f64,
}

impl Probabilities {
    /// Takes a row-major table of probabilities.
    ///
    /// # Errors
    ///
    /// If the table is empty or ends within a row, a value is outside 0 to 1, the sum of a row is not 1 within
    /// [`ROW_SUM_TOLERANCE`], or `n_classes` is not 2 to 10,000.
    pub fn new(values: Vec<f64>, n_classes: usize) -> Result<Self> {
        Self::with_epsilon(values, n_classes, f64::EPSILON)
    }

    /// Takes a row-major table in single precision, as models produce it.
    ///
    /// Rows are not rescaled to a sum of exactly 1.
    ///
    /// # Errors
    ///
    /// The same as for [`Self::new`].
    pub fn from_f32(values: &[f32], n_classes: usize) -> Result<Self> {
        Self::with_epsilon(widen(values), n_classes, f64::from(f32::EPSILON))
    }

    fn with_epsilon(values: Vec<f64>, n_classes: usize, epsilon: f64) -> Result<Self> {
        let table = Table::new("probabilities", values, n_classes)?;
        let in_range = |value: f64| (0.0..=1.0).contains(&value);
        table.check_values("probabilities", "a number from 0 to 1", in_range)?;
        for (row, values) in table.rows().enumerate() {
            let sum: f64 = values.iter().sum();
            if (sum - 1.0).abs() > ROW_SUM_TOLERANCE {
                return Err(Error::NotNormalised {
                    row,
                    sum,
                    tolerance: ROW_SUM_TOLERANCE,
                });
            }
        }
        Ok(Self { table, epsilon })
    }

    /// The number of rows.
    pub fn n(&self) -> usize {
        self.table.n()
    }

    /// The number of classes.
    pub fn n_classes(&self) -> usize {
        self.table.n_columns
    }

    /// The rows, in order.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[f64]> {
        self.table.rows()
    }

    /// The machine epsilon of the input precision, `f32` or `f64`. [`crate::calibration::log_loss`] clips
    /// probabilities to the range from epsilon to 1 − epsilon.
    pub fn epsilon(&self) -> f64 {
        self.epsilon
    }

    /// The most probable class of each row; for ties the lowest id, as in `numpy.argmax`.
    pub fn predictions(&self) -> Vec<usize> {
        self.rows().map(|row| top(row).0).collect()
    }

    /// The probability of the most probable class of each row.
    pub fn confidences(&self) -> Vec<f64> {
        self.rows().map(|row| top(row).1).collect()
    }

    /// One column: the probability of `class` in each row; empty for an unknown id.
    pub(crate) fn column(&self, class: usize) -> Vec<f64> {
        self.rows().filter_map(|row| row.get(class).copied()).collect()
    }

    /// Checks the labels and returns, for each row, the confidence and whether the prediction is right.
    pub(crate) fn outcomes(&self, labels: &[usize]) -> Result<Vec<(f64, bool)>> {
        check::labels_of_table(labels, self.n(), self.n_classes())?;
        let outcome = |(row, &label): (&[f64], &usize)| {
            let (class, confidence) = top(row);
            (confidence, class == label)
        };
        Ok(self.rows().zip(labels).map(outcome).collect())
    }
}

/// The largest value of a row and its first position.
fn top(row: &[f64]) -> (usize, f64) {
    let better = |best: (usize, f64), next: (usize, &f64)| {
        if *next.1 > best.1 { (next.0, *next.1) } else { best }
    };
    row.iter().enumerate().fold((0, f64::NEG_INFINITY), better)
}

/// softmax(row / temperature), shifted by the maximum so that nothing overflows.
pub(crate) fn softmax(row: &[f64], temperature: f64) -> Vec<f64> {
    let (_, maximum) = top(row);
    let exponentials: Vec<f64> = row
        .iter()
        .map(|value| ((value - maximum) / temperature).exp())
        .collect();
    let sum: f64 = exponentials.iter().sum();
    exponentials.into_iter().map(|value| value / sum).collect()
}

/// A row-major table of numbers.
#[derive(Debug, Clone, PartialEq)]
struct Table {
    values: Vec<f64>, // row-major, [n, n_columns]
    n_columns: usize,
}

impl Table {
    fn new(what: &'static str, values: Vec<f64>, n_columns: usize) -> Result<Self> {
        check::class_count(n_columns, 2)?;
        check::not_empty(what, values.len())?;
        if !values.len().is_multiple_of(n_columns) {
            return Err(Error::TableShape {
                what,
                found: values.len(),
                n_columns,
            });
        }
        Ok(Self { values, n_columns })
    }

    fn check_values(
        &self,
        what: &'static str,
        expected: &'static str,
        holds: impl Fn(f64) -> bool,
    ) -> Result<()> {
        match self.values.iter().position(|&value| !holds(value)) {
            None => Ok(()),
            Some(place) => Err(Error::Value {
                what,
                row: place / self.n_columns,
                column: place % self.n_columns,
                expected,
                found: self.values[place],
            }),
        }
    }

    fn n(&self) -> usize {
        self.values.len() / self.n_columns
    }

    fn rows(&self) -> impl ExactSizeIterator<Item = &[f64]> {
        self.values.chunks_exact(self.n_columns)
    }
}

fn widen(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&value| f64::from(value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn softmax_by_hand_and_at_the_edge() {
        let logits = Logits::new(vec![2.0f64.ln(), 0.0, 1000.0, -1000.0], 2).expect("valid");
        let probabilities = logits.softmax(1.0).expect("valid");
        let rows: Vec<&[f64]> = probabilities.rows().collect();
        assert!((rows[0][0] - 2.0 / 3.0).abs() < 1e-15);
        assert_eq!(rows[1], [1.0, 0.0]);
        // Halving a logit takes the square root of the odds.
        let cooler = logits.softmax(2.0).expect("valid");
        let expected = 2.0f64.sqrt() / (2.0f64.sqrt() + 1.0);
        assert!((cooler.confidences()[0] - expected).abs() < 1e-15);
        assert!(logits.softmax(0.0).is_err());
        assert!(logits.softmax(f64::NAN).is_err());
    }

    #[test]
    fn of_equal_scores_the_lowest_id_is_predicted() {
        let probabilities = Probabilities::new(vec![0.2, 0.4, 0.4], 3).expect("valid");
        assert_eq!(probabilities.predictions(), [1]);
    }

    #[test]
    fn bad_tables_are_named_by_row_and_column() {
        let message = |values, n| match Probabilities::new(values, n) {
            Ok(_) => String::new(),
            Err(error) => error.to_string(),
        };
        assert_eq!(
            message(vec![0.5, 0.5, 1.5, -0.5], 2),
            "`probabilities` at row 1, column 0: expected a number from 0 to 1, found 1.5"
        );
        assert!(message(vec![0.5, f64::NAN], 2).contains("found NaN"));
        assert!(message(vec![0.5, 0.4], 2).contains("at row 0: expected a sum of 1 within 0.001"));
        assert!(message(vec![0.5, 0.5, 0.1], 2).contains("3 values, expected a multiple of 2"));
        assert!(message(vec![], 2).contains("is empty"));
        assert!(message(vec![1.0], 1).contains("expected 2 to 10000, found 1"));
        assert!(Logits::new(vec![0.0, f64::INFINITY], 2).is_err());
        assert!(Logits::from_f32(&[0.0, f32::NAN], 2).is_err());
    }

    #[test]
    fn labels_are_checked_against_the_table() {
        let probabilities = Probabilities::from_f32(&[0.75, 0.25], 2).expect("valid");
        assert_eq!(probabilities.outcomes(&[1]), Ok(vec![(0.75, false)]));
        assert!(probabilities.outcomes(&[2]).is_err());
        assert!(probabilities.outcomes(&[0, 0]).is_err());
    }
}
