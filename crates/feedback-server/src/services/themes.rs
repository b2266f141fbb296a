//! Shows themes and what people did to them, and changes it.

use std::collections::BTreeMap;
use std::sync::Arc;

use feedback_metrics::statistics::{Interval, two_shares_p_value};

use crate::error::Result;
use crate::problem::{Problem, ServiceResult};
use crate::services::explore::share;
use crate::state::Inner;
use crate::themes::{AddedLabels, Change, Edits, Figures, Group, Theme, ThemesDocument, Trend};
use feedback_store::{Cursor, Dimension, FieldCount, Filter, Store, StoredPrediction};

/// Maximum number of combinations of value and label in the shares by a field.
const MAX_COUNTS: usize = 5000;
/// Maximum number of values of a field that are shown for a theme.
const MAX_VALUES: usize = 5;
/// A trend with a p-value below this is one.
const LEVEL: f64 = 0.05;

/// A theme as people see it, with those that were merged into it.
#[derive(Debug, Clone)]
pub(crate) struct ShownTheme {
    pub(crate) id: u64,
    /// The name that a person gave it, or its own; empty if it has none at the moment.
    pub(crate) name: String,
    /// Its own name, if a person gave it another one.
    pub(crate) found_name: Option<String>,
    pub(crate) is_hidden: bool,
    pub(crate) is_pinned: bool,
    /// Whether no parts were found when it was to be split.
    pub(crate) is_indivisible: bool,
    /// The label that it became.
    pub(crate) label: Option<String>,
    /// The ids and names of the themes that were merged into it.
    pub(crate) merged: Vec<(u64, String)>,
    pub(crate) quotes: Vec<StoredPrediction>,
    /// Number of texts.
    pub(crate) n: u64,
    /// The share of the texts of its group.
    pub(crate) share: Option<(f64, Interval)>,
    pub(crate) figures: Figures,
    /// The values of the chosen field with the most texts of the theme.
    pub(crate) values: Vec<ShownValue>,
}

/// A value of a field.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ShownValue {
    /// Empty for the texts without a value.
    pub(crate) value: String,
    pub(crate) n: u64,
    /// The share of the texts of the theme.
    pub(crate) share: Option<(f64, Interval)>,
}

/// The themes of all texts, or of one category.
#[derive(Debug, Clone)]
pub(crate) struct ShownGroup {
    pub(crate) label: Option<String>,
    /// Number of texts, and of those in no theme.
    pub(crate) n: u64,
    pub(crate) waiting: u64,
    /// Whether there are older texts, which the themes do not cover.
    pub(crate) is_part: bool,
    /// The pinned ones first, then the largest.
    pub(crate) themes: Vec<ShownTheme>,
    pub(crate) changes: Vec<Change>,
}

/// Which themes to return.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Which {
    All,
    /// Those of this category; `None` for the themes of all texts.
    One(Option<String>),
}

/// All themes, or some.
#[derive(Debug, Clone)]
pub(crate) struct Shown {
    /// When they were found; `None` if they never were.
    pub(crate) found_at: Option<i64>,
    pub(crate) is_finding: bool,
    /// Number of texts that they were found from, and of texts that were added since.
    pub(crate) texts: usize,
    pub(crate) added: usize,
    /// All categories, and how many themes each has; `None` for all texts.
    pub(crate) overview: Vec<(Option<String>, usize)>,
    pub(crate) groups: Vec<ShownGroup>,
}

/// What to change of a theme; `None` for what stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ThemeChange {
    /// Empty for the theme's own name.
    pub(crate) name: Option<String>,
    pub(crate) hidden: Option<bool>,
    pub(crate) pinned: Option<bool>,
    /// The theme of which it becomes a part; `Some(None)` to separate it.
    pub(crate) merged_into: Option<Option<u64>>,
    /// Splits it into parts, once the themes are found again, which begins at once.
    pub(crate) split: bool,
}

/// Which way a theme goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    Up,
    Down,
    Steady,
}

impl Direction {
    /// Compares the shares of both periods by the test for two proportions.
    pub(crate) fn of(trend: &Trend) -> Self {
        let [now, before] = [0, 1].map(|period| (trend.texts[period], trend.of[period]));
        // It cannot be tested without texts in both periods.
        let is_beyond_chance = two_shares_p_value(before, now).is_ok_and(|p| p < LEVEL);
        let share = |(texts, of): (u64, u64)| texts as f64 / of as f64;
        match is_beyond_chance {
            true if share(now) > share(before) => Self::Up,
            true => Self::Down,
            false => Self::Steady,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
            Self::Steady => "steady",
        }
    }
}

