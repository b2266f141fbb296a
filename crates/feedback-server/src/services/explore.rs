//! Shares of categories by the values of a field, and the fields that are worth asking for.

use std::collections::BTreeMap;

use feedback_metrics::statistics::{Interval, wilson_interval};

use crate::labels::counted;
use crate::problem::{Problem, ServiceResult};
use crate::state::Inner;
use feedback_store::{FieldCount, Fields, Filter};

/// The number of the newest texts whose fields are looked at, for the choices in forms.
const SAMPLE: usize = 2000;
/// Maximum number of different values of a field that divides texts into segments.
const MAX_VALUES: usize = 30;
/// Maximum length, in characters, of a value that is a segment.
const MAX_LENGTH: usize = 60;
/// Maximum number of fields in a form.
const MAX_CHOICES: usize = 10;
/// Maximum number of combinations of value and label in a breakdown.
const MAX_COUNTS: usize = 20_000;
/// Maximum number of values that are returned; the others are counted together.
const SHOWN: usize = 30;
/// The confidence of all intervals.
const CONFIDENCE: f64 = 0.95;

/// A field by which texts can be filtered and counted, with its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) name: String,
    /// The values in ascending order.
    pub(crate) values: Vec<String>,
}

/// What filters can choose among.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Choices {
    pub(crate) fields: Vec<Choice>,
    /// The sources in ascending order; empty if there are too many for a form.
    pub(crate) sources: Vec<String>,
}

/// Returns the fields, as [`choices`] does, and the sources.
pub(crate) async fn filter_choices(state: &Inner) -> ServiceResult<Choices> {
    let mut sources = state.store.run(|store| store.sources()).await?;
    if sources.len() > MAX_VALUES {
        sources.clear();
    }
    Ok(Choices {
        fields: choices(state).await?,
        sources,
    })
}

/// Returns the fields with few different values, such as plan, country or stars, but not ids, dates or texts. They are in the
/// order of the newest records.
pub(crate) async fn choices(state: &Inner) -> ServiceResult<Vec<Choice>> {
    let newest = state
        .store
        .run(|store| store.newest_fields(&Filter::default(), SAMPLE));
    Ok(choices_of(&newest.await?))
}

fn choices_of(records: &[Fields]) -> Vec<Choice> {
    let mut names: Vec<String> = Vec::new();
    let mut values: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
    for fields in records {
        for (name, value) in fields.iter() {
            if !values.contains_key(name) {
                names.push(name.to_owned());
            }
            *values
                .entry(name.to_owned())
                .or_default()
                .entry(value)
                .or_default() += 1;
        }
    }
    let choice = |name: String| {
        let mut counts = values.remove(&name).unwrap_or_default();
        counts.remove("");
        let n: usize = counts.values().sum();
        let repeats = counts.len() >= 2 && n >= 2 * counts.len();
        let is_short = counts.keys().all(|value| value.chars().count() <= MAX_LENGTH);
        let mut values: Vec<String> = counts.into_keys().collect();
        sort(&mut values, String::as_str);
        (repeats && is_short && values.len() <= MAX_VALUES).then_some(Choice { name, values })
    };
    names.into_iter().filter_map(choice).take(MAX_CHOICES).collect()
}

/// Sorts numbers by their value, before all other texts.
fn sort<T>(items: &mut [T], text: impl Fn(&T) -> &str) {
    let key = |item: &T| {
        let number: f64 = text(item)
            .parse()
            .ok()
            .filter(|n: &f64| n.is_finite())
            .unwrap_or(f64::INFINITY);
        (number, text(item).to_owned())
    };
    items.sort_by(|a, b| {
        let (a, b) = (key(a), key(b));
        a.0.total_cmp(&b.0).then_with(|| a.1.cmp(&b.1))
    });
}

/// The texts with one value of a field, and how many of them have each label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Group {
    /// The value; empty for the texts without one.
    pub(crate) value: String,
    /// Number of texts.
    pub(crate) n: u64,
    /// Number of texts with each label; those without labels have an empty name. A text with several labels counts once under each.
    pub(crate) labels: BTreeMap<String, u64>,
}

/// The texts by the values of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Breakdown {
    /// The values with the most texts, in ascending order.
    pub(crate) groups: Vec<Group>,
    /// Number of further values, and of texts with them.
    pub(crate) others: (usize, u64),
}

