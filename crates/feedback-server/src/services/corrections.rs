//! Corrections: labels that people gave.

use crate::error::Result;
use crate::events::Event;
use crate::labels::words;
use crate::limits::end_page;
use crate::problem::{Problem, ServiceResult};
use crate::services::labels::choosable;
use crate::state::Inner;
use feedback_store::{Correction, NewCorrection, Store, StoredPrediction};

/// What the audit log says of an undone correction.
const UNDO: &str = "label.undo";

/// Returns the corrections with an id above `after`, oldest first, and whether there are more.
pub(crate) async fn list(state: &Inner, after: i64, limit: usize) -> ServiceResult<(Vec<Correction>, bool)> {
    let _turn = state.lists.acquire().await;
    let mut items = state
        .store
        .run(move |store| store.corrections(after, limit))
        .await?;
    let has_more = end_page(&mut items, limit, |item| item.text.len());
    Ok((items, has_more))
}

/// Corrects the labels of a prediction to labels of the serving model, or labels that themes became. The order of the given labels has no meaning: they are stored in
/// the order of [`choosable`].
///
/// # Errors
///
/// `invalid_request` for a label that cannot be chosen or that is given twice, and for a number of labels that it does
/// not give a text.
pub(crate) async fn correct(state: &Inner, mut new: NewCorrection) -> ServiceResult<Correction> {
    let (prediction_id, labels) = (new.prediction_id, std::mem::take(&mut new.labels));
    let served = state.models.engine().current();
    let known = choosable(state).await?;
    if !labels.iter().all(|label| known.contains(label)) {
        let detail = "`label` is neither a label of the serving model, nor one that a theme became, nor one that somebody added";
        return Err(Problem::invalid(detail));
    }
    if !served.model.is_multi_label() && labels.len() != 1 {
        let detail = "expected exactly one label: the serving model gives each text one label";
        return Err(Problem::invalid(detail));
    }
    let n = labels.len();
    new.labels = known
        .iter()
        .filter(|label| labels.contains(label))
        .cloned()
        .collect();
    if new.labels.len() != n {
        return Err(Problem::invalid("a label is given more than once"));
    }
    let write = move |store: &dyn Store| -> Result<Correction> {
        let (actor, action) = (
            new.actor.clone(),
            if new.settles { "label.settle" } else { "label.give" },
        );
        let made = store.correct(new)?;
        store.add_audit(
            &actor,
            action,
            &made.prediction_id.to_string(),
            &words(&made.labels),
        )?;
        Ok(made)
    };
    let made = state.store.run(write).await?;
    state.metrics.correction();
    state.events.send(Event::Corrected { prediction_id });
    Ok(made)
}

/// Undoes the correction with this id. Returns false if there is no such correction.
pub(crate) async fn undo_by_id(state: &Inner, id: i64, actor: &str) -> ServiceResult<bool> {
    let actor = actor.to_owned();
    let undo = move |store: &dyn Store| -> Result<Option<i64>> {
        let prediction = store.undo_correction_by_id(id)?;
        if let Some(id) = prediction {
            store.add_audit(&actor, UNDO, &id.to_string(), "")?;
        }
        Ok(prediction)
    };
    let prediction = state.store.run(undo).await?;
    if let Some(prediction_id) = prediction {
        state.events.send(Event::Corrected { prediction_id });
    }
    Ok(prediction.is_some())
}

/// Undoes the latest correction of a prediction. Returns false if there is no current correction.
pub(crate) async fn undo(state: &Inner, prediction_id: i64, actor: &str) -> ServiceResult<bool> {
    let actor = actor.to_owned();
    let undo = move |store: &dyn Store| -> Result<bool> {
        let undone = store.undo_correction(prediction_id)?;
        if undone {
            store.add_audit(&actor, UNDO, &prediction_id.to_string(), "")?;
        }
        Ok(undone)
    };
    let undone = state.store.run(undo).await?;
    if undone {
        state.events.send(Event::Corrected { prediction_id });
    }
    Ok(undone)
}

/// Gives texts a label, instead of the one they have or, if a text can have any number of labels, beside them. Returns the ids of the
/// corrections.
///
/// # Errors
///
/// Errors of the store.
pub(super) fn give(
    store: &dyn Store,
    texts: &[StoredPrediction],
    (name, actor): (&str, &str),
    is_multi_label: bool,
) -> Result<Vec<i64>> {
    let correction = |stored: &StoredPrediction| {
        let others = stored
            .prediction
            .labels
            .iter()
            .filter(|label| is_multi_label && *label != name);
        NewCorrection {
            prediction_id: stored.id,
            labels: others.cloned().chain([name.to_owned()]).collect(),
            actor: actor.to_owned(),
            settles: false,
            idempotency_key: None,
        }
    };
    let made = store.correct_all(texts.iter().map(correction).collect())?;
    Ok(made.into_iter().map(|one| one.id).collect())
}