/// Returns themes, with the shares of the values of the field `by`, if one is given.
pub(crate) async fn list(state: &Inner, which: Which, by: Option<String>) -> ServiceResult<Shown> {
    let _turn = state.lists.acquire().await;
    let is_finding = state.themes.is_finding();
    require_field(state, by.as_deref()).await?;
    let shown = state.store.run(move |store| -> Result<_> {
        let (kept, edits) = (ThemesDocument::read(store)?, Edits::read(store)?);
        let added = AddedLabels::read(store)?;
        let is_wanted = |group: &&Group| match &which {
            Which::All => true,
            Which::One(label) => group.label == *label,
        };
        let overview = kept
            .groups
            .iter()
            .map(|group| (group.label.clone(), group.themes.len()));
        let groups = kept
            .groups
            .iter()
            .filter(is_wanted)
            .map(|group| shown_group(store, group, (&edits, &added), by.as_deref()));
        Ok(Shown {
            found_at: (!kept.groups.is_empty()).then_some(kept.found_at),
            is_finding,
            texts: kept.texts,
            added: kept.added,
            overview: overview.collect(),
            groups: groups.collect::<Result<_>>()?,
        })
    });
    Ok(shown.await?)
}

/// Refuses a field in which no text has a value, such as a misspelt one.
async fn require_field(state: &Inner, by: Option<&str>) -> ServiceResult<()> {
    let Some(field) = by.map(str::to_owned) else {
        return Ok(());
    };
    let name = field.clone();
    let counts = state
        .store
        .run(move |store| store.breakdown(&Filter::default(), &Dimension::Field(name), MAX_COUNTS))
        .await?;
    let is_empty =
        |counts: &Vec<FieldCount>| !counts.is_empty() && counts.iter().all(|count| count.value.is_empty());
    match counts.as_ref().is_some_and(is_empty) {
        true => Err(Problem::invalid(format!(
            "no text has a value in the field `{field}`"
        ))),
        false => Ok(()),
    }
}

fn shown_group(
    store: &dyn Store,
    group: &Group,
    (edits, added): (&Edits, &AddedLabels),
    by: Option<&str>,
) -> Result<ShownGroup> {
    let exists = |id: u64| group.themes.iter().any(|theme| theme.id == id);
    let mut parts: BTreeMap<u64, Vec<&Theme>> = BTreeMap::new();
    for theme in &group.themes {
        parts
            .entry(edits.target(theme.id, exists))
            .or_default()
            .push(theme);
    }
    let n = group.n() as u64;
    let mut themes = Vec::new();
    for (id, mut parts) in parts {
        parts.sort_by_key(|theme| theme.id != id); // stable: the theme itself comes first
        let label = added.of_theme(id).map(|added| added.label.clone());
        let theme = shown_theme(store, &parts, edits, n, by)?;
        themes.push(ShownTheme { label, ..theme });
    }
    themes.sort_by_key(|theme| (!theme.is_pinned, std::cmp::Reverse(theme.n), theme.id));
    let is_part = group.label.is_none() && store.count(&Filter::default())? > n;
    Ok(ShownGroup {
        label: group.label.clone(),
        n,
        is_part,
        waiting: group.waiting.len() as u64,
        themes,
        changes: group.changes.clone(),
    })
}

/// `parts` has the theme, then those that were merged into it.
fn shown_theme(
    store: &dyn Store,
    parts: &[&Theme],
    edits: &Edits,
    of: u64,
    by: Option<&str>,
) -> Result<ShownTheme> {
    let whole = parts[0];
    let edit = edits.themes.get(&whole.id).cloned().unwrap_or_default();
    let quotes = Filter {
        ids: Some(whole.quotes.clone()),
        ..Filter::default()
    };
    let mut quotes = store.history(&quotes, Cursor::newest(whole.quotes.len()))?;
    quotes.sort_by_key(|item| whole.quotes.iter().position(|id| *id == item.id));
    let n: u64 = parts.iter().map(|theme| theme.texts.len() as u64).sum();
    let name_of = |theme: &Theme| {
        let edited = edits.themes.get(&theme.id).and_then(|edit| edit.name.clone());
        edited.or_else(|| theme.name.clone()).unwrap_or_default()
    };
    Ok(ShownTheme {
        id: whole.id,
        name: name_of(whole),
        found_name: edit.name.as_ref().and(whole.name.clone()),
        is_hidden: edit.hidden,
        is_pinned: edit.pinned,
        is_indivisible: whole.indivisible && whole.splits >= edit.splits,
        label: None,
        merged: parts[1..]
            .iter()
            .map(|theme| (theme.id, name_of(theme)))
            .collect(),
        quotes,
        n,
        share: share(n, of),
        figures: together(parts),
        values: match by {
            Some(by) => values(store, parts, by, n)?,
            None => Vec::new(),
        },
    })
}

