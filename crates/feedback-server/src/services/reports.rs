//! Starts reports on stored texts.

use std::sync::Arc;

use crate::dto::ReportRequest;
use crate::problem::{Code, Problem, ServiceResult};
use crate::reports::{COMPARISONS, PERIODS, ReportJob, Reports};
use crate::services::history::HistoryQuery;
use crate::state::Inner;

/// Returns the reports of this server.
///
/// # Errors
///
/// `not_found` if the server was started without an analyst.
pub(crate) fn available(state: &Inner) -> ServiceResult<&Arc<Reports>> {
    state.reports.as_ref().ok_or_else(|| {
        Problem::new(
            Code::NotFound,
            "reports are not available: this server was started without an analyst",
        )
    })
}

/// Starts a report on the texts that match the filter, and returns its id.
pub(crate) async fn start(
    state: &Inner,
    query: &HistoryQuery,
    request: ReportRequest,
    actor: &str,
) -> ServiceResult<String> {
    let reports = Arc::clone(available(state)?);
    let period = one_of("period", request.period, &PERIODS)?;
    let compare = one_of("compare", request.compare, &COMPARISONS)?;
    let (filter, model) = (query.filter()?, state.models.engine().current().id);
    let folder = state.models.folder(&model);
    let job = ReportJob {
        created_at: 0,
        filter: query
            .fields()
            .map(|(name, value)| (name.into_owned(), value.to_owned()))
            .collect(),
        period,
        compare: compare.unwrap_or_else(|| COMPARISONS[0].to_owned()),
        model: model.to_string(),
        matching: 0,
        texts: 0,
        labels_left_out: 0,
        due_at: None,
    };
    // No text may be erased between the store and the file.
    let _none_erased = state.erasing.read().await;
    let actor = actor.to_owned();
    let start = move |store: &dyn feedback_store::Store| -> crate::error::Result<String> {
        let id = reports.start(store, &filter, job, &folder)?;
        store.add_audit(&actor, "report.start", &id, "")?;
        Ok(id)
    };
    Ok(state.store.run(start).await?)
}

fn one_of(name: &str, value: Option<String>, choices: &[&str]) -> ServiceResult<Option<String>> {
    let value = value.filter(|value| !value.is_empty());
    match value {
        Some(value) if !choices.contains(&value.as_str()) => {
            let choices = choices.join(", ");
            Err(Problem::invalid(format!("`{name}` must be one of {choices}")))
        }
        value => Ok(value),
    }
}
