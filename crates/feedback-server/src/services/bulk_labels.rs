//! Gives all texts of a filter one label, which is undone as one.

use feedback_store::{Cursor, Filter, Store};
use serde::{Deserialize, Serialize};

use super::corrections::{give, take_back};
use crate::clock::now_ms;
use crate::documents;
use crate::error::Result;
use crate::events::Event;
use crate::problem::{Code, Problem, ServiceResult};
use crate::services::labels::choosable;
use crate::state::Inner;

/// Maximum number of texts that are labelled at once.
pub(crate) const MAX_TEXTS: usize = 500;
/// Number of changes that can be undone; older ones are forgotten.
const KEPT: usize = 20;
/// The name of the document with the changes.
const DOCUMENT: &str = "bulk-labels";

/// A label that was given to many texts at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BulkLabel {
    pub(crate) id: u64,
    pub(crate) label: String,
    /// Who gave it.
    pub(crate) by: String,
    /// When, in milliseconds since 1970.
    pub(crate) at: i64,
    /// The ids of the corrections.
    pub(crate) corrections: Vec<i64>,
}

fn read(store: &dyn Store) -> Result<Vec<BulkLabel>> {
    Ok(documents::read(store, DOCUMENT)?.unwrap_or_default())
}

/// Returns the changes that can be undone, newest first.
///
/// # Errors
///
/// Errors of the store.
pub(crate) async fn list(state: &Inner) -> ServiceResult<Vec<BulkLabel>> {
    let mut all = state.store.run(read).await?;
    all.reverse();
    Ok(all)
}

/// Gives a label to all texts of a filter that no person labelled. Returns the change; its corrections may be none.
///
/// # Errors
///
/// `invalid_request` for a label that cannot be chosen, or without a filter; `conflict` if there are more than [`MAX_TEXTS`] texts.
pub(crate) async fn label(
    state: &Inner,
    filter: Filter,
    name: String,
    actor: &str,
) -> ServiceResult<BulkLabel> {
    if filter == Filter::default() {
        return Err(Problem::invalid("choose the texts with a filter first"));
    }
    if !choosable(state).await?.contains(&name) {
        return Err(Problem::invalid(
            "`label` is no label that can be chosen; add it first",
        ));
    }
    let is_multi_label = state.models.engine().current().model.is_multi_label();
    let actor = actor.to_owned();
    // Only texts without a label from a person; a filter that asks for the others selects none of them.
    let ids = filter
        .corrected
        .is_some_and(|corrected| corrected)
        .then(Vec::new)
        .or(filter.ids.clone());
    let filter = Filter {
        corrected: Some(false),
        ids,
        ..filter
    };
    let _one_at_a_time = state.theme_edits.lock().await;
    let done = state.store.run(move |store| -> Result<ServiceResult<_>> {
        let n = store.count(&filter)?;
        if n > MAX_TEXTS as u64 {
            let detail =
                format!("the filter selects {n} texts; at most {MAX_TEXTS} are labelled at once: narrow it");
            return Ok(Err(Problem::new(Code::Conflict, detail)));
        }
        let texts = store.history(&filter, Cursor::newest(MAX_TEXTS))?;
        let corrections = give(store, &texts, (&name, &actor), is_multi_label)?;
        let mut all = read(store)?;
        let made = BulkLabel {
            id: all.last().map_or(1, |last| last.id + 1),
            label: name,
            by: actor,
            at: now_ms(),
            corrections,
        };
        all.push(made.clone());
        all.drain(..all.len().saturating_sub(KEPT));
        documents::write(store, DOCUMENT, &all)?;
        let detail = format!("{}: {} texts", made.label, texts.len());
        store.add_audit(&made.by, "label.bulk", &made.id.to_string(), &detail)?;
        let ids: Vec<i64> = texts.iter().map(|text| text.id).collect();
        Ok(Ok((made, ids)))
    });
    let (made, predictions) = done.await??;
    for prediction_id in predictions {
        state.metrics.correction();
        state.events.send(Event::Corrected { prediction_id });
    }
    Ok(made)
}

/// Takes back the corrections of a change, except those that were changed since. Returns the number of texts that lost the label.
///
/// # Errors
///
/// `not_found` if there is no such change, or if it was undone.
pub(crate) async fn undo(state: &Inner, id: u64, actor: &str) -> ServiceResult<usize> {
    let actor = actor.to_owned();
    let _one_at_a_time = state.theme_edits.lock().await;
    let done = state.store.run(move |store| -> Result<Option<Vec<i64>>> {
        let mut all = read(store)?;
        let Some(place) = all.iter().position(|one| one.id == id) else {
            return Ok(None);
        };
        let undone = all.remove(place);
        let predictions = take_back(store, &undone.corrections)?;
        documents::write(store, DOCUMENT, &all)?;
        let detail = format!("{}: {} texts", undone.label, predictions.len());
        store.add_audit(&actor, "label.bulk_undo", &id.to_string(), &detail)?;
        Ok(Some(predictions))
    });
    let Some(predictions) = done.await? else {
        return Err(Problem::not_found("label of many texts", id));
    };
    for &prediction_id in &predictions {
        state.events.send(Event::Corrected { prediction_id });
    }
    Ok(predictions.len())
}
