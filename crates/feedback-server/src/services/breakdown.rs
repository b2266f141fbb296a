//! Shares of categories by a field, the source, an answer or the theme.

use std::collections::{BTreeMap, HashSet};

use crate::error::Result;
use crate::labels::counted;
use crate::problem::{Problem, ServiceResult};
use crate::services::explore::sort;
use crate::services::theme_sets::{ThemeSet, sets};
use crate::state::Inner;
use feedback_store::{Dimension, FieldCount, Filter, Store};

/// Maximum number of combinations of value and label in a breakdown.
const MAX_COUNTS: usize = 20_000;
/// Maximum number of values that are returned; the others are counted together.
const SHOWN: usize = 30;

/// What texts are counted by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum By {
    Category,
    Theme,
    Of(Dimension),
}

impl By {
    /// Reserved names; a field with such a name is written as `field[NAME]`.
    pub(crate) const SOURCE: &str = "source";
    pub(crate) const THEME: &str = "theme";

    /// Reads what a query says: empty for the category, `source`, `theme`, `answer[QUESTION]`, `field[NAME]`, or the name of a field.
    pub(crate) fn read(text: &str) -> Self {
        let within = |kind: &str| text.strip_prefix(kind)?.strip_prefix('[')?.strip_suffix(']');
        match text {
            "" => Self::Category,
            Self::SOURCE => Self::Of(Dimension::Source),
            Self::THEME => Self::Theme,
            _ => match (within("answer"), within("field")) {
                (Some(question), _) => Self::Of(Dimension::Answer(question.to_owned())),
                (None, field) => Self::Of(Dimension::Field(field.unwrap_or(text).to_owned())),
            },
        }
    }

    /// Returns what a query says to count by a field.
    pub(crate) fn of_field(name: &str) -> String {
        match Self::read(name) == Self::Of(Dimension::Field(name.to_owned())) {
            true => name.to_owned(),
            false => format!("field[{name}]"),
        }
    }

    /// Returns what a query says to count by the answers to a question.
    pub(crate) fn of_answer(question: &str) -> String {
        format!("answer[{question}]")
    }

    /// Returns what a query says to count by this.
    pub(crate) fn written(&self) -> String {
        match self {
            Self::Category => String::new(),
            Self::Theme | Self::Of(Dimension::Source) => self.name().to_owned(),
            Self::Of(Dimension::Field(name)) => Self::of_field(name),
            Self::Of(Dimension::Answer(question)) => Self::of_answer(question),
        }
    }

    /// Returns the name for people.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Category => "category",
            Self::Theme => Self::THEME,
            Self::Of(Dimension::Source) => Self::SOURCE,
            Self::Of(Dimension::Field(name) | Dimension::Answer(name)) => name,
        }
    }
}

/// The texts with one value, and how many of them have each label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Group {
    /// The value, or the id of a theme; empty for the texts without one.
    pub(crate) value: String,
    /// The name of a theme.
    pub(crate) name: Option<String>,
    /// Number of texts.
    pub(crate) n: u64,
    /// Number of texts with each label; those without labels have an empty name. A text with several labels counts once under each.
    pub(crate) labels: BTreeMap<String, u64>,
}

/// The texts by the values of a field, or by something else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Breakdown {
    /// Number of texts.
    pub(crate) n: u64,
    /// The values with the most texts, in ascending order; themes in the order of the page of themes.
    pub(crate) groups: Vec<Group>,
    /// Number of further values, and of texts with them.
    pub(crate) others: (usize, u64),
}

impl Breakdown {
    /// Returns whether some text counts under several labels.
    pub(crate) fn has_several_labels(&self) -> bool {
        let mut groups = self.groups.iter();
        groups.any(|group| group.labels.values().sum::<u64>() > group.n)
    }
}

/// Counts the texts by something else than the category.
///
/// # Errors
///
/// `invalid_request` for the category, if a field has too many different values, and if no text has a value.
pub(crate) async fn breakdown(state: &Inner, filter: Filter, by: By) -> ServiceResult<Breakdown> {
    let mut found = full_breakdown(state, filter, by.clone()).await?;
    if by != By::Theme {
        // Stable: equal counts stay in the order of the values.
        found.groups.sort_by_key(|group| std::cmp::Reverse(group.n));
    }
    let rest = found.groups.split_off(found.groups.len().min(SHOWN));
    found.others = (rest.len(), rest.iter().map(|group| group.n).sum());
    if by != By::Theme {
        sort_groups(&mut found.groups);
    }
    Ok(found)
}

/// Like [`breakdown`], with all values.
///
/// # Errors
///
/// The same as of [`breakdown`].
pub(crate) async fn full_breakdown(state: &Inner, filter: Filter, by: By) -> ServiceResult<Breakdown> {
    match by {
        By::Category => Err(Problem::invalid(
            "`by` must name a field, or be `source` or `theme`",
        )),
        By::Theme => {
            let found = state.store.run(move |store| by_theme(store, &filter)).await?;
            found.ok_or_else(|| {
                Problem::invalid("there are no themes yet; they are found in the background from 30 texts on")
            })
        }
        By::Of(dimension) => by_dimension(state, filter, dimension).await,
    }
}

