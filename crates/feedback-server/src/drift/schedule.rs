//! Checks once in a while.

use std::sync::Arc;
use std::time::Duration;

use feedback_store::{Cursor, Filter, Store};
use tokio::sync::{RwLock, watch};

use super::checks::Checks;
use super::result::Check;
use crate::clock::now_ms;
use crate::error::Result;
use crate::models::Models;
use crate::store::StoreHandle;

/// Time between two looks at whether a check is due.
const PERIOD: Duration = Duration::from_secs(600);
/// With fewer new texts, a check would mostly look at the same texts again.
const NEW_TEXTS: usize = 100;
const HOUR_MS: i64 = 3_600_000;

/// Checks every `hours` hours if there are enough new texts.
pub(crate) struct Schedule {
    pub(crate) checks: Arc<Checks>,
    pub(crate) store: StoreHandle,
    pub(crate) models: Arc<Models>,
    /// Locked for writing while texts are erased.
    pub(crate) erasing: Arc<RwLock<()>>,
    pub(crate) hours: u32,
}

impl Schedule {
    /// Looks every ten minutes whether a check is due, until the server stops.
    pub(crate) fn begin(self, mut stopping: watch::Receiver<bool>) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            tracing::warn!("no Tokio runtime; drift is checked only on request");
            return;
        };
        runtime.spawn(async move {
            // `changed` returns when the server stops, or with an error if the server was dropped.
            while tokio::time::timeout(PERIOD, stopping.changed()).await.is_err() {
                if let Err(error) = self.check().await {
                    tracing::warn!(%error, hint = error.hint(), "cannot check for drift");
                }
            }
        });
    }

    async fn check(&self) -> Result<()> {
        let _none_erased = self.erasing.read().await;
        let served = self.models.engine().current();
        if served.model.is_multi_label() {
            return Ok(());
        }
        let id = served.id.to_string();
        let (checks, folder, hours) = (Arc::clone(&self.checks), self.models.folder(&id), self.hours);
        let start = move |store: &dyn Store| -> Result<()> {
            if is_due(&checks, store, &id, hours)? {
                checks.start(store, &folder, &id)?;
            }
            Ok(())
        };
        self.store.run(start).await
    }
}

/// Returns whether the newest check is old enough, or about another model, and there are enough new texts.
fn is_due(checks: &Checks, store: &dyn Store, model: &str, hours: u32) -> Result<bool> {
    if checks.is_running() {
        return Ok(false);
    }
    let latest = checks.latest().filter(|check| check.model == model);
    let is_old = |check: &Check| now_ms() - check.checked_at >= i64::from(hours) * HOUR_MS;
    if latest.as_ref().is_some_and(|check| !is_old(check)) {
        return Ok(false);
    }
    let newest = store.history(&Filter::default(), Cursor::newest(NEW_TEXTS))?;
    let seen = latest.map_or(0, |check| check.newest);
    Ok(newest.len() == NEW_TEXTS && newest.iter().all(|item| item.id > seen))
}
