//! The labels that themes became, and those that people added.

use std::collections::HashSet;

use feedback_store::{Filter, Store};
use serde::{Deserialize, Serialize};

use crate::documents::{read, write};
use crate::error::Result;

/// The name of the document.
const LABELS: &str = "theme-labels";

/// The labels that people can give beside those of the serving model.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AddedLabels {
    /// Those that themes became, the oldest first.
    pub(crate) labels: Vec<AddedLabel>,
    /// Those that people added by name, the oldest first. Earlier versions had none.
    #[serde(default)]
    pub(crate) named: Vec<String>,
}

/// Returns the number of texts to which people gave a label.
///
/// # Errors
///
/// Errors of the store.
pub(crate) fn given(store: &dyn Store, label: &str) -> Result<u64> {
    let filter = Filter {
        label: Some(label.to_owned()),
        corrected: Some(true),
        ..Filter::default()
    };
    Ok(store.count(&filter)?)
}

/// A label that a theme became.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AddedLabel {
    /// The id of the theme.
    pub(crate) theme: u64,
    pub(crate) label: String,
    /// The ids of the corrections that gave its texts the label.
    pub(crate) corrections: Vec<i64>,
}

impl AddedLabels {
    /// Returns the kept labels.
    ///
    /// # Errors
    ///
    /// Errors of the store, or if the document cannot be read.
    pub(crate) fn read(store: &dyn Store) -> Result<Self> {
        Ok(read(store, LABELS)?.unwrap_or_default())
    }

    pub(crate) fn write(&self, store: &dyn Store) -> Result<()> {
        write(store, LABELS, self)
    }

    /// The names, each once.
    pub(crate) fn names(&self) -> impl Iterator<Item = &String> {
        let mut seen = HashSet::new();
        let of_themes = self.labels.iter().map(|added| &added.label);
        of_themes
            .chain(&self.named)
            .filter(move |label| seen.insert(*label))
    }

    pub(crate) fn of_theme(&self, theme: u64) -> Option<&AddedLabel> {
        self.labels.iter().find(|added| added.theme == theme)
    }

    /// Removes the names that are erased texts, except those that people have given. Returns whether there were any.
    pub(crate) fn forget(&mut self, store: &dyn Store, is_erased: impl Fn(&str) -> bool) -> Result<bool> {
        let erased: Vec<String> = self
            .named
            .iter()
            .filter(|label| is_erased(label))
            .cloned()
            .collect();
        let n = self.named.len();
        for label in erased {
            if given(store, &label)? == 0 {
                self.named.retain(|one| *one != label);
            }
        }
        Ok(self.named.len() < n)
    }

    /// Removes the label of a theme.
    pub(crate) fn take(&mut self, theme: u64) -> Option<AddedLabel> {
        let place = self.labels.iter().position(|added| added.theme == theme)?;
        Some(self.labels.remove(place))
    }
}