async fn by_dimension(state: &Inner, filter: Filter, by: Dimension) -> ServiceResult<Breakdown> {
    let dimension = by.clone();
    let counted = state.store.run(move |store| -> Result<_> {
        let counts = store.breakdown(&filter, &dimension, MAX_COUNTS)?;
        // A text with several answers is in several counts.
        let total = match &dimension {
            Dimension::Answer(_) => Some(store.count(&filter)?),
            Dimension::Field(_) | Dimension::Source => None,
        };
        Ok((counts, total))
    });
    let (counts, total) = counted.await?;
    let name = match &by {
        Dimension::Field(name) => format!("the field `{name}`"),
        Dimension::Answer(question) => format!("the question `{question}`"),
        Dimension::Source => "the source".to_owned(),
    };
    match counts {
        Some(counts) if !counts.is_empty() && counts.iter().all(|count| count.value.is_empty()) => {
            Err(Problem::invalid(match by {
                Dimension::Field(field) => format!("no text has a value in the field `{field}`"),
                _ => format!("no text has an answer to {name}"),
            }))
        }
        Some(counts) => {
            let found = grouped(counts);
            let n = total.unwrap_or(found.n);
            Ok(Breakdown { n, ..found })
        }
        None => Err(Problem::invalid(format!(
            "{name} has too many different values for a breakdown; choose another field, or filter"
        ))),
    }
}

/// Counts by theme, in the order of the page of themes; `None` if there are no themes. The texts in no theme, and those of hidden themes,
/// count only in `n`.
fn by_theme(store: &dyn Store, filter: &Filter) -> Result<Option<Breakdown>> {
    let all = sets(store)?;
    if all.is_empty() {
        return Ok(None);
    }
    let chosen: Option<HashSet<i64>> = filter.ids.as_ref().map(|ids| ids.iter().copied().collect());
    let group = |theme: ThemeSet| -> Result<Group> {
        let is_chosen = |id: &i64| chosen.as_ref().is_none_or(|chosen| chosen.contains(id));
        let of_theme = Filter {
            ids: Some(theme.texts.into_iter().filter(is_chosen).collect()),
            ..filter.clone()
        };
        let found = store.overview(&of_theme)?;
        let none = (found.unlabelled > 0).then_some((String::new(), found.unlabelled));
        let labels = found.labels.into_iter().map(|one| (one.label, one.count));
        Ok(Group {
            value: theme.id.to_string(),
            name: Some(theme.name),
            n: found.total,
            labels: labels.chain(none).collect(),
        })
    };
    let mut groups: Vec<Group> = all.into_iter().map(group).collect::<Result<_>>()?;
    groups.retain(|group| group.n > 0);
    Ok(Some(Breakdown {
        n: store.count(filter)?,
        groups,
        others: (0, 0),
    }))
}

fn grouped(counts: Vec<FieldCount>) -> Breakdown {
    let mut groups: Vec<Group> = Vec::new();
    for FieldCount { value, labels, count } in counts {
        if groups.last().is_none_or(|group| group.value != value) {
            groups.push(Group {
                value,
                name: None,
                n: 0,
                labels: BTreeMap::new(),
            });
        }
        if let Some(group) = groups.last_mut() {
            group.n += count;
            for label in counted(&labels) {
                *group.labels.entry(label.to_owned()).or_default() += count;
            }
        }
    }
    let n = groups.iter().map(|group| group.n).sum();
    sort_groups(&mut groups);
    Breakdown {
        n,
        groups,
        others: (0, 0),
    }
}

/// Sorts groups by their values; those without one come last.
fn sort_groups(groups: &mut [Group]) {
    sort(groups, |group| &group.value);
    groups.sort_by_key(|group| group.value.is_empty()); // stable
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_by_is_read_as_it_is_written() {
        let field = |name: &str| By::Of(Dimension::Field(name.to_owned()));
        assert_eq!(By::read(""), By::Category);
        assert_eq!(By::read("source"), By::Of(Dimension::Source));
        assert_eq!(By::read("answer[mood]"), By::Of(Dimension::Answer("mood".into())));
        for name in ["plan", "source", "theme", "answer[x]", "field[x]", "answer", "a]"] {
            assert_eq!(By::read(&By::of_field(name)), field(name), "{name}");
        }
        assert_eq!(By::of_field("plan"), "plan");
    }

    #[test]
    fn labels_of_a_value_are_counted_together() {
        let count = |value: usize, label: &str, count| FieldCount {
            value: value.to_string(),
            labels: label.split_terminator('+').map(str::to_owned).collect(),
            count,
        };
        let mut counts: Vec<FieldCount> = (0..40).map(|value| count(value, "bug", 1)).collect();
        counts.insert(8, count(7, "bug+praise", 3));
        counts.insert(9, count(7, "", 2));
        let found = grouped(counts);
        assert_eq!((found.groups.len(), found.n), (40, 45));
        let seven = found.groups.iter().find(|group| group.value == "7").unwrap();
        assert_eq!(seven.n, 6);
        assert_eq!(
            [seven.labels["bug"], seven.labels["praise"], seven.labels[""]],
            [4, 3, 2]
        );
    }
}
