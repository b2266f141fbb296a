//! A store as a whole.

use std::path::Path;

use crate::alerts::AlertStore;
use crate::audit::AuditStore;
use crate::batches::BatchStore;
use crate::corrections::CorrectionStore;
use crate::deliveries::DeliveryStore;
use crate::error::Result;
use crate::models::ModelStore;

/// Everything that is kept, and its care.
///
/// All methods may block on the disk or the network.
pub trait Store: CorrectionStore + BatchStore + DeliveryStore + AlertStore + ModelStore + AuditStore {
    /// Looks for damage.
    ///
    /// # Errors
    ///
    /// [`Damaged`](crate::Error::Damaged) with the first problem.
    fn check(&self) -> Result<()>;
    /// Writes a consistent copy to an SQLite file, which [`SqliteStore`](crate::SqliteStore) opens, while work goes on.
    fn backup(&self, path: &Path) -> Result<()>;
}
