//! Starts checks for drift.

use std::sync::Arc;

use feedback_store::Store;

use crate::drift::Checks;
use crate::problem::{Code, Problem, ServiceResult};
use crate::state::Inner;

/// Returns the checks of this server.
///
/// # Errors
///
/// `not_found` if the server was started without an analyst.
pub(crate) fn available(state: &Inner) -> ServiceResult<&Arc<Checks>> {
    state.drift.as_ref().ok_or_else(|| {
        Problem::new(
            Code::NotFound,
            "drift is not checked: this server was started without an analyst",
        )
    })
}

/// Starts a check of the newest texts.
pub(crate) async fn start(state: &Inner, actor: &str) -> ServiceResult<()> {
    let checks = Arc::clone(available(state)?);
    if state.models.engine().current().model.is_multi_label() {
        let reason = "models that give each text any number of labels cannot be checked for drift";
        return Err(Problem::new(Code::Conflict, reason));
    }
    let id = state.models.engine().current().id.to_string();
    let folder = state.models.folder(&id);
    // No text may be erased between the store and the file.
    let _none_erased = state.erasing.read().await;
    let actor = actor.to_owned();
    let start = move |store: &dyn Store| -> crate::error::Result<()> {
        checks.start(store, &folder, &id)?;
        Ok(store.add_audit(&actor, "drift.check", &id, "")?)
    };
    Ok(state.store.run(start).await?)
}
