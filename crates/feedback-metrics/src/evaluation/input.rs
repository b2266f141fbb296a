//! What an evaluation is measured from.

use crate::check;
use crate::error::{Error, Result};
use crate::probabilities::Probabilities;
use crate::statistics::BootstrapOptions;

/// The rows to evaluate and how to evaluate them. [`EvaluationInput::new`] takes what is required; set the
/// other fields as needed.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct EvaluationInput<'a> {
    /// The label names, in class id order.
    pub label_names: &'a [String],
    /// The true class id of each row.
    pub labels: &'a [usize],
    /// The probabilities of each row, after the temperature was applied.
    pub probabilities: &'a Probabilities,
    /// The duplicate group of each row: the rows of a group are resampled together. Empty by default, which
    /// means that each row is its own group.
    pub groups: &'a [usize],
    /// The temperature that was applied; 1 by default, which means no scaling.
    pub temperature: f64,
    /// How the bootstrap intervals are drawn; its confidence applies to every interval.
    pub bootstrap: BootstrapOptions,
}

impl<'a> EvaluationInput<'a> {
    /// Rows without duplicates, no temperature, and the default bootstrap.
    pub fn new(label_names: &'a [String], labels: &'a [usize], probabilities: &'a Probabilities) -> Self {
        Self {
            label_names,
            labels,
            probabilities,
            groups: &[],
            temperature: 1.0,
            bootstrap: BootstrapOptions::default(),
        }
    }

    /// Checks the names; the metrics check labels and probabilities themselves.
    pub(super) fn check(&self) -> Result<()> {
        let n_classes = self.probabilities.n_classes();
        if self.label_names.len() != n_classes {
            return Err(Error::NameCount {
                found: self.label_names.len(),
                expected: n_classes,
            });
        }
        Ok(())
    }

    /// The group of each row.
    pub(super) fn resampling_groups(&self) -> Result<Vec<usize>> {
        if self.groups.is_empty() {
            return Ok((0..self.labels.len()).collect());
        }
        check::same_length("groups", self.groups.len(), "labels", self.labels.len())?;
        Ok(self.groups.to_vec())
    }
}
