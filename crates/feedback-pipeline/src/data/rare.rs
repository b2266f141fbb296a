//! Labels with few rows.

use feedback_dataset::Dataset;
use feedback_dataset::labels::{LabelAliases, RareLabels};
use feedback_dataset::record::BadRowReason;
use serde::{Deserialize, Serialize};

use crate::error::{DataError, Result};

/// What to do with labels that have few rows; by default, all labels are used.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "clap", derive(clap::Args), command(next_help_heading = "Data"))]
#[serde(default)]
#[non_exhaustive]
pub struct RareLabelOptions {
    /// Minimum number of rows of a label; rows of rarer labels are left out
    ///
    /// Counted in the training file, or in the file that is split. By default, all labels are used.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "clap",
        arg(long, value_name = "N", env = "FEEDBACK_MIN_LABEL_COUNT")
    )]
    pub min_label_count: Option<usize>,
    /// The label for the rows of rarer labels, instead of leaving them out
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "clap",
        arg(
            long,
            value_name = "NAME",
            requires = "min_label_count",
            env = "FEEDBACK_RARE_LABEL"
        )
    )]
    pub rare_label: Option<String>,
}

impl RareLabelOptions {
    /// Finds the rare labels of a data set, and leaves out their rows or gives them the other label. Returns the labels with their
    /// numbers of rows.
    pub fn apply(&self, dataset: &mut Dataset) -> Vec<(String, usize)> {
        let rare = match &self.rare_label {
            Some(name) => RareLabels::Fold(name.clone()),
            None => RareLabels::SetAside,
        };
        let found = rare.apply(dataset, self.min_label_count.unwrap_or(0)).labels;
        // These rows could be used; they are counted as rows of rare labels.
        let is_rare = |reason: &BadRowReason| matches!(reason, BadRowReason::RareLabel { .. });
        dataset.set_aside.retain(|row| !is_rare(&row.reason));
        found
    }

    /// Refuses data that had only rare labels, which were left out, so that no row remains.
    ///
    /// # Errors
    ///
    /// [`DataError::AllRare`] with the most frequent label.
    pub fn require_some(&self, dataset: &Dataset, rare: &[(String, usize)]) -> Result<()> {
        let most = rare.iter().max_by_key(|(_, rows)| rows);
        match (most, self.min_label_count) {
            (Some((label, rows)), Some(min)) if dataset.rows.is_empty() => Err(DataError::AllRare {
                path: dataset.path.clone(),
                min,
                label: label.clone(),
                rows: *rows,
            }
            .into()),
            _ => Ok(()),
        }
    }

    /// Treats these labels in the same way in another data set, and adds its rows to their numbers.
    pub(crate) fn apply_found(&self, rare: &mut [(String, usize)], dataset: &mut Dataset) {
        for (label, n) in rare.iter_mut() {
            let labels = dataset.rows.iter().filter_map(|row| row.record.label());
            *n += labels.filter(|other| other == label).count();
        }
        match &self.rare_label {
            Some(name) => {
                LabelAliases::new(rare.iter().map(|(label, _)| (label, name))).apply(dataset);
            }
            None => dataset.rows.retain(|row| {
                let label = row.record.label();
                !rare.iter().any(|(rare, _)| label == Some(rare))
            }),
        }
    }
}
