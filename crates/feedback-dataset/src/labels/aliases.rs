//! Other names for labels.

use std::collections::BTreeMap;
#[cfg(feature = "files")]
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::dataset::Dataset;
#[cfg(feature = "files")]
use crate::error::LabelError;
use crate::record::Record;
use feedback_text::labels::LabelVariants;
use serde_json::Value;

/// Other names for labels, such as `defect` for `bug`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LabelAliases {
    label_of_alias: BTreeMap<String, String>,
}

impl LabelAliases {
    /// Creates aliases from pairs (alias, label). If an alias occurs several times, the last pair counts.
    pub fn new<S: Into<String>>(pairs: impl IntoIterator<Item = (S, S)>) -> Self {
        let pairs = pairs
            .into_iter()
            .map(|(alias, label)| (alias.into(), label.into()));
        Self {
            label_of_alias: pairs.collect(),
        }
    }

    /// Reads a file with one JSON object: `{"defect": "bug", "wish": "feature_request"}`.
    ///
    /// # Errors
    ///
    /// [`LabelError::Io`] if the file cannot be read, or [`LabelError::Aliases`] if it contains anything else.
    #[cfg(feature = "files")]
    pub fn read(path: impl AsRef<Path>) -> Result<Self, LabelError> {
        let path = path.as_ref();
        let text = fs_err::read_to_string(path).map_err(|source| LabelError::Io {
            path: path.to_path_buf(),
            source,
        })?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let label_of_alias = serde_json::from_str(text).map_err(|source| LabelError::Aliases {
            path: path.to_path_buf(),
            source,
        })?;
        Ok(Self { label_of_alias })
    }

    /// Returns the label that a name stands for, or the name itself if it is not an alias.
    #[must_use]
    pub fn resolve<'a>(&'a self, name: &'a str) -> &'a str {
        self.label_of_alias.get(name).map_or(name, String::as_str)
    }

    /// Replaces every alias in a data set by its label; returns how many rows changed.
    ///
    /// # Examples
    ///
    /// ```
    /// use feedback_dataset::labels::LabelAliases;
    /// use feedback_dataset::read::{Format, OnBadRow, ReadOptions, Reader, collect};
    ///
    /// let lines = "text,label\nIt crashes,defect\nNice,praise\n";
    /// let reader = Reader::from_reader(lines.as_bytes(), "data", Format::Csv, &ReadOptions::default());
    /// let mut dataset = collect(reader, OnBadRow::Fail)?;
    /// assert_eq!(LabelAliases::new([("defect", "bug")]).apply(&mut dataset), 1);
    /// assert_eq!(dataset.labels()?, ["bug", "praise"]);
    /// # Ok::<(), feedback_dataset::Error>(())
    /// ```
    pub fn apply(&self, dataset: &mut Dataset) -> usize {
        let mut changed = 0;
        for record in dataset.rows.iter_mut().map(|row| &mut row.record) {
            changed += usize::from(self.apply_to(record));
        }
        changed
    }

    /// Replaces the label of a record if it is an alias, and each alias in a list of labels. Returns whether there was one.
    pub(crate) fn apply_to(&self, record: &mut Record) -> bool {
        let field = record.label_field().to_string();
        if let Some(Value::Array(labels)) = record.get(&field) {
            let resolved: Vec<Value> = labels.iter().map(|label| self.resolved(label)).collect();
            let is_changed = resolved != *labels;
            if is_changed {
                let first = |index: &usize| !resolved[..*index].contains(&resolved[*index]);
                let each_once = (0..resolved.len())
                    .filter(first)
                    .map(|index| resolved[index].clone());
                record.set(field, Value::Array(each_once.collect()));
            }
            return is_changed;
        }
        let label = record.label().and_then(|name| self.label_of_alias.get(name));
        let Some(label) = label else { return false };
        record.set(field, label.as_str());
        true
    }

    fn resolved(&self, label: &Value) -> Value {
        let known = label.as_str().and_then(|name| self.label_of_alias.get(name));
        known.map_or_else(|| label.clone(), |name| name.as_str().into())
    }

    /// True if there are no aliases.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.label_of_alias.is_empty()
    }
}

/// Returns aliases that replace every spelling of a label by its most frequent spelling.
///
/// # Examples
///
/// ```
/// use feedback_dataset::labels::{label_variants, merge_variants};
///
/// let aliases = merge_variants(&label_variants(["bug", "BUG", "bug"]));
/// assert_eq!(aliases.resolve("BUG"), "bug");
/// ```
#[must_use]
pub fn merge_variants(variants: &[LabelVariants]) -> LabelAliases {
    LabelAliases::new(variants.iter().flat_map(|variant| {
        let others = variant.spellings.iter().skip(1);
        others.map(|(name, _)| (name.as_str(), variant.preferred()))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_aliases() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("aliases.json");
        fs_err::write(&path, "\u{feff}{\"defect\": \"bug\"}").unwrap();
        let aliases = LabelAliases::read(&path).unwrap();
        assert_eq!(
            (aliases.resolve("defect"), aliases.resolve("praise")),
            ("bug", "praise")
        );
        fs_err::write(&path, "{\"defect\": 1}").unwrap();
        let error = LabelAliases::read(&path).unwrap_err();
        assert!(matches!(error, LabelError::Aliases { .. }) && error.hint().is_some());
        assert!(matches!(
            LabelAliases::read(folder.path().join("no")),
            Err(LabelError::Io { .. })
        ));
    }
}
