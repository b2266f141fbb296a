//! The texts that a person should label next, and why.

use std::collections::HashSet;

use feedback_dataset::text::comparison_key;
use feedback_inference::UNFAMILIAR_ABOVE;
use feedback_store::{Cursor, Filter, StoredPrediction};

use super::audits::{can_be_sampled, check};
use crate::audits::{draw, in_order};
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
}

impl Why {
    pub(crate) const ALL: [Self; 3] = [Self::Unsure, Self::Random, Self::Unfamiliar];

    /// Returns the name in addresses and in JSON.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Unsure => "unsure",
            Self::Random => "random",
            Self::Unfamiliar => "unfamiliar",
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
        found
            .map(Some)
            .ok_or_else(|| Problem::invalid("`why` must be `unsure`, `random` or `unfamiliar`, or left out"))
    }
}

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
    limit: usize,
) -> ServiceResult<Vec<Asked>> {
    if why == Some(Why::Random) {
        check(&filter)?;
    }
    let _turn = state.lists.acquire().await;
    let read = move |store: &dyn feedback_store::Store| -> Result<Vec<Asked>> {
        let mut of = Why::ALL.map(|one| (one, Vec::new()));
        for (one, texts) in &mut of {
            if why.is_none_or(|why| why == *one) {
                *texts = candidates(store, &filter, *one, limit)?;
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
) -> Result<Vec<StoredPrediction>> {
    match why {
        Why::Unsure => Ok(store.review(filter, limit)?),
        Why::Random if can_be_sampled(filter) => {
            let chosen = Filter {
                ids: Some(draw(store, filter, limit)?.next),
                ..Filter::default()
            };
            let mut found = store.history(&chosen, Cursor::newest(limit))?;
            in_order(&mut found, |stored| stored.id);
            Ok(found)
        }
        Why::Random => Ok(Vec::new()),
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
