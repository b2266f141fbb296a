//! The names and notes that people gave models.

use std::collections::BTreeMap;

use feedback_store::Store;
use serde::{Deserialize, Serialize};

use crate::documents::{read, write};
use crate::error::Result;

/// The name of the document.
const DOCUMENT: &str = "model-names";

/// What people call a model, and what they noted about it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Named {
    /// Empty if it has no name.
    pub(crate) name: String,
    pub(crate) note: String,
}

/// The names and notes by the id of the model.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ModelNames {
    models: BTreeMap<String, Named>,
}

impl ModelNames {
    /// Returns what is kept.
    ///
    /// # Errors
    ///
    /// Errors of the store, or if the document cannot be read.
    pub(crate) fn read(store: &dyn Store) -> Result<Self> {
        Ok(read(store, DOCUMENT)?.unwrap_or_default())
    }

    /// Returns the name and the note of a model; both are empty if it has none.
    pub(crate) fn of(&self, id: &str) -> Named {
        self.models.get(id).cloned().unwrap_or_default()
    }

    /// Keeps the name and the note of a model.
    ///
    /// # Errors
    ///
    /// Errors of the store.
    pub(crate) fn keep(&mut self, store: &dyn Store, id: &str, named: Named) -> Result<()> {
        match named == Named::default() {
            true => drop(self.models.remove(id)),
            false => drop(self.models.insert(id.to_owned(), named)),
        }
        write(store, DOCUMENT, self)
    }
}

/// Removes names and notes that are erased texts.
///
/// # Errors
///
/// Errors of the store.
pub(crate) fn forget(store: &dyn Store, is_erased: impl Fn(&str) -> bool) -> Result<()> {
    let mut names = ModelNames::read(store)?;
    let before = names.clone();
    for named in names.models.values_mut() {
        for text in [&mut named.name, &mut named.note] {
            if is_erased(text) {
                text.clear();
            }
        }
    }
    names.models.retain(|_, named| *named != Named::default());
    if names != before {
        write(store, DOCUMENT, &names)?;
    }
    Ok(())
}
