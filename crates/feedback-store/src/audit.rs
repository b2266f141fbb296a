//! The audit trail: who changed what.

use crate::error::Result;

/// An entry of the audit trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its id.
    pub id: i64,
    /// When the entry was made; milliseconds since 1970.
    pub at: i64,
    /// Who did it: the name of an access key, or of a part of the server. Empty for entries of an earlier version.
    pub actor: String,
    /// The action, such as `model.promote`.
    pub action: String,
    /// The object of the action, such as a model's id.
    pub subject: String,
    /// Details; never feedback text.
    pub detail: String,
}

/// The audit trail.
pub trait AuditStore: Send + Sync + 'static {
    /// Adds an entry.
    fn add_audit(&self, actor: &str, action: &str, subject: &str, detail: &str) -> Result<()>;
    /// Returns up to `limit` entries, newest first.
    fn audit(&self, limit: usize) -> Result<Vec<AuditEntry>>;
}
