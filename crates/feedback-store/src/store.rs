//! The trait of a complete store.

use std::path::Path;

use crate::alerts::AlertStore;
use crate::audit::AuditStore;
use crate::batches::BatchStore;
use crate::cases::CaseStore;
use crate::corrections::CorrectionStore;
use crate::deliveries::DeliveryStore;
use crate::documents::DocumentStore;
use crate::erasures::ErasureStore;
use crate::error::Result;
use crate::models::ModelStore;
use crate::sessions::SessionStore;

/// A complete store, with methods for its maintenance.
///
/// All methods may block on the disk or the network.
pub trait Store:
    CorrectionStore
    + BatchStore
    + DeliveryStore
    + AlertStore
    + ModelStore
    + AuditStore
    + SessionStore
    + DocumentStore
    + CaseStore
    + ErasureStore
{
    /// Checks the store for damage.
    ///
    /// # Errors
    ///
    /// [`Damaged`](crate::Error::Damaged) with the first problem found.
    fn check(&self) -> Result<()>;
    /// Makes the store read-only: from now on, all writes fail with [`ReadOnly`](crate::Error::ReadOnly), which names the
    /// problem. Reading still works. Use this for a damaged store, because new data in it might be lost.
    fn refuse_writes(&self, problem: String);
    /// Returns the reason why the store is read-only; `None` if it is not.
    fn damage(&self) -> Option<String>;
    /// Makes erased data unreadable in the files of the database, too. Returns false if a reader prevented this for too long;
    /// try again later.
    fn scrub(&self) -> Result<bool>;
    /// Writes a consistent copy to an SQLite file, which [`SqliteStore`](crate::SqliteStore) can open. The store stays usable
    /// during the backup.
    fn backup(&self, path: &Path) -> Result<()>;
}
