//! Makes a theme a label: its texts become the first examples of the label.

use std::collections::HashSet;

use feedback_dataset::text::comparison_key;
use feedback_store::{Cursor, Filter, Store, StoredPrediction};

use crate::error::Result;
use crate::events::Event;
use crate::problem::{Code, Problem, ServiceResult};
use crate::services::corrections::give;
use crate::services::labels::checked;
use crate::services::themes;
use crate::state::Inner;
use crate::themes::{AddedLabel, AddedLabels, ThemesDocument};

/// Maximum number of texts of a theme that become examples.
pub(crate) const MAX_EXAMPLES: usize = 50;

/// What became of the texts of a theme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Labelled {
    pub(crate) label: String,
    /// Number of texts that now have the label.
    pub(crate) examples: usize,
    /// Number of texts that a person had labelled before; they keep their labels.
    pub(crate) kept: usize,
    /// Number of texts of the theme that were left out: repetitions, and those beyond [`MAX_EXAMPLES`].
    pub(crate) left_out: usize,
}

/// Gives up to [`MAX_EXAMPLES`] texts of a theme a label, which may be new: the typical texts first, then the newest. It is known to the
/// next training. The change is in the audit log, and is undone as one by [`undo`].
///
/// # Errors
///
/// `not_found` if there is no such theme; `conflict` if it is a label already; `invalid_request` if the name is not usable.
pub(crate) async fn label(state: &Inner, id: u64, name: &str, actor: &str) -> ServiceResult<Labelled> {
    let name = checked(name)?;
    let texts = themes::texts(state, id).await?;
    let is_multi_label = state.models.engine().current().model.is_multi_label();
    let actor = actor.to_owned();
    let _one_at_a_time = state.theme_edits.lock().await;
    let done = state.store.run(move |store| -> Result<ServiceResult<_>> {
        let mut added = AddedLabels::read(store)?;
        if let Some(before) = added.of_theme(id) {
            let detail = format!(
                "the theme is the label `{}` already; undo this first",
                before.label
            );
            return Ok(Err(Problem::new(Code::Conflict, detail)));
        }
        let chosen = examples(store, id, &texts)?;
        let corrections = give(store, &chosen.examples, (&name, &actor), is_multi_label)?;
        let predictions: Vec<i64> = chosen.examples.iter().map(|stored| stored.id).collect();
        added.labels.push(AddedLabel {
            theme: id,
            label: name.clone(),
            corrections,
        });
        added.write(store)?;
        let detail = format!("{name}: {} texts", predictions.len());
        store.add_audit(&actor, "theme.label", &id.to_string(), &detail)?;
        let labelled = Labelled {
            label: name,
            examples: predictions.len(),
            kept: chosen.kept,
            left_out: chosen.left_out,
        };
        Ok(Ok((labelled, predictions)))
    });
    let (labelled, predictions) = done.await??;
    for prediction_id in predictions {
        state.metrics.correction();
        state.events.send(Event::Corrected { prediction_id });
    }
    Ok(labelled)
}

/// Undoes [`label`]: takes back its corrections, except those that were changed since, and forgets the label unless another theme is
/// this label too. Returns the number of texts that lost the label.
///
/// # Errors
///
/// `not_found` if the theme is no label.
pub(crate) async fn undo(state: &Inner, id: u64, actor: &str) -> ServiceResult<usize> {
    let actor = actor.to_owned();
    let _one_at_a_time = state.theme_edits.lock().await;
    let done = state.store.run(move |store| -> Result<Option<Vec<i64>>> {
        let mut added = AddedLabels::read(store)?;
        let Some(undone) = added.take(id) else {
            return Ok(None);
        };
        let predictions = store.retract_corrections(&undone.corrections)?;
        added.write(store)?;
        let detail = format!("{}: {} texts", undone.label, predictions.len());
        store.add_audit(&actor, "theme.unlabel", &id.to_string(), &detail)?;
        Ok(Some(predictions))
    });
    let Some(predictions) = done.await? else {
        return Err(Problem::not_found("label of theme", id));
    };
    for &prediction_id in &predictions {
        state.events.send(Event::Corrected { prediction_id });
    }
    Ok(predictions.len())
}

/// The texts of a theme that become examples.
struct Chosen {
    examples: Vec<StoredPrediction>,
    kept: usize,
    left_out: usize,
}

fn examples(store: &dyn Store, id: u64, texts: &[i64]) -> Result<Chosen> {
    let typical: Vec<i64> = ThemesDocument::read(store)?
        .groups
        .iter()
        .flat_map(|group| &group.themes)
        .filter(|theme| theme.id == id)
        .flat_map(|theme| theme.quotes.iter().copied())
        .collect();
    let filter = Filter {
        ids: Some(texts.to_vec()),
        ..Filter::default()
    };
    let mut stored = store.history(&filter, Cursor::newest(texts.len()))?; // newest first
    stored.sort_by_key(|one| {
        typical
            .iter()
            .position(|id| *id == one.id)
            .unwrap_or(typical.len())
    }); // stable
    let n = stored.len();
    stored.retain(|one| one.corrected.is_none());
    let kept = n - stored.len();
    let mut seen = HashSet::new();
    stored.retain(|one| seen.insert(comparison_key(&one.prediction.text).into_owned()));
    stored.truncate(MAX_EXAMPLES);
    let left_out = n - kept - stored.len();
    Ok(Chosen {
        examples: stored,
        kept,
        left_out,
    })
}
