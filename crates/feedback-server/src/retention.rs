//! Texts are kept for so long, and then erased.

use std::sync::Arc;
use std::time::Duration;

use feedback_store::{Erase, Filter};
use tokio::sync::{RwLock, watch};

use crate::clock::{DAY_MS, now_ms};
use crate::erasing::Places;
use crate::error::Result;
use crate::store::StoreHandle;
use crate::training::Trainings;

/// Who erases, in the audit trail.
const ACTOR: &str = "retention";
/// How often old texts are looked for.
const PERIOD: Duration = Duration::from_secs(3600);

/// Erases texts that are older than so many days.
#[derive(Debug, Clone)]
pub(crate) struct Retention {
    pub(crate) store: StoreHandle,
    pub(crate) places: Places,
    pub(crate) days: u32,
    /// Held while texts are erased.
    pub(crate) erasing: Arc<RwLock<()>>,
    pub(crate) trainings: Option<Arc<Trainings>>,
}

impl Retention {
    /// Erases now, and then every hour until the server stops.
    pub(crate) fn begin(self, stopping: watch::Receiver<bool>) {
        if let Err(error) = self.erase_old() {
            // Nothing that is old may keep the server from starting.
            tracing::warn!(%error, "old texts cannot be erased");
        }
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            tracing::warn!("old texts are erased at the start only: there is no runtime");
            return;
        };
        runtime.spawn(self.every_hour(stopping));
    }

    async fn every_hour(self, mut stopping: watch::Receiver<bool>) {
        // It changes when the server stops, and fails when the server is gone.
        while tokio::time::timeout(PERIOD, stopping.changed()).await.is_err() {
            let _one_at_a_time = self.erasing.write().await;
            // A training has texts in memory, and writes reports of them; the next hour tries again.
            if self
                .trainings
                .as_ref()
                .is_some_and(|trainings| trainings.is_running())
            {
                continue;
            }
            let retention = self.clone();
            let erased = tokio::task::spawn_blocking(move || retention.erase_old()).await;
            if let Ok(Err(error)) = erased {
                tracing::warn!(%error, "old texts cannot be erased");
            }
        }
    }

    fn erase_old(&self) -> Result<()> {
        let before = now_ms() - i64::from(self.days) * DAY_MS;
        let store = self.store.blocking();
        let old = Filter {
            to: Some(before),
            ..Filter::default()
        };
        // A file has texts that were never classified, or could not be.
        for batch in store.batches(usize::MAX)? {
            if batch.created_at < before && !batch.state.is_under_way() {
                self.places.erase(store, &Erase::Batch(batch.id), ACTOR)?;
            }
        }
        // A look that finds nothing is not worth an entry.
        if store.count(&old)? == 0 {
            return Ok(());
        }
        let erasure = self.places.erase(store, &Erase::Before(before), ACTOR)?;
        tracing::info!(
            predictions = erasure.predictions,
            days = self.days,
            "old texts were erased"
        );
        Ok(())
    }
}
