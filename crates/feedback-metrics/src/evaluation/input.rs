//! The input of an evaluation.

use crate::check;
use crate::error::{Error, Result};
use crate::probabilities::Probabilities;
use crate::statistics::BootstrapOptions;

/// The rows to evaluate and how to evaluate them. [`EvaluationInput::new`] takes the required values; set the
/// other fields as needed.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct EvaluationInput<'a> {
    /// The label names, in class id order.
    pub label_names: &'a [String],
    /// The true class id of each row.
    pub labels: &'a [usize],
    /// The probabilities of each row, computed with the temperature.
    pub probabilities: &'a Probabilities,
    /// The duplicate group of each row: the rows of a group are resampled together. If this is empty, as it is by
    /// default, each row is a separate group.
    pub groups: &'a [usize],
    /// The temperature that was applied; 1 by default, which means no scaling.
    pub temperature: f64,
    /// The options of the bootstrap intervals. `bootstrap.confidence` applies to all intervals, also the Wilson ones.
    pub bootstrap: BootstrapOptions,
}

impl<'a> EvaluationInput<'a> {
    /// Creates an input without duplicate groups, with temperature 1 and the default bootstrap options.
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

    /// Checks the number of names. Labels and probabilities are checked by the metrics.
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
