//! Starts and ends the classification of stored texts with the serving model.

use std::sync::Arc;

use feedback_store::{Filter, Store};

use crate::problem::{Code, Problem, ServiceResult};
use crate::reclassify::Status;
use crate::state::Inner;

/// How far the classification of stored texts is.
pub(crate) struct Found {
    /// Number of texts that another model than the serving one has classified.
    pub(crate) waiting: u64,
    /// The job.
    pub(crate) status: Status,
    /// The id of the serving model.
    pub(crate) model: String,
}

/// Returns how many texts another model has classified, and what is being done about it.
///
/// # Errors
///
/// Errors of the store.
pub(crate) async fn find(state: &Inner) -> ServiceResult<Found> {
    let model = state.models.engine().current().id.to_string();
    let by_others = Filter {
        not_by_model: Some(model.clone()),
        ..Filter::default()
    };
    Ok(Found {
        waiting: state.store.run(move |store| store.count(&by_others)).await?,
        status: state.reclassifier.status(),
        model,
    })
}

/// Starts to classify all texts again that another model has classified, and returns how many these are.
///
/// # Errors
///
/// `conflict` if it runs already, or if there is no such text; errors of the store.
pub(crate) async fn start(state: &Inner, actor: &str) -> ServiceResult<Found> {
    let Found { waiting, model, .. } = find(state).await?;
    if waiting == 0 {
        let detail = format!("all texts have been classified by the serving model, `{model}`");
        return Err(Problem::new(Code::Conflict, detail));
    }
    let (reclassifier, actor) = (Arc::clone(&state.reclassifier), actor.to_owned());
    let subject = model.clone();
    let begin = move |store: &dyn Store| -> crate::error::Result<Option<Status>> {
        let begun = reclassifier.begin(&actor)?;
        if begun.is_some() {
            store.add_audit(&actor, "texts.reclassify", &subject, &format!("{waiting} texts"))?;
        }
        Ok(begun)
    };
    match state.store.run(begin).await? {
        Some(status) => Ok(Found {
            waiting,
            status,
            model,
        }),
        None => Err(Problem::new(
            Code::Conflict,
            "the texts are being classified again already",
        )),
    }
}

/// Ends the job after the texts that it is at. What is done stays.
///
/// # Errors
///
/// `conflict` if no job runs; errors of the store.
pub(crate) async fn cancel(state: &Inner, actor: &str) -> ServiceResult<()> {
    if !state.reclassifier.cancel() {
        return Err(Problem::new(
            Code::Conflict,
            "no texts are being classified again",
        ));
    }
    let model = state.models.engine().current().id.to_string();
    let actor = actor.to_owned();
    let note = move |store: &dyn Store| store.add_audit(&actor, "texts.reclassify_end", &model, "");
    Ok(state.store.run(note).await?)
}
