//! The models and the audit trail.

use crate::error::Result;
use crate::problem::{Problem, ServiceResult};
use crate::state::Inner;
use feedback_store::{AuditEntry, ModelRecord};

/// Returns all known models.
pub(crate) async fn list(state: &Inner) -> ServiceResult<Vec<ModelRecord>> {
    Ok(state.store.run(|store| store.models()).await?)
}

/// Returns the model with this id; `None` if there is no such model.
pub(crate) async fn get(state: &Inner, id: String) -> ServiceResult<Option<ModelRecord>> {
    Ok(state.store.run(move |store| store.model(&id)).await?)
}

/// Returns the model with this id.
///
/// # Errors
///
/// `not_found` if there is no such model.
pub(crate) async fn find(state: &Inner, id: String) -> ServiceResult<ModelRecord> {
    let model = get(state, id.clone()).await?;
    model.ok_or_else(|| Problem::not_found("model", id))
}

/// Returns the newest entries of the audit trail.
pub(crate) async fn audit(state: &Inner, limit: usize) -> ServiceResult<Vec<AuditEntry>> {
    Ok(state.store.run(move |store| store.audit(limit)).await?)
}

/// Returns all known models and the newest entries of the audit trail.
pub(crate) async fn with_audit(
    state: &Inner,
    limit: usize,
) -> ServiceResult<(Vec<ModelRecord>, Vec<AuditEntry>)> {
    let found = state
        .store
        .run(move |store| -> Result<_> { Ok((store.models()?, store.audit(limit)?)) })
        .await?;
    Ok(found)
}
