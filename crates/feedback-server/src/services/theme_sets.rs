//! The themes of all texts as people see them: named, merged, without the hidden ones.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::error::Result;
use crate::problem::ServiceResult;
use crate::state::Inner;
use crate::themes::{Edits, Theme, ThemesDocument};
use feedback_store::Store;

/// The texts of a theme, with those of the themes that were merged into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ThemeSet {
    pub(crate) id: u64,
    /// The name that a person gave it, its own, or its number.
    pub(crate) name: String,
    pub(crate) texts: Vec<i64>,
    /// The ids of typical texts.
    pub(crate) quotes: Vec<i64>,
}

/// Returns the themes of all texts: the pinned ones first, then the largest.
pub(crate) fn sets(store: &dyn Store) -> Result<Vec<ThemeSet>> {
    let (kept, edits) = (ThemesDocument::read(store)?, Edits::read(store)?);
    let of_all = kept.groups.into_iter().find(|group| group.label.is_none());
    let themes = of_all.map(|group| group.themes).unwrap_or_default();
    let ids: Vec<u64> = themes.iter().map(|theme| theme.id).collect();
    let exists = |id: u64| ids.contains(&id);
    let mut texts: BTreeMap<u64, Vec<i64>> = BTreeMap::new();
    for theme in &themes {
        let target = edits.target(theme.id, exists);
        texts.entry(target).or_default().extend(&theme.texts);
    }
    let edit = |id: u64| edits.themes.get(&id);
    let name = |theme: &Theme| {
        let given = edit(theme.id).and_then(|edit| edit.name.clone());
        let name = given.or_else(|| theme.name.clone()).unwrap_or_default();
        if name.is_empty() {
            format!("theme no. {}", theme.id)
        } else {
            name
        }
    };
    let mut sets: Vec<ThemeSet> = themes
        .iter()
        .filter(|theme| !edit(theme.id).is_some_and(|edit| edit.hidden))
        .filter_map(|theme| {
            let texts = texts.remove(&theme.id)?;
            Some(ThemeSet {
                id: theme.id,
                name: name(theme),
                texts,
                quotes: theme.quotes.clone(),
            })
        })
        .collect();
    let is_pinned = |set: &ThemeSet| edit(set.id).is_some_and(|edit| edit.pinned);
    sets.sort_by_key(|set| (!is_pinned(set), Reverse(set.texts.len()), set.id));
    Ok(sets)
}

/// Returns the ids and names of the themes, in the same order.
pub(crate) async fn names(state: &Inner) -> ServiceResult<Vec<(u64, String)>> {
    let all = state.store.run(sets).await?;
    Ok(all.into_iter().map(|set| (set.id, set.name)).collect())
}
