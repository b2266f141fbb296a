//! Options of a classification report.

use serde::{Deserialize, Serialize};

use crate::averages::ZeroDivision;

/// Which classes a report shows and averages over.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportLabels {
    /// Every class of the label set, including absent ones: `labels=range(n_classes)`. The averages then equal
    /// the results of [`crate::ConfusionMatrix::average`].
    #[default]
    All,
    /// The classes that occur as a label or as a prediction: scikit-learn's behaviour without `labels`. For a
    /// multi-label report this is the same as `All`.
    Present,
    /// Only these classes, in this order. If another class occurs in the rows, the report has a `micro avg` line
    /// instead of the `accuracy` line, because micro-averaged precision and recall then differ.
    Only(Vec<usize>),
}

/// Options of a classification report. The defaults are scikit-learn's, except that `labels` is
/// [`ReportLabels::All`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct ReportOptions {
    /// The classes to show.
    pub labels: ReportLabels,
    /// The display name of every class of the label set, in label order, even if only some are shown. Without
    /// names, a class is shown as its id.
    pub target_names: Option<Vec<String>>,
    /// The number of decimals in the text, 2 by default.
    pub digits: usize,
    /// The value of undefined scores, 0 by default; NaN is printed as `nan`.
    pub zero_division: ZeroDivision,
}

impl Default for ReportOptions {
    fn default() -> Self {
        Self {
            labels: ReportLabels::All,
            target_names: None,
            digits: 2,
            zero_division: ZeroDivision::Zero,
        }
    }
}

impl ReportOptions {
    /// Returns these options with these classes.
    #[must_use]
    pub fn with_labels(self, labels: ReportLabels) -> Self {
        Self { labels, ..self }
    }

    /// Returns these options with a display name for every class.
    #[must_use]
    pub fn with_target_names(self, names: Vec<String>) -> Self {
        Self {
            target_names: Some(names),
            ..self
        }
    }

    /// Returns these options with this number of decimals.
    #[must_use]
    pub fn with_digits(self, digits: usize) -> Self {
        Self { digits, ..self }
    }

    /// Returns these options with this value for undefined scores.
    #[must_use]
    pub fn with_zero_division(self, zero_division: ZeroDivision) -> Self {
        Self {
            zero_division,
            ..self
        }
    }
}
