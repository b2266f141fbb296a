//! Label sets: names in an order that gives each its class id.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use crate::dataset::{Dataset, label_of};
use crate::error::Error;
use crate::record::Row;

/// The eight labels of feedback, in the order of their class ids.
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

/// Distinct label names; the place of a name is its class id.
///
/// # Examples
///
/// ```
/// use feedback_dataset::LabelSet;
///
/// let labels = LabelSet::from_training_labels(["praise", "bug", "praise"])?;
/// assert_eq!(labels.names(), ["bug", "praise"]); // the order of DEFAULT_LABELS
/// let labels = LabelSet::from_training_labels(["zebra", "bug"])?;
/// assert_eq!(labels.names(), ["bug", "zebra"]); // not all of the eight: sorted
/// assert_eq!((labels.id("zebra"), labels.name(0)), (Some(1), Some("bug")));
/// # Ok::<(), feedback_dataset::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelSet {
    names: Vec<String>,
    ids: HashMap<String, usize>,
}

impl LabelSet {
    /// A label set in the given order.
    ///
    /// # Errors
    ///
    /// [`Error::NoLabels`], [`Error::EmptyLabel`], [`Error::RepeatedLabel`].
    pub fn new<S: Into<String>>(names: impl IntoIterator<Item = S>) -> Result<Self, Error> {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        if names.is_empty() {
            return Err(Error::NoLabels);
        }
        let mut ids = HashMap::with_capacity(names.len());
        for (id, name) in names.iter().enumerate() {
            if name.trim().is_empty() {
                return Err(Error::EmptyLabel { position: id });
            }
            if ids.insert(name.clone(), id).is_some() {
                return Err(Error::RepeatedLabel { label: name.clone() });
            }
        }
        Ok(Self { names, ids })
    }

    /// The label set of training data: those of its labels, in the order of [`DEFAULT_LABELS`]
    /// where all are among them, sorted by their bytes otherwise.
    ///
    /// # Errors
    ///
    /// [`Error::NoLabels`] without a label, [`Error::EmptyLabel`] with an empty one.
    pub fn from_training_labels<S: AsRef<str>>(labels: impl IntoIterator<Item = S>) -> Result<Self, Error> {
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

    /// The label set of a data set, as [`from_training_labels`](Self::from_training_labels).
    ///
    /// # Errors
    ///
    /// [`Error::MissingLabel`] where a row has no label.
    pub fn from_dataset(dataset: &Dataset) -> Result<Self, Error> {
        Self::from_training_labels(dataset.labels()?)
    }

    /// How many labels there are; at least one.
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

    /// The class id of every row of a data set.
    ///
    /// # Errors
    ///
    /// [`Error::MissingLabel`] or [`Error::UnknownLabel`] with file, line and label.
    pub fn encode(&self, dataset: &Dataset) -> Result<Vec<usize>, Error> {
        self.encode_rows(&dataset.rows, &dataset.path)
    }

    /// The class id of every row; `path` is for messages.
    ///
    /// # Errors
    ///
    /// [`Error::MissingLabel`] or [`Error::UnknownLabel`] with file, line and label.
    pub fn encode_rows(&self, rows: &[Row], path: &Path) -> Result<Vec<usize>, Error> {
        let encode = |row| {
            let label = label_of(row, path)?;
            self.id(label).ok_or_else(|| Error::UnknownLabel {
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
    /// The eight of [`DEFAULT_LABELS`].
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
    fn the_eight_keep_their_order_and_absent_ones_are_left_out() {
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
            Err(Error::NoLabels)
        ));
        assert!(matches!(
            LabelSet::new(["a", " "]),
            Err(Error::EmptyLabel { position: 1 })
        ));
        assert!(
            matches!(LabelSet::new(["a", "b", "a"]), Err(Error::RepeatedLabel { label }) if label == "a")
        );
        assert!(matches!(
            LabelSet::from_training_labels(Vec::<String>::new()),
            Err(Error::NoLabels)
        ));
    }
}
