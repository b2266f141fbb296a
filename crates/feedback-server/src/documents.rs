//! Documents of the store as typed values.

use feedback_store::Store;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, Result};

/// Returns a document; `None` if it was never written.
///
/// # Errors
///
/// Errors of the store, or if the document cannot be read.
pub(crate) fn read<T: DeserializeOwned>(store: &dyn Store, name: &str) -> Result<Option<T>> {
    let parse = |json: String| {
        serde_json::from_str(&json).map_err(|error| {
            Error::Invalid(format!(
                "the document `{name}` in the database cannot be read: {error}"
            ))
        })
    };
    store.document(name)?.map(parse).transpose()
}

/// Writes a document, which replaces the earlier one.
///
/// # Errors
///
/// Errors of the store.
pub(crate) fn write(store: &dyn Store, name: &str, value: &impl Serialize) -> Result<()> {
    let json = serde_json::to_string(value).map_err(std::io::Error::from)?;
    Ok(store.put_document(name, &json)?)
}
