//! The rows that shares are estimated from, checked once.

use std::collections::{BTreeMap, BTreeSet};

use crate::check;
use crate::error::{Error, Result};

/// The rows whose shares are wanted, with the model's prediction for each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    predictions: Vec<usize>,
    groups: Vec<usize>,
    n_classes: usize,
}

impl Target {
    /// Takes the predicted class and the duplicate group of each row. Without duplicates, give every row another group.
    ///
    /// # Errors
    ///
    /// If there are no rows, the lengths differ, a class is not below `n_classes`, or `n_classes` is not 2 to 10,000.
    pub fn new(predictions: &[usize], groups: &[usize], n_classes: usize) -> Result<Self> {
        check::class_count(n_classes, 2)?;
        check::not_empty("predictions", predictions.len())?;
        check::same_length("groups", groups.len(), "predictions", predictions.len())?;
        check::class_ids("predictions", predictions, n_classes)?;
        Ok(Self {
            predictions: predictions.to_vec(),
            groups: groups.to_vec(),
            n_classes,
        })
    }

    /// The number of rows.
    pub fn n(&self) -> usize {
        self.predictions.len()
    }

    /// The number of classes.
    pub fn n_classes(&self) -> usize {
        self.n_classes
    }

    /// The number of rows predicted as each class.
    pub(super) fn counts(&self) -> Vec<usize> {
        counts(&self.predictions, self.n_classes)
    }

    /// The share of rows predicted as each class.
    pub(super) fn counted(&self) -> Vec<f64> {
        let n = self.n() as f64;
        self.counts().into_iter().map(|count| count as f64 / n).collect()
    }

    /// How many independent rows carry as much evidence as these rows.
    pub(super) fn effective_rows(&self) -> f64 {
        effective_rows(&self.groups)
    }
}

/// Labelled rows on which the model was not trained, with its predictions: what is known about its mistakes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calibration {
    pub(super) labels: Vec<usize>,
    pub(super) predictions: Vec<usize>,
    pub(super) groups: Vec<usize>,
    n_classes: usize,
}

impl Calibration {
    /// Takes the label, the predicted class and the duplicate group of each row. The predictions must not come from a
    /// model that was trained on these rows: use validation rows or out-of-fold predictions.
    ///
    /// # Errors
    ///
    /// If there are no rows, the lengths differ, a class is not below `n_classes`, `n_classes` is not 2 to 10,000, all
    /// rows are in one group, or a class has no row: its mistakes are then unknown.
    pub fn new(labels: &[usize], predictions: &[usize], groups: &[usize], n_classes: usize) -> Result<Self> {
        check::class_count(n_classes, 2)?;
        check::not_empty("labels", labels.len())?;
        check::same_length("predictions", predictions.len(), "labels", labels.len())?;
        check::same_length("groups", groups.len(), "labels", labels.len())?;
        check::class_ids("labels", labels, n_classes)?;
        check::class_ids("predictions", predictions, n_classes)?;
        if groups.iter().all(|&group| group == groups[0]) {
            return Err(Error::TooFewGroups { found: 1 });
        }
        if let Some(class) = counts(labels, n_classes).iter().position(|&count| count == 0) {
            return Err(Error::ClassWithoutRows { class });
        }
        Ok(Self {
            labels: labels.to_vec(),
            predictions: predictions.to_vec(),
            groups: groups.to_vec(),
            n_classes,
        })
    }

    /// The number of rows.
    pub fn n(&self) -> usize {
        self.labels.len()
    }

    /// The number of classes.
    pub fn n_classes(&self) -> usize {
        self.n_classes
    }

    /// The share of each predicted class (rows) among the rows of each true class (columns), row-major. A class
    /// without rows in `counted` takes its column of `otherwise`.
    pub(super) fn rates(counted: &[usize], n_classes: usize, otherwise: Option<&[f64]>) -> Vec<f64> {
        let mut rates = vec![0.0; n_classes * n_classes];
        for label in 0..n_classes {
            let column = |prediction: usize| prediction * n_classes + label;
            let total: usize = (0..n_classes).map(|prediction| counted[column(prediction)]).sum();
            for prediction in 0..n_classes {
                let cell = column(prediction);
                rates[cell] = if total > 0 {
                    counted[cell] as f64 / total as f64
                } else {
                    otherwise.map_or(0.0, |rates| rates[cell])
                };
            }
        }
        rates
    }

