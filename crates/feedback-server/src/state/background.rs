//! The work that goes on without requests.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Inner;
use crate::clock::locked;
use crate::drift::Schedule;
use crate::error::Result;
use crate::reports::ReportSchedule;
use crate::retention::Retention;
use feedback_store::Error as StoreError;

impl Inner {
    /// Starts the background work: the check of the database, the erasure of old texts, the vectors, the themes, the classification of stored texts with another model, checks for drift, reports at set times, and an interrupted training.
    pub(super) fn begin_background(self: &Arc<Self>) -> Result<()> {
        let inner = self;
        if inner.store.blocking().damage().is_some() {
            return Ok(());
        }
        begin_check(inner)?;
        begin_columns(inner);
        if let Some(days) = inner.config.keep_days {
            let retention = Retention {
                store: inner.store.clone(),
                places: inner.places(),
                days,
                erasing: Arc::clone(&inner.erasing),
                trainings: inner.trainings.clone(),
                reports: inner.reports.clone(),
                drift: inner.drift.clone(),
            };
            retention.begin(inner.stopping.subscribe());
        }
        if inner.config.drift_hours > 0
            && let Some(checks) = &inner.drift
        {
            let schedule = Schedule {
                checks: Arc::clone(checks),
                store: inner.store.clone(),
                models: Arc::clone(&inner.models),
                erasing: Arc::clone(&inner.erasing),
                hours: inner.config.drift_hours,
            };
            schedule.begin(inner.stopping.subscribe());
        }
        if let Some(reports) = &inner.reports {
            let schedule = ReportSchedule::new(
                &inner.config.reports,
                inner.config.webhook_secrets.as_ref(),
                Arc::clone(reports),
                inner.store.clone(),
                Arc::clone(&inner.models),
                Arc::clone(&inner.erasing),
            )?;
            if let Some(schedule) = schedule {
                schedule.begin(inner.stopping.subscribe());
            }
        }
        inner.keeper.start()?;
        inner.themes.start()?;
        inner.triage.start()?;
        inner.webhooks.start()?;
        inner.reclassifier.start_thread()?;
        match &inner.trainings {
            Some(trainings) => trainings.resume_interrupted(),
            None => Ok(()),
        }
    }
}

/// From this number of texts on, counting them in memory is faster than in the database.
const MIN_IN_MEMORY: u64 = 50_000;
/// Time between two looks whether there are so many texts.
const COLUMNS_PERIOD: Duration = Duration::from_secs(60);

/// Keeps what is counted in memory as soon as there are many texts.
fn begin_columns(inner: &Arc<Inner>) {
    let (store, mut stopping) = (inner.store.clone(), inner.stopping.subscribe());
    let Ok(runtime) = tokio::runtime::Handle::try_current() else {
        return; // the database counts
    };
    runtime.spawn(async move {
        loop {
            match store.run(|store| store.keep_columns(MIN_IN_MEMORY)).await {
                Ok(true) => return,
                Ok(false) => {}
                // The database answers, only slower.
                Err(error) => {
                    tracing::warn!(%error, hint = error.hint(), "texts are not counted in memory; trying again")
                }
            }
            if tokio::time::timeout(COLUMNS_PERIOD, stopping.wait_for(|stop| *stop))
                .await
                .is_ok()
            {
                return;
            }
        }
    });
}

/// Checks the whole database in the background. If the check finds damage, the store refuses writes from then on.
fn begin_check(inner: &Arc<Inner>) -> Result<()> {
    let (state, store) = (Arc::downgrade(inner), inner.store.clone());
    std::thread::Builder::new()
        .name("check".into())
        .spawn(move || match store.blocking().check() {
            Ok(()) => {
                if let Some(state) = state.upgrade() {
                    *locked(&state.checked) = Some(Instant::now());
                }
            }
            Err(StoreError::Damaged { problem, .. }) => {
                tracing::error!(
                    problem,
                    "the database is damaged; nothing is stored until a backup is restored"
                );
                store.blocking().refuse_writes(problem);
            }
            Err(error) => tracing::error!(%error, hint = error.hint(), "the database cannot be checked"),
        })?;
    Ok(())
}
