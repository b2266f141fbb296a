//! Gives all texts of a filter one label, which is undone as one.

use feedback_store::{Correction, Cursor, Filter, Store};
use serde::{Deserialize, Serialize};

use super::corrections::give;
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
/// Number of corrections that are read at a time.
const PAGE: usize = 1_000;
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
    /// The ids of the corrections; none if the server ended before they were noted.
    pub(crate) corrections: Vec<i64>,
    /// The ids of the texts, as long as the corrections are not noted.
    #[serde(default)]
    pub(crate) pending: Vec<i64>,
}

/// The changes that can be undone, oldest first.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Changes {
    /// The id of the newest change; ids are not used again.
    last: u64,
    all: Vec<BulkLabel>,
}

impl Changes {
    fn read(store: &dyn Store) -> Result<Self> {
        Ok(documents::read(store, DOCUMENT)?.unwrap_or_default())
    }

    fn write(&self, store: &dyn Store) -> Result<()> {
        documents::write(store, DOCUMENT, self)
    }
}

/// Returns the changes that can be undone, newest first.
///
/// # Errors
///
/// Errors of the store.
pub(crate) async fn list(state: &Inner) -> ServiceResult<Vec<BulkLabel>> {
    let mut changes = state.store.run(Changes::read).await?;
    changes.all.reverse();
    Ok(changes.all)
}

/// Returns how many texts of a filter [`label`] would label; 0 without a filter.
///
/// # Errors
///
/// Errors of the store.
pub(crate) async fn count(state: &Inner, filter: Filter) -> ServiceResult<u64> {
    if filter == Filter::default() {
        return Ok(0);
    }
    let filter = unlabelled(filter);
    Ok(state.store.run(move |store| store.count(&filter)).await?)
}

/// Selects only texts without a label from a person; a filter that asks for the others selects none.
fn unlabelled(filter: Filter) -> Filter {
    let asks_for_others = filter.corrected == Some(true);
    Filter {
        corrected: Some(false),
        ids: asks_for_others.then(Vec::new).or(filter.ids),
        ..filter
    }
}

/// Gives a label to all texts of a filter that no person labelled, all of them or none. Returns the change.
///
/// # Errors
///
/// `invalid_request` for a label that cannot be chosen, or without a filter; `conflict` if there are more than [`MAX_TEXTS`] texts, or
/// none.
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
        return Err(Problem::invalid("`label` cannot be chosen; add it first"));
    }
    let is_multi_label = state.models.engine().current().model.is_multi_label();
    let actor = actor.to_owned();
    let filter = unlabelled(filter);
    let _one_at_a_time = state.theme_edits.lock().await;
    let done = state
        .store
        .run(move |store| give_to_all(store, &filter, (name, actor), is_multi_label));
    let (made, predictions) = done.await??;
    for prediction_id in predictions {
        state.metrics.correction();
        state.events.send(Event::Corrected { prediction_id });
    }
    Ok(made)
}

/// Gives the label, and returns the change and the ids of the texts.
fn give_to_all(
    store: &dyn Store,
    filter: &Filter,
    (label, by): (String, String),
    is_multi_label: bool,
) -> Result<ServiceResult<(BulkLabel, Vec<i64>)>> {
    let n = store.count(filter)?;
    if n == 0 || n > MAX_TEXTS as u64 {
        let detail = match n {
            0 => "the filter selects no text without a label from a person".to_owned(),
            n => format!("the filter selects {n} texts; at most {MAX_TEXTS} are labelled at once: narrow it"),
        };
        return Ok(Err(Problem::new(Code::Conflict, detail)));
    }
    let texts = store.history(filter, Cursor::newest(MAX_TEXTS))?;
    let ids: Vec<i64> = texts.iter().map(|text| text.id).collect();
    let mut changes = Changes::read(store)?;
    changes.last += 1;
    let mut made = BulkLabel {
        id: changes.last,
        label,
        by,
        at: now_ms(),
        corrections: Vec::new(),
        pending: ids.clone(),
    };
    // Noted first: if the server ends before the second note, the change can be undone all the same.
    changes.all.push(made.clone());
    changes.all.drain(..changes.all.len().saturating_sub(KEPT));
    changes.write(store)?;
    let given = give(store, &texts, (&made.label, &made.by), is_multi_label);
    changes.all.pop();
    made.corrections = match given {
        Ok(corrections) => corrections,
        Err(error) => {
            changes.write(store)?; // nothing was given
            return Err(error);
        }
    };
    made.pending.clear();
    changes.all.push(made.clone());
    changes.write(store)?;
    let detail = format!("{}: {} texts", made.label, ids.len());
    store.add_audit(&made.by, "label.bulk", &made.id.to_string(), &detail)?;
    Ok(Ok((made, ids)))
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
        let mut changes = Changes::read(store)?;
        let Some(place) = changes.all.iter().position(|one| one.id == id) else {
            return Ok(None);
        };
        let mut undone = changes.all.remove(place);
        if !undone.pending.is_empty() {
            undone.corrections = found(store, &undone)?;
        }
        let predictions = store.retract_corrections(&undone.corrections)?;
        changes.write(store)?;
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

/// Returns the corrections of a change that were not noted.
fn found(store: &dyn Store, change: &BulkLabel) -> Result<Vec<i64>> {
    let is_of_change = |one: &Correction| {
        one.at >= change.at
            && one.actor == change.by
            && one.labels.contains(&change.label)
            && change.pending.contains(&one.prediction_id)
    };
    let (mut found, mut after) = (Vec::new(), 0);
    loop {
        let page = store.corrections(after, PAGE)?;
        let Some(last) = page.last() else { return Ok(found) };
        after = last.id;
        found.extend(page.iter().filter(|one| is_of_change(one)).map(|one| one.id));
    }
}
