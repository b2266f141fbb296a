//! Documents: JSON that the store keeps without reading it.

use crate::error::Result;

/// Documents, each under a name. A change survives a power failure once the method has returned.
pub trait DocumentStore: Send + Sync + 'static {
    /// Returns a document; `None` if there is none with this name.
    fn document(&self, name: &str) -> Result<Option<String>>;
    /// Adds a document, or replaces the one with this name.
    fn put_document(&self, name: &str, json: &str) -> Result<()>;
}
