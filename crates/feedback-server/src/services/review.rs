//! The texts that a person should label next, and why.

use std::collections::HashSet;
use std::sync::Arc;

use feedback_dataset::text::comparison_key;
use feedback_inference::UNFAMILIAR_ABOVE;
use feedback_store::{Cursor, Filter, StoredPrediction};

use super::audits::check;
use crate::audits::{TrainedOn, can_be_sampled, draw, in_order};
use crate::error::Result;
use crate::limits::end_page;
use crate::problem::{Problem, ServiceResult};
use crate::state::Inner;

/// Why a text is in the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    /// The model is unsure.
    Unsure,
    /// It was drawn at random.
    Random,
    /// It is unlike the texts that the model has learnt from.
    Unfamiliar,
    /// Somebody else labelled it, and a second opinion is wanted.
    Second,
}

impl Why {
    /// The reasons of a mixed queue.
    const MIXED: [Self; 3] = [Self::Unsure, Self::Random, Self::Unfamiliar];
    const ALL: [Self; 4] = [Self::Unsure, Self::Random, Self::Unfamiliar, Self::Second];

    /// Returns the name in addresses and in JSON.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Unsure => "unsure",
            Self::Random => "random",
            Self::Unfamiliar => "unfamiliar",
            Self::Second => "second",
        }
    }

    /// Parses a name; an empty one stands for a mix of all.
    ///
    /// # Errors
    ///
    /// `invalid_request` for any other name.
    pub(crate) fn parse(name: &str) -> ServiceResult<Option<Self>> {
        if name.is_empty() {
            return Ok(None);
        }
        let found = Self::ALL.into_iter().find(|why| why.name() == name);
        found.map(Some).ok_or_else(|| {
            Problem::invalid("`why` must be `unsure`, `random`, `unfamiliar` or `second`, or left out")
        })
    }
}

/// Maximum number of labelled texts that are looked at for second opinions; the newest are.
const MAX_LABELLED: usize = 10_000;

/// A text of the queue.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) stored: StoredPrediction,
    pub(crate) why: Why,
}

/// Of each five texts of a mixed queue, two are uncertain, two drawn at random and one unfamiliar, in this order.
const MIX: [Why; 5] = [
    Why::Unsure,
    Why::Random,
    Why::Unfamiliar,
    Why::Unsure,
    Why::Random,
];

/// Returns up to `limit` texts that nobody labelled, for one reason or as a mix. Each text appears once.
///
/// # Errors
///
/// `invalid_request` for a random sample with a filter by label.
pub(crate) async fn queue(
    state: &Inner,
    filter: Filter,
    why: Option<Why>,
    (actor, limit): (&str, usize),
) -> ServiceResult<Vec<Asked>> {
    if why == Some(Why::Random) {
        check(&filter)?;
    }
    let _turn = state.lists.acquire().await;
    let (actor, trained_on) = (actor.to_owned(), Arc::clone(&state.trained_on));
    let read = move |store: &dyn feedback_store::Store| -> Result<Vec<Asked>> {
        if why == Some(Why::Second) {
            return second(store, &filter, &actor, limit);
        }
        let mut of = Why::MIXED.map(|one| (one, Vec::new()));
        for (one, texts) in &mut of {
            if why.is_none_or(|why| why == *one) {
                *texts = candidates(store, &filter, *one, limit, &trained_on)?;
            }
        }
        Ok(mixed(of, limit))
    };
    let mut items = state.store.run(read).await?;
    end_page(&mut items, limit, |item| {
        item.stored.prediction.text.len() + item.stored.prediction.fields.n_bytes()
    });
    Ok(items)
}

fn candidates(
    store: &dyn feedback_store::Store,
    filter: &Filter,
    why: Why,
    limit: usize,
    trained_on: &TrainedOn,
) -> Result<Vec<StoredPrediction>> {
    match why {
        Why::Unsure => Ok(store.review(filter, limit)?),
        Why::Random if can_be_sampled(filter) => {
            let chosen = Filter {
                ids: Some(draw(store, filter, limit, trained_on)?.next),
                ..Filter::default()
            };
            let mut found = store.history(&chosen, Cursor::newest(limit))?;
            in_order(&mut found, |stored| stored.id);
            Ok(found)
        }
        Why::Random | Why::Second => Ok(Vec::new()),
        Why::Unfamiliar => {
            let chosen = Filter {
                unfamiliar_above: Some(UNFAMILIAR_ABOVE),
                corrected: Some(false),
                ..filter.clone()
            };
            // The newest first: what is new is what the model has not learnt.
            Ok(store.history(&chosen, Cursor::newest(limit))?)
        }
    }
}

/// Texts that others labelled and this person did not, at random, as if nobody had labelled them.
fn second(
    store: &dyn feedback_store::Store,
    filter: &Filter,
    actor: &str,
    limit: usize,
) -> Result<Vec<Asked>> {
    let mut ids = store.labelled_by_others(actor, MAX_LABELLED)?;
    if let Some(chosen) = &filter.ids {
        ids.retain(|id| chosen.contains(id));
    }
    let chosen = Filter {
        ids: Some(ids),
        ..filter.clone()
    };
    let mut ids = store.ids(&chosen, MAX_LABELLED)?;
    in_order(&mut ids, |id| *id);
    ids.truncate(limit);
    let chosen = Filter {
        ids: Some(ids),
        ..Filter::default()
    };
    let mut found = store.history(&chosen, Cursor::newest(limit))?;
    in_order(&mut found, |stored| stored.id);
    let asked = |mut stored: StoredPrediction| {
        // A second opinion is worth most if it does not know the first.
        stored.corrected = None;
        Asked {
            stored,
            why: Why::Second,
        }
    };
    Ok(found.into_iter().map(asked).collect())
}

/// Takes texts in the order of [`MIX`]; what one reason lacks, the others fill.
fn mixed(of: [(Why, Vec<StoredPrediction>); 3], limit: usize) -> Vec<Asked> {
    let mut of = of.map(|(why, texts)| (why, texts.into_iter()));
    let mut seen = HashSet::new();
    let mut queue = Vec::new();
    while queue.len() < limit {
        let before = queue.len();
        for why in MIX {
            let texts = of
                .iter_mut()
                .filter(|(one, _)| *one == why)
                .flat_map(|(_, texts)| texts);
            let new = texts
                .into_iter()
                .find(|stored| seen.insert(comparison_key(&stored.prediction.text).into_owned()));
            queue.extend(new.map(|stored| Asked { stored, why }));
        }
        if queue.len() == before {
            break;
        }
    }
    queue.truncate(limit);
    queue
}
