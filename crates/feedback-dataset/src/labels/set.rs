//! Label sets: names in the order of their class ids.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use crate::dataset::{Dataset, label_of};
use crate::error::LabelError;
use crate::record::Row;

/// The eight default labels for feedback, in the order of their class ids.
pub const DEFAULT_LABELS: [&str; 8] = [
    "bug",
    "feature_request",
    "praise",
    "complaint",
    "question",
    "usage_tip",
    "documentation",
    "other",
];

/// Distinct label names; the position of a name is its class id.
///
/// # Examples
///
/// ```
/// use feedback_dataset::labels::LabelSet;
///
/// let labels = LabelSet::from_training_labels(["praise", "bug", "praise"])?;
/// assert_eq!(labels.names(), ["bug", "praise"]); // the order of DEFAULT_LABELS
/// let labels = LabelSet::from_training_labels(["zebra", "bug"])?;
/// assert_eq!(labels.names(), ["bug", "zebra"]); // with other labels: sorted
/// assert_eq!((labels.id("zebra"), labels.name(0)), (Some(1), Some("bug")));
/// # Ok::<(), feedback_dataset::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelSet {
    names: Vec<String>,
    ids: HashMap<String, usize>,
}

impl LabelSet {
    /// Creates a label set in the given order.
    ///
    /// # Errors
    ///
    /// [`LabelError::NoLabels`], [`LabelError::Empty`], [`LabelError::Repeated`].
    pub fn new<S: Into<String>>(names: impl IntoIterator<Item = S>) -> Result<Self, LabelError> {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        if names.is_empty() {
            return Err(LabelError::NoLabels);
        }
        let mut ids = HashMap::with_capacity(names.len());
        for (id, name) in names.iter().enumerate() {
            if name.trim().is_empty() {
                return Err(LabelError::Empty { position: id });
            }
            if ids.insert(name.clone(), id).is_some() {
                return Err(LabelError::Repeated { label: name.clone() });
            }
        }
        Ok(Self { names, ids })
    }

    /// Creates the label set of training data. If all labels are default labels, they are in the order of
    /// [`DEFAULT_LABELS`], otherwise they are sorted by their bytes.
    ///
    /// # Errors
    ///
    /// [`LabelError::NoLabels`] if there are no labels, [`LabelError::Empty`] if a label is empty.
    pub fn from_training_labels<S: AsRef<str>>(
        labels: impl IntoIterator<Item = S>,
    ) -> Result<Self, LabelError> {
        let found: BTreeSet<String> = labels
            .into_iter()
            .map(|label| label.as_ref().to_string())
            .collect();
        if found.iter().all(|label| DEFAULT_LABELS.contains(&label.as_str())) {
            Self::new(DEFAULT_LABELS.into_iter().filter(|label| found.contains(*label)))
        } else {
            Self::new(found)
        }
    }

    /// Creates the label set of a data set with [`from_training_labels`](Self::from_training_labels).
    ///
    /// # Errors
    ///
    /// [`LabelError::Missing`] if a row has no label, [`LabelError::NoLabels`] if there are no rows.
    pub fn from_dataset(dataset: &Dataset) -> Result<Self, LabelError> {
        Self::from_training_labels(dataset.labels()?)
    }

    /// The number of labels; at least one.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a label set is never empty")]
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// The class id of a name.
    #[must_use]
    pub fn id(&self, name: &str) -> Option<usize> {
        self.ids.get(name).copied()
    }

    /// The name of a class id.
    #[must_use]
    pub fn name(&self, id: usize) -> Option<&str> {
        self.names.get(id).map(String::as_str)
    }

    /// The names in the order of their ids.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Returns the class id of every row of a data set.
    ///
    /// # Errors
    ///
    /// [`LabelError::Missing`] or [`LabelError::Unknown`] with file, line and label.
    pub fn encode(&self, dataset: &Dataset) -> Result<Vec<usize>, LabelError> {
        self.encode_rows(&dataset.rows, &dataset.path)
    }

    /// Returns the class id of every row; error messages name `path`.
    ///
    /// # Errors
    ///
    /// [`LabelError::Missing`] or [`LabelError::Unknown`] with file, line and label.
    pub fn encode_rows(&self, rows: &[Row], path: &Path) -> Result<Vec<usize>, LabelError> {
        let encode = |row| {
            let label = label_of(row, path)?;
            self.id(label).ok_or_else(|| LabelError::Unknown {
                path: path.to_path_buf(),
                line: row.line,
                label: label.to_string(),
                known: self.names.clone(),
            })
        };
        rows.iter().map(encode).collect()
    }
}

impl Default for LabelSet {
    /// The label set of [`DEFAULT_LABELS`].
    fn default() -> Self {
        let names: Vec<String> = DEFAULT_LABELS.into_iter().map(str::to_owned).collect();
        let ids = names.iter().cloned().zip(0..).collect();
        Self { names, ids }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_labels_keep_their_order_and_absent_ones_are_left_out() {
        let labels = LabelSet::from_training_labels(["other", "question", "bug", "bug"]).unwrap();
        assert_eq!(labels.names(), ["bug", "question", "other"]);
        assert_eq!(
            LabelSet::from_training_labels(DEFAULT_LABELS.iter().rev()).unwrap(),
            LabelSet::default()
        );
        assert_eq!(LabelSet::default().len(), 8);
    }

    #[test]
    fn other_labels_are_sorted() {
        let labels = LabelSet::from_training_labels(["question", "bug", "Zoo", "rating"]).unwrap();
        assert_eq!(labels.names(), ["Zoo", "bug", "question", "rating"]);
    }

    #[test]
    fn bad_sets_are_errors() {
        assert!(matches!(
            LabelSet::new(Vec::<String>::new()),
            Err(LabelError::NoLabels)
        ));
        assert!(matches!(
            LabelSet::new(["a", " "]),
            Err(LabelError::Empty { position: 1 })
        ));
        assert!(
            matches!(LabelSet::new(["a", "b", "a"]), Err(LabelError::Repeated { label }) if label == "a")
        );
        assert!(matches!(
            LabelSet::from_training_labels(Vec::<String>::new()),
            Err(LabelError::NoLabels)
        ));
    }
}
