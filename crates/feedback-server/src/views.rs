//! Reads and writes the saved views.

use feedback_store::Store;
use serde::{Deserialize, Serialize};

use crate::documents::{read, write};
use crate::error::Result;

/// The name of the document.
const VIEWS: &str = "views";

/// A page with its filters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct View {
    pub(crate) name: String,
    /// The path of the page.
    pub(crate) page: String,
    /// The query string, without `?`.
    pub(crate) query: String,
    /// Who saved it.
    pub(crate) actor: String,
}

/// All saved views.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Views {
    pub(crate) views: Vec<View>,
}

impl Views {
    /// Returns the saved views.
    ///
    /// # Errors
    ///
    /// Errors of the store, or if the document cannot be read.
    pub(crate) fn read(store: &dyn Store) -> Result<Self> {
        Ok(read(store, VIEWS)?.unwrap_or_default())
    }

    pub(crate) fn write(&self, store: &dyn Store) -> Result<()> {
        write(store, VIEWS, self)
    }
}

/// Removes each view that has an erased text as its name or as the value of a filter.
///
/// # Errors
///
/// Errors of the store.
pub(crate) fn forget(store: &dyn Store, is_erased: impl Fn(&str) -> bool) -> Result<()> {
    let mut views = Views::read(store)?;
    let n = views.views.len();
    views.views.retain(|view| {
        let mut filters = form_urlencoded::parse(view.query.as_bytes());
        !is_erased(&view.name) && !filters.any(|(_, value)| is_erased(&value))
    });
    if views.views.len() < n {
        views.write(store)?;
    }
    Ok(())
}
