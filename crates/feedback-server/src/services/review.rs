//! The texts that a person should label next, and why.

use std::collections::HashSet;
use std::sync::Arc;

use feedback_dataset::text::comparison_key;
use feedback_inference::UNFAMILIAR_ABOVE;
use feedback_store::{Cursor, Filter, Store, StoredPrediction};

use super::audits::check;
use crate::audits::{TrainedOn, can_be_sampled, draw, in_order};
use crate::error::Result;
use crate::limits::end_page;
use crate::problem::{Problem, ServiceResult};
use crate::services::theme_sets::{ThemeSet, sets};
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
    /// It is about a theme of which people labelled few texts.
    Diverse,
    /// Somebody else labelled it, and a second opinion is wanted.
    Second,
}

impl Why {
    /// The reasons of a mixed queue.
    const MIXED: [Self; 4] = [Self::Unsure, Self::Random, Self::Unfamiliar, Self::Diverse];
    pub(crate) const ALL: [Self; 5] = [
        Self::Unsure,
        Self::Random,
        Self::Unfamiliar,
        Self::Diverse,
        Self::Second,
    ];

    /// Returns the name in addresses and in JSON.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Unsure => "unsure",
            Self::Random => "random",
            Self::Unfamiliar => "unfamiliar",
            Self::Diverse => "diverse",
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
            Problem::invalid(
                "`why` must be `unsure`, `random`, `unfamiliar`, `diverse` or `second`, or left out",
            )
        })
    }
}

/// A theme with fewer labelled texts has few.
const FEW_LABELS: usize = 5;
/// Maximum number of labelled texts that are looked at for second opinions; the newest are.
const MAX_LABELLED: usize = 10_000;

/// A text of the queue.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) stored: StoredPrediction,
    pub(crate) why: Why,
}

/// Of each six texts of a mixed queue, two are uncertain, two drawn at random, one unfamiliar and one about a theme with few labels, in this
/// order.
const MIX: [Why; 6] = [
    Why::Unsure,
    Why::Random,
    Why::Unfamiliar,
    Why::Unsure,
    Why::Random,
    Why::Diverse,
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
    store: &dyn Store,
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
        Why::Diverse => diverse(store, filter, limit),
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

/// One text of each theme with few labels, a typical one if nobody labelled it: first of the themes of which people labelled the fewest
/// texts.
fn diverse(store: &dyn Store, filter: &Filter, limit: usize) -> Result<Vec<StoredPrediction>> {
    let themes = few_labels(store, filter)?;
    let open: HashSet<i64> = ids_among(store, filter, themes.iter().map(|(_, theme)| theme), Some(false))?;
    let first = |(_, theme): &(usize, ThemeSet)| {
        let mut texts = theme.quotes.iter().chain(&theme.texts);
        texts.find(|id| open.contains(id)).copied()
    };
    let chosen: Vec<i64> = themes.iter().filter_map(first).take(limit).collect();
    let wanted = Filter {
        ids: Some(chosen.clone()),
        ..Filter::default()
    };
    let mut found = store.history(&wanted, Cursor::newest(limit))?;
    found.sort_by_key(|stored| chosen.iter().position(|id| *id == stored.id));
    Ok(found)
}

/// The themes of which people labelled fewer than [`FEW_LABELS`] texts, with this number, the lowest first. A filter selects among the texts
/// of a theme; a theme without any is left out.
pub(super) fn few_labels(store: &dyn Store, filter: &Filter) -> Result<Vec<(usize, ThemeSet)>> {
    let all = sets(store)?;
    let passing = ids_among(store, filter, all.iter(), None)?;
    let labelled = ids_among(store, filter, all.iter(), Some(true))?;
    let n_in =
        |theme: &ThemeSet, ids: &HashSet<i64>| theme.texts.iter().filter(|id| ids.contains(id)).count();
    let mut themes: Vec<(usize, ThemeSet)> = all
        .into_iter()
        .filter(|theme| n_in(theme, &passing) > 0)
        .map(|theme| (n_in(&theme, &labelled), theme))
        .collect();
    themes.retain(|(labelled, _)| *labelled < FEW_LABELS);
    themes.sort_by_key(|(labelled, _)| *labelled); // stable: of equal ones, the largest first
    Ok(themes)
}

/// The ids of the texts of themes that pass a filter, with one question to the store.
fn ids_among<'a>(
    store: &dyn Store,
    filter: &Filter,
    themes: impl Iterator<Item = &'a ThemeSet>,
    corrected: Option<bool>,
) -> Result<HashSet<i64>> {
    if corrected.is_some() && filter.corrected.is_some() && corrected != filter.corrected {
        return Ok(HashSet::new());
    }
    let mut ids: Vec<i64> = themes.flat_map(|theme| theme.texts.iter().copied()).collect();
    if let Some(chosen) = &filter.ids {
        let chosen: HashSet<&i64> = chosen.iter().collect();
        ids.retain(|id| chosen.contains(id));
    }
    let n = ids.len();
    let among = Filter {
        ids: Some(ids),
        corrected: corrected.or(filter.corrected),
        ..filter.clone()
    };
    Ok(store.ids(&among, n)?.into_iter().collect())
}

/// Texts that others labelled and this person did not, at random, as if nobody had labelled them.
fn second(store: &dyn Store, filter: &Filter, actor: &str, limit: usize) -> Result<Vec<Asked>> {
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
fn mixed(of: [(Why, Vec<StoredPrediction>); 4], limit: usize) -> Vec<Asked> {
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
