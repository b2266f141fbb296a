//! Shows what the app does, with the sample of the settings.

use std::time::Duration;

use crate::auth::Who;
use crate::dto::ReportRequest;
use crate::error::{Error, Result};
use crate::problem::Problem;
use crate::services::history::{HistoryQuery, overview};
use crate::services::{batches, own_files, reports};
use crate::state::AppState;
use feedback_store::{BatchState, Filter};

/// Time between two looks at the progress.
const PAUSE: Duration = Duration::from_millis(200);
/// The name of the actor in the audit trail.
const ACTOR: &str = "demo";

impl AppState {
    /// Classifies the sample and starts a report on it, if there are no texts yet. Returns once the report is being made.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] with the reason: there is no sample, it cannot be classified, or no report can be made.
    pub async fn show_sample(&self) -> Result<()> {
        self.try_to_show_sample()
            .await
            .map_err(|problem| Error::Invalid(problem.detail))
    }

    async fn try_to_show_sample(&self) -> std::result::Result<(), Problem> {
        let state = &self.inner;
        if overview(state, Filter::default()).await?.total > 0 {
            return Ok(());
        }
        let id = own_files::add_sample(state, &Who::Anybody).await?;
        loop {
            let batch = batches::find(state, id).await?;
            match batch.state {
                BatchState::Done => break,
                BatchState::Cancelled | BatchState::Failed => {
                    let reason = batch.message.unwrap_or_else(|| "it was cancelled".to_owned());
                    return Err(Problem::invalid(reason));
                }
                BatchState::Staged | BatchState::Queued | BatchState::Running => {
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
        let query = HistoryQuery::default();
        reports::start(state, &query, ReportRequest::default(), ACTOR).await?;
        Ok(())
    }
}
