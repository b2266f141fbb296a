//! Labels that people gave to rows of a file.

use feedback_dataset::record::Record;
use feedback_store::{ColumnChoice, GivenLabels, Store};

use crate::error::Result;
use crate::labels::{SEPARATOR, same_name};
use crate::themes::AddedLabels;

/// The labels of a file, and those that can be given.
#[derive(Debug, Default)]
pub(super) struct Given {
    /// Who says that people gave them; `None` if no column has labels.
    actor: Option<String>,
    known: Vec<String>,
    is_multi_label: bool,
}

impl Given {
    /// Prepares the labels of a batch.
    ///
    /// # Errors
    ///
    /// Errors of the store.
    pub(super) fn new(
        choice: Option<&ColumnChoice>,
        store: &dyn Store,
        (labels, is_multi_label): (&[String], bool),
    ) -> Result<Self> {
        let Some(choice) = choice.filter(|choice| choice.label.is_some()) else {
            return Ok(Self::default());
        };
        let added = AddedLabels::read(store)?;
        let mut known: Vec<String> = labels.to_vec();
        let new: Vec<String> = added
            .names()
            .filter(|name| !known.contains(name))
            .cloned()
            .collect();
        known.extend(new);
        Ok(Self {
            actor: Some(choice.labelled_by.clone().unwrap_or_default()),
            known,
            is_multi_label,
        })
    }

    /// Returns the labels in the cell of a row, which has a place among the predictions: `None` if the row has none, an error with the cell
    /// if they cannot be given.
    pub(super) fn of(
        &self,
        cell: Option<&str>,
        place: usize,
    ) -> Option<std::result::Result<GivenLabels, String>> {
        let actor = self.actor.clone()?;
        let cell = cell?;
        let names = names(cell, self.is_multi_label);
        let is_known = |name: &String| self.known.iter().any(|label| same_name(label, name));
        // Each once and in one order, whatever the cell says: the order means nothing.
        let given = |label: &&String| names.iter().any(|name| same_name(label, name));
        let labels: Option<Vec<String>> = (!names.is_empty() && names.iter().all(is_known))
            .then(|| self.known.iter().filter(given).cloned().collect());
        let is_right = |labels: &Vec<String>| self.is_multi_label || labels.len() == 1;
        Some(match labels.filter(is_right) {
            Some(labels) => Ok(GivenLabels { place, labels, actor }),
            None => Err(cell.to_owned()),
        })
    }
}

/// Returns the names of labels in a cell: a list in JSON or, if a text can have several, names between `; `.
pub(crate) fn names(cell: &str, is_multi_label: bool) -> Vec<String> {
    if let Ok(list) = serde_json::from_str::<Vec<String>>(cell) {
        return list;
    }
    let mut names: Vec<String> = match is_multi_label {
        true => cell.split(SEPARATOR).map(|name| name.trim().to_owned()).collect(),
        false => vec![cell.trim().to_owned()],
    };
    names.retain(|name| !name.is_empty());
    names
}

/// Returns the cell with labels of a record; `None` if it is empty.
pub(super) fn cell(record: &Record, field: &str) -> Option<String> {
    Some(record.cell(field).trim().to_owned()).filter(|cell| !cell.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_have_one_label_or_several() {
        assert_eq!(names(" bug; praise ", true), ["bug", "praise"]);
        assert_eq!(names(" bug; praise ", false), ["bug; praise"]);
        assert_eq!(names("[\"a\",\"b\"]", false), ["a", "b"]);
        assert!(names("  ", false).is_empty());
    }
}
