//! Corrections: labels that people gave.

use crate::events::Event;
use crate::limits::end_page;
use crate::problem::{Answer, Problem};
use crate::state::Inner;
use feedback_store::{Correction, NewCorrection};

/// Returns the corrections with an id above `after`, oldest first, and whether there are more.
pub(crate) async fn list(state: &Inner, after: i64, limit: usize) -> Answer<(Vec<Correction>, bool)> {
    let _turn = state.lists.acquire().await;
    let mut items = state
        .store
        .run(move |store| store.corrections(after, limit))
        .await?;
    let has_more = end_page(&mut items, limit, |item| item.text.len());
    Ok((items, has_more))
}

/// Corrects the label of a prediction to a label of the serving model.
pub(crate) async fn correct(
    state: &Inner,
    prediction_id: i64,
    label: String,
    idempotency_key: Option<String>,
) -> Answer<Correction> {
    let served = state.models.engine().current();
    if !served.model.labels().contains(&label) {
        return Err(Problem::invalid("`label` is not a label of the serving model"));
    }
    let new = NewCorrection {
        prediction_id,
        label,
        idempotency_key,
    };
    let made = state.store.run(move |store| store.correct(new)).await?;
    state.metrics.correction();
    state.events.send(Event::Corrected { prediction_id });
    Ok(made)
}

/// Takes a correction back. Returns false if there is no correction with this id.
pub(crate) async fn take_back(state: &Inner, id: i64) -> Answer<bool> {
    let prediction = state.store.run(move |store| store.take_back(id)).await?;
    if let Some(prediction_id) = prediction {
        state.events.send(Event::Corrected { prediction_id });
    }
    Ok(prediction.is_some())
}

/// Undoes the latest correction of a prediction. Returns false if there is no current correction.
pub(crate) async fn undo(state: &Inner, prediction_id: i64) -> Answer<bool> {
    let undone = state
        .store
        .run(move |store| store.undo_correction(prediction_id))
        .await?;
    if undone {
        state.events.send(Event::Corrected { prediction_id });
    }
    Ok(undone)
}