impl Breakdown {
    /// Returns the number of texts.
    pub(crate) fn n(&self) -> u64 {
        self.groups.iter().map(|group| group.n).sum::<u64>() + self.others.1
    }

    /// Returns whether some text counts under several labels.
    pub(crate) fn has_several_labels(&self) -> bool {
        let mut groups = self.groups.iter();
        groups.any(|group| group.labels.values().sum::<u64>() > group.n)
    }
}

/// Counts the texts by the values of a field.
///
/// # Errors
///
/// `invalid_request` if the field has too many different values.
pub(crate) async fn breakdown(state: &Inner, filter: Filter, field: String) -> ServiceResult<Breakdown> {
    let name = field.clone();
    let counts = state
        .store
        .run(move |store| store.breakdown(&filter, &name, MAX_COUNTS));
    match counts.await? {
        Some(counts) if !counts.is_empty() && counts.iter().all(|count| count.value.is_empty()) => Err(
            Problem::invalid(format!("no text has a value in the field `{field}`")),
        ),
        Some(counts) => Ok(grouped(counts)),
        None => Err(Problem::invalid(format!(
            "the field `{field}` has too many different values for a breakdown; choose another field, or filter"
        ))),
    }
}

fn grouped(counts: Vec<FieldCount>) -> Breakdown {
    let mut groups: Vec<Group> = Vec::new();
    for FieldCount { value, labels, count } in counts {
        if groups.last().is_none_or(|group| group.value != value) {
            groups.push(Group {
                value,
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
    // Stable: equal counts stay in the order of the values.
    groups.sort_by_key(|group| std::cmp::Reverse(group.n));
    let rest = groups.split_off(groups.len().min(SHOWN));
    sort(&mut groups, |group| &group.value);
    groups.sort_by_key(|group| group.value.is_empty()); // stable: those without a value come last
    Breakdown {
        groups,
        others: (rest.len(), rest.iter().map(|group| group.n).sum()),
    }
}

/// Returns a share with its Wilson interval; `None` if there are no texts.
pub(crate) fn share(count: u64, n: u64) -> Option<(f64, Interval)> {
    let interval = wilson_interval(count, n, CONFIDENCE).ok()?;
    (n > 0).then(|| (count as f64 / n as f64, interval))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_with_few_values_are_choices() {
        let record = |row: usize| {
            let json = serde_json::json!({
                "id": row, "plan": (["free", "pro"])[row % 2], "stars": row % 11, "version": "1.0", "note": null,
                "comment": "x".repeat(61 + row % 2), "rare": (row == 3).then_some("once"),
            });
            serde_json::from_value(json).unwrap()
        };
        let records: Vec<Fields> = (0..40).map(record).collect();
        let choices = choices_of(&records);
        let names: Vec<&str> = choices.iter().map(|choice| choice.name.as_str()).collect();
        assert_eq!(
            names,
            ["plan", "stars"],
            "neither ids nor texts nor what is the same everywhere"
        );
        assert_eq!(choices[1].values[9..], ["9", "10"], "numbers are in order");
    }

    #[test]
    fn rare_values_are_counted_together() {
        let count = |value: usize, label: &str, count| FieldCount {
            value: value.to_string(),
            labels: label.split_terminator('+').map(str::to_owned).collect(),
            count,
        };
        let mut counts: Vec<FieldCount> = (0..40).map(|value| count(value, "bug", 1)).collect();
        counts.insert(8, count(7, "bug+praise", 3));
        counts.insert(9, count(7, "", 2));
        let found = grouped(counts);
        assert_eq!((found.groups.len(), found.others), (30, (10, 10)));
        let seven = found.groups.iter().find(|group| group.value == "7").unwrap();
        assert_eq!(seven.n, 6);
        assert_eq!(
            [seven.labels["bug"], seven.labels["praise"], seven.labels[""]],
            [4, 3, 2]
        );
    }

    #[test]
    fn shares_have_intervals() {
        let (value, interval) = share(34, 120).unwrap();
        assert!((value - 0.28333).abs() < 1e-4);
        assert!(
            (interval.low - 0.2103).abs() < 1e-3 && (interval.high - 0.3697).abs() < 1e-3,
            "{interval:?}"
        );
        assert_eq!(share(0, 0), None);
    }
}
