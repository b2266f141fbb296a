//! A store as a whole.

use std::path::Path;

use crate::alerts::AlertStore;
use crate::audit::AuditStore;
use crate::batches::BatchStore;
use crate::corrections::CorrectionStore;
use crate::deliveries::DeliveryStore;
use crate::erasures::ErasureStore;
use crate::error::Result;
use crate::models::ModelStore;
use crate::sessions::SessionStore;

/// Everything that is kept, and its care.
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
    + ErasureStore
{
    /// Looks for damage.
    ///
    /// # Errors
    ///
    /// [`Damaged`](crate::Error::Damaged) with the first problem.
    fn check(&self) -> Result<()>;
    /// From now on, all writes fail with [`ReadOnly`](crate::Error::ReadOnly), which names the problem; reading goes on. For a
    /// damaged store: what would be written might be lost with it.
    fn refuse_writes(&self, problem: String);
    /// Why nothing is written any more, if so.
    fn damage(&self) -> Option<String>;
    /// Makes what was erased unreadable in the files of the database, too. Returns false if somebody reads it for so long that it
    /// has to be tried again later.
    fn scrub(&self) -> Result<bool>;
    /// Writes a consistent copy to an SQLite file, which [`SqliteStore`](crate::SqliteStore) opens, while work goes on.
    fn backup(&self, path: &Path) -> Result<()>;
}
