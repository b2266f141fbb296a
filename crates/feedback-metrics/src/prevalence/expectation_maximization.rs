//! Expectation maximization: the mix of classes under which the model's probabilities are consistent.

use super::shares::{Method, Scope, Shares};
use crate::check;
use crate::error::{Error, Result};
use crate::probabilities::Probabilities;

/// The shares change by less than this in the last step.
const TOLERANCE: f64 = 1e-10;

/// The maximum number of steps.
const MAX_STEPS: usize = 10_000;

/// Shares from the model's probabilities, adapted to the target rows.
///
/// `prior` has the share of each class in the rows that the model was trained on. Each step multiplies the probabilities
/// of each row by share / prior, scales them to a sum of 1, and takes their mean as the new shares. The steps end when no
/// share changes by more than 1e-10, after at most 10,000 steps.
///
/// # Assumption
///
/// The probabilities are calibrated for the training rows, and the texts of each class look the same in both sets of
/// rows. The method amplifies what is wrong with the probabilities, in a way that no resampling shows, so there is no
/// interval. [`super::adjusted_count`] needs no calibrated probabilities; docs/shares.md compares the two.
///
/// # Errors
///
/// If there is not one prior share for each class, one is not above 0, or they do not add up to 1 within 1e-3.
///
/// # Examples
///
/// ```
/// use feedback_metrics::{Probabilities, prevalence::expectation_maximization};
///
/// // Trained on equal shares; of ten rows, nine look like class 0.
/// let probabilities = Probabilities::new([[0.8, 0.2]; 9].concat().into_iter().chain([0.2, 0.8]).collect(), 2)?;
/// let found = expectation_maximization(&probabilities, &[0.5, 0.5])?;
/// assert!(found.classes[0].share > 0.99);
/// # Ok::<(), feedback_metrics::Error>(())
/// ```
///
/// # References
///
/// Saerens, Latinne and Decaestecker 2002, "Adjusting the outputs of a classifier to new a priori probabilities: a simple
/// procedure", section 2.2.
pub fn expectation_maximization(probabilities: &Probabilities, prior: &[f64]) -> Result<Shares> {
    let n_classes = probabilities.n_classes();
    check::same_length("prior", prior.len(), "classes", n_classes)?;
    if let Some(class) = prior.iter().position(|&share| !(share > 0.0 && share <= 1.0)) {
        return Err(Error::Value {
            what: "prior",
            row: class,
            column: 0,
            expected: "a share above 0 and at most 1",
            found: prior[class],
        });
    }
    let sum: f64 = prior.iter().sum();
    check::parameter("sum of `prior`", sum, (sum - 1.0).abs() <= 1e-3, "1 within 0.001")?;

    let mut shares = prior.to_vec();
    let mut adapted = vec![0.0; n_classes];
    for _ in 0..MAX_STEPS {
        let mut next = vec![0.0; n_classes];
        for row in probabilities.rows() {
            for (class, value) in adapted.iter_mut().enumerate() {
                *value = row[class] * (shares[class] / prior[class]);
            }
            // The sum is 0 if all shares of the classes that are possible for this row were rounded to 0.
            let sum: f64 = adapted.iter().sum();
            let (values, sum) = if sum > 0.0 {
                (&adapted[..], sum)
            } else {
                (row, 1.0)
            };
            next.iter_mut()
                .zip(values)
                .for_each(|(next, value)| *next += value / sum);
        }
        let total: f64 = next.iter().sum();
        next.iter_mut().for_each(|value| *value /= total);
        let change = shares
            .iter()
            .zip(&next)
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, f64::max);
        shares = next;
        if change < TOLERANCE {
            break;
        }
    }
    let mut counted = vec![0.0; n_classes];
    let weight = 1.0 / probabilities.n() as f64;
    probabilities
        .predictions()
        .into_iter()
        .for_each(|class| counted[class] += weight);
    Ok(Shares::without_intervals(
        Method::ExpectationMaximization,
        Scope::Rows,
        probabilities.n(),
        &counted,
        &shares,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_that_match_the_prior_stay() {
        let probabilities = Probabilities::new(vec![0.7, 0.3, 0.1, 0.9], 2).expect("valid");
        let found = expectation_maximization(&probabilities, &[0.4, 0.6]).expect("valid");
        assert!((found.classes[0].share - 0.4).abs() < 1e-9);
        assert_eq!((found.classes[0].counted, found.classes[0].interval), (0.5, None));
    }

    #[test]
    fn certain_rows_are_counted() {
        let probabilities = Probabilities::new(vec![1.0, 0.0, 1.0, 0.0, 0.0, 1.0], 2).expect("valid");
        let found = expectation_maximization(&probabilities, &[0.5, 0.5]).expect("valid");
        assert!((found.classes[0].share - 2.0 / 3.0).abs() < 1e-15);
    }

    #[test]
    fn a_wrong_prior_is_an_error() {
        let probabilities = Probabilities::new(vec![0.7, 0.3], 2).expect("valid");
        for prior in [&[1.0][..], &[1.0, 0.0], &[0.5, 0.6], &[f64::NAN, 0.5]] {
            assert!(expectation_maximization(&probabilities, prior).is_err());
        }
    }
}
