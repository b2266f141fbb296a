//! Erases texts after the configured number of days.

use std::sync::Arc;
use std::time::Duration;

use feedback_store::{Erase, Filter};
use tokio::sync::{RwLock, watch};

use crate::clock::{DAY_MS, now_ms};
use crate::drift::Checks;
use crate::erasing::Places;
use crate::error::Result;
use crate::reports::Reports;
use crate::store::StoreHandle;
use crate::training::Trainings;

/// The name of the actor in the audit trail.
const ACTOR: &str = "retention";
/// Time between two searches for old texts.
const PERIOD: Duration = Duration::from_secs(3600);

/// Erases texts that are older than `days` days.
#[derive(Debug, Clone)]
pub(crate) struct Retention {
    pub(crate) store: StoreHandle,
    pub(crate) places: Places,
    pub(crate) days: u32,
    /// Locked for writing while texts are erased.
    pub(crate) erasing: Arc<RwLock<()>>,
    pub(crate) trainings: Option<Arc<Trainings>>,
    pub(crate) reports: Option<Arc<Reports>>,
    pub(crate) drift: Option<Arc<Checks>>,
}

impl Retention {
    /// Erases now, and then every hour until the server stops.
    pub(crate) fn begin(self, stopping: watch::Receiver<bool>) {
        if let Err(error) = self.erase_old() {
            // A failed erasure must not keep the server from starting.
            tracing::warn!(%error, hint = error.hint(), "cannot erase old texts");
        }
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            tracing::warn!("no Tokio runtime; old texts are erased only when the server starts");
            return;
        };
        runtime.spawn(self.every_hour(stopping));
    }

    async fn every_hour(self, mut stopping: watch::Receiver<bool>) {
        // `changed` returns when the server stops, or with an error if the server was dropped.
        while tokio::time::timeout(PERIOD, stopping.changed()).await.is_err() {
            let _one_at_a_time = self.erasing.write().await;
            // A running training has texts in memory and writes them to reports, so try again in an hour.
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
                tracing::warn!(%error, hint = error.hint(), "cannot erase old texts");
            }
        }
    }

    fn erase_old(&self) -> Result<()> {
        let before = now_ms() - i64::from(self.days) * DAY_MS;
        let store = self.store.blocking();
        let old = Filter {
            older_than: Some(before),
            ..Filter::default()
        };
        // The file of a batch may contain texts that were never classified, so the whole batch is erased.
        let mut batches = store.batches(usize::MAX)?;
        batches.retain(|batch| batch.created_at < before && !batch.state.is_under_way());
        // If there are no old texts, no erasure is recorded.
        if batches.is_empty() && store.count(&old)? == 0 {
            return Ok(());
        }
        if let Some(reports) = &self.reports {
            reports.stop();
        }
        if let Some(checks) = &self.drift {
            checks.stop();
        }
        for batch in batches {
            self.places.erase(store, &Erase::Batch(batch.id), ACTOR)?;
        }
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
