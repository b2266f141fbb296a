//! The models, and what was changed about them.

use crate::error::Result;
use crate::problem::{Answer, Problem};
use crate::state::Inner;
use feedback_store::{AuditEntry, ModelRecord};

/// All known models.
pub(crate) async fn list(state: &Inner) -> Answer<Vec<ModelRecord>> {
    Ok(state.store.run(|store| store.models()).await?)
}

/// The model with this id, if it is known.
pub(crate) async fn get(state: &Inner, id: String) -> Answer<Option<ModelRecord>> {
    Ok(state.store.run(move |store| store.model(&id)).await?)
}

/// The model with this id.
pub(crate) async fn find(state: &Inner, id: String) -> Answer<ModelRecord> {
    let model = get(state, id.clone()).await?;
    model.ok_or_else(|| Problem::not_found("model", id))
}

/// The newest lines of the audit trail.
pub(crate) async fn audit(state: &Inner, limit: usize) -> Answer<Vec<AuditEntry>> {
    Ok(state.store.run(move |store| store.audit(limit)).await?)
}

/// All known models with the newest lines of the audit trail.
pub(crate) async fn with_audit(state: &Inner, limit: usize) -> Answer<(Vec<ModelRecord>, Vec<AuditEntry>)> {
    let found = state
        .store
        .run(move |store| -> Result<_> { Ok((store.models()?, store.audit(limit)?)) })
        .await?;
    Ok(found)
}