    /// The number of rows with each predicted (rows) and true (columns) class, row-major.
    pub(super) fn confusions(&self) -> Vec<usize> {
        let mut counted = vec![0; self.n_classes * self.n_classes];
        for (&label, &prediction) in self.labels.iter().zip(&self.predictions) {
            counted[prediction * self.n_classes + label] += 1;
        }
        counted
    }
}

/// Target rows that people labelled, drawn at random.
///
/// The rows must be a random sample of the target rows. Rows that were chosen because the model was unsure of them are not
/// one, and would bias the shares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audits {
    pub(super) labels: Vec<usize>,
    pub(super) predictions: Vec<usize>,
    groups: Vec<usize>,
}

impl Audits {
    /// Takes the audited rows, as positions in the target rows, and the label that people gave to each.
    ///
    /// # Errors
    ///
    /// If there are no rows, the lengths differ, a row is not one of the target rows or occurs twice, or a label is not
    /// below the number of classes.
    pub fn new(target: &Target, rows: &[usize], labels: &[usize]) -> Result<Self> {
        check::not_empty("audits", rows.len())?;
        check::same_length("labels", labels.len(), "audits", rows.len())?;
        check::class_ids("labels", labels, target.n_classes)?;
        let mut seen = BTreeSet::new();
        let bad = |&row: &usize| row >= target.n() || !seen.insert(row);
        if let Some(row) = rows.iter().position(bad) {
            return Err(Error::Value {
                what: "audits",
                row,
                column: 0,
                expected: "another target row in each audit",
                found: rows[row] as f64,
            });
        }
        let pick = |values: &[usize]| rows.iter().map(|&row| values[row]).collect();
        Ok(Self {
            labels: labels.to_vec(),
            predictions: pick(&target.predictions),
            groups: pick(&target.groups),
        })
    }

    /// The number of audited rows.
    pub fn n(&self) -> usize {
        self.labels.len()
    }

    /// How many independent rows carry as much evidence as the audited rows.
    pub(super) fn effective_rows(&self) -> f64 {
        effective_rows(&self.groups)
    }
}

fn counts(classes: &[usize], n_classes: usize) -> Vec<usize> {
    let mut counts = vec![0; n_classes];
    classes.iter().for_each(|&class| counts[class] += 1);
    counts
}

/// n² / Σ m², where m are the sizes of the groups (Kish 1965, "Survey Sampling"): the number of rows without
/// duplicates. The rows of a group are taken to have the same label.
fn effective_rows(groups: &[usize]) -> f64 {
    let mut sizes: BTreeMap<usize, u64> = BTreeMap::new();
    groups
        .iter()
        .for_each(|&group| *sizes.entry(group).or_default() += 1);
    let squares: u64 = sizes.into_values().map(|size| size * size).sum();
    (groups.len() as f64).powi(2) / squares as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn duplicates_count_as_less_evidence() {
        assert_eq!(effective_rows(&[0, 1, 2, 3]), 4.0);
        assert_eq!(effective_rows(&[5, 5, 9, 9]), 2.0);
        assert_eq!(effective_rows(&[0, 0, 0, 1]), 1.6);
    }

    #[test]
    fn bad_rows_are_named() {
        let message = |error: Error| error.to_string();
        let target = Target::new(&[0, 1, 1], &[0, 1, 2], 2).expect("valid");
        let error = Audits::new(&target, &[0, 0], &[1, 1]).expect_err("an error");
        assert!(message(error).starts_with("`audits` at row 1"));
        assert!(Audits::new(&target, &[3], &[0]).is_err());
        assert!(Audits::new(&target, &[0], &[2]).is_err());
        let error = Calibration::new(&[0, 0], &[0, 1], &[0, 1], 2).expect_err("an error");
        assert!(message(error).starts_with("class 1 has no labelled row"));
        assert!(Calibration::new(&[0, 1], &[0, 1], &[7, 7], 2).is_err());
        assert!(Target::new(&[0], &[], 2).is_err() && Target::new(&[], &[], 2).is_err());
        assert!(Target::new(&[2], &[0], 2).is_err() && Target::new(&[0], &[0], 1).is_err());
    }
}
