//! Checks once in a while.

use std::sync::{Arc, Weak};
use std::time::Duration;

use feedback_store::{Cursor, Filter, Store};

use super::checks::Checks;
use crate::clock::now_ms;
use crate::error::Result;
use crate::state::Inner;

/// Time between two looks at whether a check is due.
const PERIOD: Duration = Duration::from_secs(600);
/// With fewer new texts, a check would mostly look at the same texts again.
const NEW_TEXTS: usize = 100;
const HOUR_MS: i64 = 3_600_000;

/// Checks every `hours` hours if there are enough new texts.
pub(crate) struct Schedule {
    pub(crate) state: Weak<Inner>,
    pub(crate) hours: u32,
}

impl Schedule {
    /// Looks every ten minutes whether a check is due, until the server stops.
    pub(crate) fn begin(self) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            tracing::warn!("no Tokio runtime; drift is checked only on request");
            return;
        };
        runtime.spawn(async move {
            loop {
                tokio::time::sleep(PERIOD).await;
                let Some(state) = self.state.upgrade() else { return };
                if *state.stopping.borrow() {
                    return;
                }
                if let Err(error) = self.check(&state).await {
                    tracing::warn!(%error, "cannot check for drift");
                }
            }
        });
    }

    async fn check(&self, state: &Arc<Inner>) -> Result<()> {
        let Some(checks) = state.drift.clone() else {
            return Ok(());
        };
        let _none_erased = state.erasing.read().await;
        let id = state.models.engine().current().id.to_string();
        let (folder, hours) = (state.models.folder(&id), self.hours);
        let start = move |store: &dyn Store| -> Result<()> {
            if is_due(&checks, store, &id, hours)? {
                checks.start(store, &folder, &id)?;
            }
            Ok(())
        };
        state.store.run(start).await
    }
}

/// Returns whether the newest check is old enough, or about another model, and there are enough new texts.
fn is_due(checks: &Checks, store: &dyn Store, model: &str, hours: u32) -> Result<bool> {
    if checks.is_running() {
        return Ok(false);
    }
    let latest = checks.latest().filter(|check| check.model == model);
    let is_old = |check: &super::result::Check| now_ms() - check.checked_at >= i64::from(hours) * HOUR_MS;
    if latest.as_ref().is_some_and(|check| !is_old(check)) {
        return Ok(false);
    }
    let newest = store.history(&Filter::default(), Cursor::newest(NEW_TEXTS))?;
    let seen = latest.map_or(0, |check| check.newest);
    Ok(newest.len() == NEW_TEXTS && newest.iter().all(|item| item.id > seen))
}
