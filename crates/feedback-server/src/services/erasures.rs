//! Erases texts permanently.

use feedback_store::{Batch, Erase, Erasure};

use crate::error::Result;
use crate::events::Event;
use crate::problem::{Code, Problem, ServiceResult};
use crate::state::Inner;

/// Erases texts with their predictions and corrections from the database and from all files.
///
/// If personal data are masked, texts are stored in masked form; texts that were stored earlier are not masked. Both forms are
/// erased.
pub(crate) async fn erase(state: &Inner, what: Erase, actor: &str) -> ServiceResult<Erasure> {
    let masked = match &what {
        Erase::Text(text) => Some(state.masked(text.clone())).filter(|masked| masked != text),
        _ => None,
    };
    let mut counts = (0, 0);
    if let Some(masked) = masked {
        let found = erase_exactly(state, Erase::Text(masked), actor).await?;
        counts = (found.predictions, found.corrections);
    }
    let mut erasure = erase_exactly(state, what, actor).await?;
    erasure.predictions += counts.0;
    erasure.corrections += counts.1;
    Ok(erasure)
}

async fn erase_exactly(state: &Inner, what: Erase, actor: &str) -> ServiceResult<Erasure> {
    let _one_at_a_time = state.erasing.write().await;
    if state
        .trainings
        .as_ref()
        .is_some_and(|trainings| trainings.is_running())
    {
        let reason = "a training is running and may use the texts; stop it or wait until it has ended";
        return Err(Problem::new(Code::Conflict, reason));
    }
    if let Erase::Batch(id) = what {
        let batch = batch_to_erase(state, id).await?;
        if batch.is_some_and(|batch| batch.state.is_under_way()) {
            return Err(Problem::from(feedback_store::Error::from(
                feedback_store::Conflict::BatchNotEnded(id),
            )));
        }
    }
    // A report that is being made has the texts, too, and so has a check for drift.
    let (reports, checks) = (state.reports.clone(), state.drift.clone());
    let stop = move || {
        reports.inspect(|reports| reports.stop());
        checks.inspect(|checks| checks.stop());
    };
    tokio::task::spawn_blocking(stop)
        .await
        .map_err(|_| Problem::new(Code::Internal, "the work in the background cannot be stopped"))?;
    let (places, of, by) = (state.places(), what.clone(), actor.to_owned());
    let erasure = state
        .store
        .run(move |store| -> Result<_> { places.erase(store, &of, &by) })
        .await?;
    tracing::info!(
        erasure = erasure.id,
        predictions = erasure.predictions,
        "texts were erased"
    );
    state.events.send(Event::Erased);
    Ok(erasure)
}

/// Returns the batch; `None` if it was removed, but its texts were kept.
async fn batch_to_erase(state: &Inner, id: i64) -> ServiceResult<Option<Batch>> {
    let (batch, rows) = state
        .store
        .run(move |store| -> Result<_> { Ok((store.batch(id)?, store.batch_rows(id, 0, 1)?)) })
        .await?;
    match batch.is_none() && rows.is_empty() {
        true => Err(Problem::not_found("batch", id)),
        false => Ok(batch),
    }
}

/// Returns all erasures, newest first.
pub(crate) async fn list(state: &Inner) -> ServiceResult<Vec<Erasure>> {
    let mut all = state.store.run(|store| store.erasures()).await?;
    all.reverse();
    Ok(all)
}