/// The figures of several themes of one group.
fn together(parts: &[&Theme]) -> Figures {
    let figures = || parts.iter().map(|theme| theme.figures);
    let trend = figures().filter_map(|one| one.trend).reduce(|sum, one| Trend {
        texts: [sum.texts[0] + one.texts[0], sum.texts[1] + one.texts[1]],
        ..sum
    });
    Figures {
        first: figures().filter_map(|one| one.first).min(),
        last: figures().filter_map(|one| one.last).max(),
        trend,
    }
}

fn values(store: &dyn Store, parts: &[&Theme], by: &str, n: u64) -> Result<Vec<ShownValue>> {
    let texts = Filter {
        ids: Some(ids(parts)),
        ..Filter::default()
    };
    let by = Dimension::Field(by.to_owned());
    let counts = store.breakdown(&texts, &by, MAX_COUNTS)?.unwrap_or_default();
    let mut sums: BTreeMap<String, u64> = BTreeMap::new();
    for FieldCount { value, count, .. } in counts {
        *sums.entry(value).or_default() += count;
    }
    let mut values: Vec<ShownValue> = sums
        .into_iter()
        .map(|(value, count)| ShownValue {
            value,
            n: count,
            share: share(count, n),
        })
        .collect();
    values.sort_by_key(|value| std::cmp::Reverse(value.n)); // stable: equal counts stay in the order of the values
    values.truncate(MAX_VALUES);
    Ok(values)
}

fn ids(parts: &[&Theme]) -> Vec<i64> {
    parts
        .iter()
        .flat_map(|theme| theme.texts.iter().copied())
        .collect()
}

/// Returns the ids of the texts of a theme and of those that were merged into it.
///
/// # Errors
///
/// `not_found` if there is no such theme.
pub(crate) async fn texts(state: &Inner, id: u64) -> ServiceResult<Vec<i64>> {
    let found = state.store.run(move |store| -> Result<_> {
        let (kept, edits) = (ThemesDocument::read(store)?, Edits::read(store)?);
        let group = kept
            .groups
            .into_iter()
            .find(|group| group.themes.iter().any(|theme| theme.id == id));
        Ok(group.map(|group| {
            let exists = |id: u64| group.themes.iter().any(|theme| theme.id == id);
            let is_part = |theme: &&Theme| theme.id == id || edits.target(theme.id, exists) == id;
            ids(&group.themes.iter().filter(is_part).collect::<Vec<_>>())
        }))
    });
    found.await?.ok_or_else(|| Problem::not_found("theme", id))
}

/// Asks for the themes to be found again.
///
/// # Errors
///
/// Errors of the store.
pub(crate) async fn find_again(state: &Inner, actor: &str) -> ServiceResult<()> {
    let actor = actor.to_owned();
    let themes = Arc::clone(&state.themes);
    let recorded = state
        .store
        .run(move |store| store.add_audit(&actor, "themes.find", "", ""));
    recorded.await?;
    themes.find_again();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_change_beyond_chance_is_a_trend() {
        let of = |texts, of| {
            Direction::of(&Trend {
                days: 7,
                end: 0,
                texts,
                of,
            })
        };
        assert_eq!(of([30, 10], [100, 100]), Direction::Up);
        assert_eq!(of([10, 30], [100, 100]), Direction::Down);
        // Twice as many texts of twice as many: the share is the same.
        assert_eq!(of([40, 20], [200, 100]), Direction::Steady);
        assert_eq!(of([3, 1], [100, 100]), Direction::Steady);
        assert_eq!(of([3, 0], [3, 0]), Direction::Steady);
    }
}
