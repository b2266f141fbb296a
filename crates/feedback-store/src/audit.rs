//! The audit trail: who changed what.

use crate::error::Result;

/// An entry of the audit trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its id.
    pub id: i64,
    /// When it was made; milliseconds since 1970.
    pub at: i64,
    /// Who did it: the name of a key, or a part of the server; empty for entries of an earlier version.
    pub actor: String,
    /// The action, such as `model.promote`.
    pub action: String,
    /// What it was done to, such as a model's id.
    pub subject: String,
    /// Details; never feedback text.
    pub detail: String,
}

/// The audit trail.
pub trait AuditStore: Send + Sync + 'static {
    /// Adds an entry.
    fn add_audit(&self, actor: &str, action: &str, subject: &str, detail: &str) -> Result<()>;
    /// The newest entries first.
    fn audit(&self, limit: usize) -> Result<Vec<AuditEntry>>;
}
